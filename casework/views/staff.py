from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.access import Permission, Role, requires
from casework.forms import staff as forms
from casework.forms.versioned import VersionedForm
from casework.models import User
from casework.operations import staff as operations
from casework.queries import counts

LEAVES = "They are signed out at their next click and cannot sign in again. What they recorded stays under their name."
CODES = "They are signed out. Be sure that it is them who asks: at their next sign-in whoever knows the password sets up new codes."
FORM = "casework/settings/form.html"
PASSWORD = (
    "casework/settings/password.html"  # Rendered, never redirected to: the password rests in no session and no address.
)


@requires(Permission.KEEP_STAFF)
def index(request):
    form = forms.StaffFilter(request.GET)
    accounts = User.objects.visible_to(request.user).filter(agency=None).with_absences_on(timezone.localdate())
    if form.is_valid() and form.cleaned_data["role"]:
        accounts = accounts.filter(role=form.cleaned_data["role"])
    page = {
        "form": form,
        "active": accounts.active().order_by("full_name", "pk"),
        "inactive": accounts.filter(is_active=False).order_by("full_name", "pk"),
    }
    return render(request, "casework/settings/staff.html", page)


@requires(Permission.KEEP_STAFF)
def show(request, account_id):
    account = _account(request, account_id)
    page = {
        "account": account,
        "cover": account.wing_cover.filter(ended_on=None).select_related("wing").order_by("wing__code"),
        "absences": account.absences.filter(withdrawn_at=None, until_on__gte=timezone.localdate()),
        "duties": [duty.label for duty in User.Duty if duty in account.duties],
        "own": account == request.user,
    }
    return render(request, "casework/settings/account.html", page)


@requires(Permission.KEEP_STAFF)
def make(request):
    form = forms.CreateStaff(request.POST or None, user=request.user, cancel_url=reverse("casework:staff"))
    if form.is_valid():
        try:
            account, password = operations.make(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return render(request, PASSWORD, {"account": account, "password": password})
    return render(request, FORM, {"form": form, "title": "Create a staff account"})


@requires(Permission.KEEP_STAFF)
def change(request, account_id):
    account = _account(request, account_id)
    back = reverse("casework:account", args=[account.pk])
    asked = forms.LeadForm if account.is_partner else forms.StaffForm
    form = asked(request.POST or None, row=account, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            account = operations.change(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{account} changed")
            return redirect(back)
    return render(request, FORM, {"form": form, "title": f"Change {account}"})


@requires(Permission.KEEP_STAFF)
def deactivate(request, account_id):
    account = _account(request, account_id)
    back = reverse("casework:account", args=[account.pk])
    form = VersionedForm(request.POST or None, row=account, save_text="Deactivate", cancel_url=back)
    if form.is_valid():
        try:
            operations.deactivate(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{account} deactivated")
            return redirect(back)
    text = f"{LEAVES} {_about_cases(request, account)}"
    return render(request, FORM, {"form": form, "title": f"Deactivate {account}?", "text": text})


def _about_cases(request, account):
    """Whom an administrator asks about the cases of somebody who leaves: he may not see whose they are, nor give them away."""
    held = 0 if account.is_partner else counts.cases_held_by(account)
    if not held:
        return ""
    managers = User.objects.visible_to(request.user).active().filter(role=Role.MANAGER)
    names = " or ".join(str(manager) for manager in managers) or "a manager"
    people = "the person" if held == 1 else f"the {held} people"
    return f"First ask {names} to reallocate {people} whose case they hold: nobody is left without a worker."


@requires(Permission.KEEP_STAFF)
def reactivate(request, account_id):
    account = _account(request, account_id)
    back = reverse("casework:account", args=[account.pk])
    form = VersionedForm(request.POST or None, row=account, save_text="Reactivate", cancel_url=back)
    if form.is_valid():
        try:
            operations.reactivate(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{account} reactivated")
            return redirect(back)
    text = "They can sign in again with the password they had. Reset it if they have forgotten it."
    return render(request, FORM, {"form": form, "title": f"Reactivate {account}?", "text": text})


@requires(Permission.KEEP_STAFF)
def reset_password(request, account_id):
    account = _account(request, account_id)
    back = reverse("casework:account", args=[account.pk])
    form = VersionedForm(request.POST or None, row=account, save_text="Reset password", cancel_url=back)
    if form.is_valid():
        try:
            account, password = operations.reset_password(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return render(request, PASSWORD, {"account": account, "password": password})
    text = "The password they have stops working and they are signed out. You are shown a temporary one to give them."
    return render(request, FORM, {"form": form, "title": f"Reset the password of {account}?", "text": text})


@requires(Permission.KEEP_STAFF)
def reset_codes(request, account_id):
    account = _account(request, account_id)
    back = reverse("casework:account", args=[account.pk])
    form = VersionedForm(request.POST or None, row=account, save_text="Reset codes", cancel_url=back)
    if form.is_valid():
        try:
            operations.reset_second_factor(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Codes of {account} reset")
            return redirect(back)
    return render(request, FORM, {"form": form, "title": f"Reset the codes of {account}?", "text": CODES})


@requires(Permission.KEEP_STAFF)
def add_absence(request, account_id):
    account = _account(request, account_id)
    back = reverse("casework:account", args=[account.pk])
    form = forms.AbsenceForm(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.add_absence(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "Days away added")
            return redirect(back)
    return render(request, FORM, {"form": form, "title": f"When is {account} away?"})


@require_POST
@requires(Permission.KEEP_STAFF)
def withdraw_absence(request, account_id, absence_id):
    account = _account(request, account_id)
    operations.withdraw_absence(absence=get_object_or_404(account.absences, pk=absence_id), by=request.user)
    messages.success(request, "Days away withdrawn")
    return redirect("casework:account", account.pk)


def _account(request, account_id):
    return get_object_or_404(User.objects.visible_to(request.user).select_related("agency"), pk=account_id)
