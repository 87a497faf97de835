"""Referrals to agencies, on both sides of the gate."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts, people
from partners.forms import outward as forms
from partners.models import OutwardReferral
from partners.operations import outward as operations
from partners.queries import outward as queries
from partners.views import base


def _page(request, what):
    """A page of referrals that wait, or of those that are answered, as the address asks."""
    answered = "answered" in request.GET
    rows, next_key = queries.page(request.user, answered=answered, after=base.key(request))
    shown = {row.person_id for row in rows}
    audit.listed(request, what, shown)
    older_url = f"?{'answered&' if answered else ''}after={next_key}" if next_key else ""
    return {"rows": rows, "answered": answered, "older_url": older_url, "shown": shown}


@requires(Permission.REFER_OUTWARD)
def outward(request):
    context = _page(request, "outward")
    context["marks"] = alerts.marks(request.user, context["shown"])
    return render(request, "partners/outward.html", context)


@requires(Permission.ANSWER_REFERRAL)
def referred(request):
    return render(request, "partners/referred.html", _page(request, "referred"))


@requires(Permission.REFER_OUTWARD)
def refer(request, person_id):
    header = people.open_record(request, person_id, what="refer_out")
    agencies, back = queries.agencies(header.person, request.user.prison_id), _release(person_id)
    form = forms.Refer(request.POST or None, agencies=agencies, cancel_url=back)
    if form.is_valid():
        given = {**form.cleaned_data, "prison": request.user.prison, "by": request.user}
        try:
            made = operations.make(person=header.person, **given)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Referred to {made.agency}, which is asked for its answer")
            return redirect(back)
    context = {"header": header, "form": form, "agencies": agencies, "title": "Refer to an agency"}
    return render(request, "partners/refer_out.html", context)


@requires(Permission.REFER_OUTWARD)
def told(request, outward_id):
    return _staff(request, outward_id, forms.Answer, operations.answer, "What did the agency say?", "Answer saved")


@requires(Permission.REFER_OUTWARD)
def withdraw(request, outward_id):
    return _staff(request, outward_id, forms.Withdraw, operations.withdraw, "Withdraw the referral", "Withdrawn")


@requires(Permission.REFER_OUTWARD)
@require_POST
def see(request, outward_id):
    row = get_object_or_404(OutwardReferral.objects.visible_to(request.user), pk=outward_id)
    people.open_record(request, row.person_id, what="outward")
    try:
        operations.see(referral=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "Noted that you looked at the answer")
    return redirect(_release(row.person_id))


def _staff(request, outward_id, asked, operation, title, done):
    """A step that the team takes: its own, or one that it was told of."""
    row = get_object_or_404(OutwardReferral.objects.visible_to(request.user).select_related("agency"), pk=outward_id)
    header, back = people.open_record(request, row.person_id, what="outward"), _release(row.person_id)
    form = asked(request.POST or None, cancel_url=back)
    if form.is_valid() and _do(form, partial(operation, referral=row, by=request.user)):
        messages.success(request, done)
        return redirect(back)
    context = {"header": header, "row": row, "form": form, "title": title}
    return render(request, "partners/outward_step.html", context)


@requires(Permission.ANSWER_REFERRAL)
def answer(request, outward_id):
    row = get_object_or_404(OutwardReferral.objects.visible_to(request.user).select_related("prison"), pk=outward_id)
    audit.opened(request, row, what="referred")
    form = forms.Answer(request.POST or None, cancel_url=reverse("partners:referred"))
    if form.is_valid() and _do(form, partial(operations.answer, referral=row, by=request.user)):
        messages.success(request, "Answered. The prison’s team sees it")
        return redirect("partners:referred")
    queries.dated([row])
    return render(request, "partners/answer_referral.html", {"row": row, "form": form})


def _do(form, operation):
    try:
        operation(**form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _release(person_id):
    return reverse("partners:release", args=[person_id])
