"""What the prison's departments tell the team: their one page, and the list of the duty worker."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.models import Prison
from casework.operations import prison as prisons
from casework.queries import alerts, finder, people
from partners.forms import notices as forms
from partners.models import InwardNotice
from partners.operations import notices as operations
from partners.queries import notices as queries

NOBODY = "Nobody here has this number. Look for the person by name, then write the number that you find."


@requires(Permission.SEND_NOTICE)
def tell(request):
    kinds = queries.kinds(request.user)
    form = forms.Tell(request.POST or None, kinds=kinds, cancel_url=reverse("home")) if kinds else None
    if form and form.is_valid():
        try:
            operations.send(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The team was told. It stands below until somebody has seen it, and after.")
            return redirect("partners:tell")
    rows, after = queries.page(queries.own(request.user), _after(request), moment="sent_at", backwards=True)
    return render(request, "partners/tell.html", {"form": form, "notices": rows, "next_url": _next(after)})


@requires(Permission.TRIAGE)
def notices(request):
    rows, after = queries.page(queries.waiting(request.user), _after(request))
    return _list(request, "notices", rows, after)


@requires(Permission.TRIAGE)
def done(request):
    rows, after = queries.page(queries.done(request.user), _after(request), moment="outcome_at", backwards=True)
    return _list(request, "notices_done", rows, after)


@requires(Permission.TRIAGE)
def notice(request, notice_id):
    row = _notice(request, notice_id)
    header = people.open_record(request, row.person_id, what="notice") if row.person_id else None
    return render(request, "partners/notice.html", {"notice": row, "header": header})


@requires(Permission.TRIAGE)
@require_POST
def see(request, notice_id):
    return _do(request, notice_id, operations.see, "Noted as seen")


@requires(Permission.TRIAGE)
@require_POST
def refer(request, notice_id):
    return _do(request, notice_id, operations.refer, "Referred: it waits at the front door")


@requires(Permission.TRIAGE)
@require_POST
def note(request, notice_id):
    return _do(request, notice_id, operations.note, "Noted on the person")


@requires(Permission.TRIAGE)
def match(request, notice_id):
    row = _notice(request, notice_id)
    form = forms.Match(request.POST or None, cancel_url=reverse("partners:notice", args=[row.pk]))
    if form.is_valid():
        person = finder.by_number(request.user, form.cleaned_data["number"])
        if person is None:
            form.add_error("number", NOBODY)
        else:
            operation = partial(operations.match, person=person)
            return _do(request, notice_id, operation, f"{person.name} is meant", back=False)
    return render(request, "partners/match_notice.html", {"notice": row, "form": form})


@requires(Permission.TRIAGE)
def dismiss(request, notice_id):
    row = _notice(request, notice_id)
    form = forms.Dismiss(request.POST or None, cancel_url=reverse("partners:notice", args=[row.pk]))
    if form.is_valid():
        return _do(request, notice_id, partial(operations.dismiss, **form.cleaned_data), "Dismissed")
    return render(request, "partners/dismiss_notice.html", {"notice": row, "form": form})


@requires(Permission.KEEP_PRISONS)
def rules(request):
    """Which notices make a referral by themselves at the administrator's own prison."""
    prison = get_object_or_404(Prison.objects.visible_to(request.user))
    form = forms.Rules(request.POST or None, row=prison, cancel_url=reverse("casework:settings"))
    if form.is_valid():
        try:
            prisons.change(prison=prison, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The rules of notices were changed.")
            return redirect("casework:settings")
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Notices at {prison}"})


def _notice(request, notice_id):
    """A notice that the user may see; one about somebody is a way to that record, so it asks whose work it is."""
    rows = InwardNotice.objects.visible_to(request.user).select_related("person", "agency", "seen_by", "outcome_by")
    row = get_object_or_404(rows, pk=notice_id)
    if row.person_id:
        people.entered(request.user, row.person_id)
    return row


def _do(request, notice_id, operation, said, *, back=True):
    row = _notice(request, notice_id)
    try:
        operation(notice=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("partners:notice", row.pk)
    messages.success(request, said)
    return redirect("partners:notices") if back else redirect("partners:notice", row.pk)


def _list(request, name, rows, after):
    shown = {row.person_id for row in rows if row.person_id}
    audit.listed(request, name, shown)
    context = {"notices": rows, "next_url": _next(after), "marks": alerts.marks(request.user, shown)}
    return render(request, f"partners/{name}.html", context)


def _after(request):
    """The key with which the page before ended, or None; a number that no key can be is none."""
    key = request.GET.get("after", "")
    return int(key) if key.isdecimal() and len(key) < 19 else None


def _next(after):
    return f"?after={after}" if after else ""
