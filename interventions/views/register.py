"""The register of a group, the lines about those who came, and what still waits of registers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts
from interventions.forms import register as forms
from interventions.models import GroupSession, Seat
from interventions.operations import register as operations
from interventions.queries import guest as guests
from interventions.queries import register as queries


@requires(Permission.RUN_GROUPS)
def show(request, group_id):
    session = _session(request, group_id)
    if session.kind == GroupSession.Kind.DROP_IN:
        return redirect("interventions:drop_in", session.pk)
    rows = queries.rows(session, request.user)
    form = forms.Register(request.POST or None, rows=rows, cancel_url=reverse("interventions:registers"))
    if form.is_valid():
        try:
            saved = operations.mark(session=session, marks=form.marks, close="close" in request.POST, by=request.user)
        except ValidationError as error:
            form.refuse(error, queries.rows(session, request.user))
        else:
            return _saved(request, saved, was_open=session.closed_at is None)
    return render(request, "interventions/register.html", _register(request, session, rows, form))


def _register(request, session, rows, form):
    people = [row.seat.person_id for row in rows]
    audit.listed(request, "register.people", people)
    return {
        "session": session,
        "form": form,
        "begun": session.period.lower <= timezone.now(),
        "facilitators": session.facilitators.filter(stood_down_at=None).select_related("worker"),
        "guests": guests.of(session, request.user),
        "changes": queries.changes(session, request.user),
        "reads_notes": queries.reads_notes(session, request.user),
        "marks": alerts.marks(request.user, people),
    }


def _saved(request, session, *, was_open):
    """On to the lines once it is closed, if any are to be written; else the register again."""
    if was_open and session.closed_at and queries.without_note(session, request.user).exists():
        # That page says so itself: a message would take the cursor out of the line.
        return redirect("interventions:register_notes", session.pk)
    said = "The register is closed." if session.closed_at else "The register is saved. It is not closed yet."
    messages.success(request, said)
    return redirect("interventions:register", session.pk)


@requires(Permission.RUN_GROUPS)
def missing(request, group_id):
    """Somebody who was there, or was expected, and whom nobody put down."""
    session = _session(request, group_id)
    back = reverse("interventions:register", args=[session.pk])
    form = forms.Missing(request.POST or None, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            seat = operations.add(session=session, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{seat.person.name} stands in the register now.")
            return redirect(back)
    context = {"form": form, "title": "Somebody is missing in the register", "session": session}
    return render(request, "interventions/group_form.html", context)


@requires(Permission.RUN_GROUPS)
def notes(request, group_id):
    """One line after another. The address names whose it is, so that a second click never writes about the next."""
    session = _session(request, group_id)
    seat = _chosen(request, session)
    if seat is None:
        return _next(request, session)
    if seat.contact.note and not queries.reads_notes(session, request.user, seat.contact):
        return redirect("interventions:show", seat.contact_id)
    form = forms.Line(request.POST or None, row=seat, cancel_url=reverse("interventions:register", args=[session.pk]))
    if "skip" in request.POST:
        operations.skip(seat=seat, by=request.user)
        return _next(request, session)
    if form.is_valid():
        try:
            operations.write_note(seat=seat, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return _next(request, session)
    audit.listed(request, "register.note", [seat.person_id])
    left = queries.without_note(session, request.user).count()
    return render(
        request, "interventions/register_notes.html", {"session": session, "seat": seat, "form": form, "left": left}
    )


def _chosen(request, session):
    key = request.GET.get("seat", "")
    seats = Seat.objects.visible_to(request.user).expected().filter(session=session, contact__isnull=False)
    seats = seats.select_related("person", "contact")
    return get_object_or_404(seats, pk=key) if key.isdecimal() and len(key) < 19 else None


def _next(request, session):
    """The next line that is to be written, or the register when there is none."""
    following = queries.without_note(session, request.user).first()
    if following:
        return redirect(_line_url(following))
    waiting = queries.put_off(request.user).filter(session=session).count()
    lines = "1 line is" if waiting == 1 else f"{waiting} lines are"
    messages.success(request, f"{lines} to be added later." if waiting else "Every line is written.")
    return redirect("interventions:register", session.pk)


def _line_url(seat):
    return reverse("interventions:register_notes", args=[seat.session_id]) + f"?seat={seat.pk}"


@requires(Permission.RUN_GROUPS)
def index(request):
    """Registers that are open, and lines that were put off."""
    now = timezone.now()
    late = set(queries.open_late(request.user, now=now).values_list("pk", flat=True))
    sessions = list(queries.open_yet(request.user, now=now)[:100])
    for session in sessions:
        session.late = session.pk in late
    seats = list(queries.put_off(request.user)[:100])
    for seat in seats:
        seat.url = _line_url(seat)
    people = {seat.person_id for seat in seats}
    audit.listed(request, "registers.put_off", people)
    marks = alerts.marks(request.user, people)
    context = {
        "sessions": sessions,
        "late": len(late),
        "seats": seats,
        "marks": marks,
        "hours": request.user.prison.write_up_hours,
    }
    return render(request, "interventions/registers.html", context)


def _session(request, group_id):
    sessions = GroupSession.objects.visible_to(request.user).select_related("room", "wing", "series", "closed_by")
    return get_object_or_404(sessions, pk=group_id)
