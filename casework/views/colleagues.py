"""The accounts of an agency, kept by its own lead. Whoever is no lead, or asks for an account elsewhere, finds nothing here."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.access import Permission, Role, requires
from casework.forms import staff as forms
from casework.forms.versioned import VersionedForm
from casework.models import User
from casework.operations import staff as operations
from casework.views.staff import CODES, FORM, LEAVES

PASSWORD = "casework/settings/password.html"


@requires(Permission.KEEP_COLLEAGUES)
def index(request):
    accounts = _accounts(request).order_by("full_name", "pk")
    page = {"active": accounts.active(), "inactive": accounts.filter(is_active=False)}
    return render(request, "casework/colleagues.html", page)


@requires(Permission.KEEP_COLLEAGUES)
def show(request, account_id):
    account = get_object_or_404(_accounts(request), pk=account_id)
    page = {"account": account, "own": account == request.user, "keeps": not account.is_lead}
    return render(request, "casework/colleague.html", page)


@requires(Permission.KEEP_COLLEAGUES)
def make(request):
    form = forms.CreateColleague(request.POST or None, cancel_url=reverse("casework:colleagues"))
    if form.is_valid():
        standing = {"role": Role.PARTNER, "employer": User.Employer.AGENCY, "agency": request.user.agency}
        try:
            account, password = operations.make(by=request.user, **standing, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return _show_password(request, account, password)
    return render(request, FORM, {"form": form, "title": "Create an account for a colleague"})


@requires(Permission.KEEP_COLLEAGUES)
def change(request, account_id):
    account = get_object_or_404(_accounts(request).kept_by(request.user), pk=account_id)
    form = forms.PartnerForm(request.POST or None, row=account, cancel_url=_back(account))
    if form.is_valid():
        try:
            operations.change(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{account} changed")
            return redirect(_back(account))
    return render(request, FORM, {"form": form, "title": f"Change {account}"})


@requires(Permission.KEEP_COLLEAGUES)
def deactivate(request, account_id):
    return _ask(request, account_id, operations.deactivate, "Deactivate {}?", "Deactivate", "{} deactivated", LEAVES)


@requires(Permission.KEEP_COLLEAGUES)
def reactivate(request, account_id):
    text = "They can sign in again with the password and the codes they had. Reset what they have lost."
    return _ask(request, account_id, operations.reactivate, "Reactivate {}?", "Reactivate", "{} reactivated", text)


@requires(Permission.KEEP_COLLEAGUES)
def reset_codes(request, account_id):
    step = operations.reset_second_factor
    return _ask(request, account_id, step, "Reset the codes of {}?", "Reset codes", "Codes of {} reset", CODES)


@requires(Permission.KEEP_COLLEAGUES)
def reset_password(request, account_id):
    account = get_object_or_404(_accounts(request).kept_by(request.user), pk=account_id)
    form = VersionedForm(request.POST or None, row=account, save_text="Reset password", cancel_url=_back(account))
    if form.is_valid():
        try:
            account, password = operations.reset_password(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return _show_password(request, account, password)
    text = "The password they have stops working and they are signed out. You are shown a temporary one to give them."
    return render(request, FORM, {"form": form, "title": f"Reset the password of {account}?", "text": text})


def _ask(request, account_id, operation, title, save_text, done, text):
    """A page that asks once more, then does it."""
    account = get_object_or_404(_accounts(request).kept_by(request.user), pk=account_id)
    form = VersionedForm(request.POST or None, row=account, save_text=save_text, cancel_url=_back(account))
    if form.is_valid():
        try:
            operation(user=account, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, done.format(account))
            return redirect(_back(account))
    return render(request, FORM, {"form": form, "title": title.format(account), "text": text})


def _accounts(request):
    """Those of his agency at his prison: another prison's colleagues are kept from there."""
    return User.objects.visible_to(request.user).filter(prison_id=request.user.prison_id)


def _back(account):
    return reverse("casework:colleague", args=[account.pk])


def _show_password(request, account, password):
    return render(request, PASSWORD, {"account": account, "password": password, "url": _back(account)})
