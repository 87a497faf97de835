"""The recovery meeting as the prison's team keeps it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts
from partners.forms import meetings as forms
from partners.models import Meeting, MeetingSeries
from partners.operations import meeting_lists as lists
from partners.operations import meetings as operations
from partners.queries import meetings as queries

PAST = 26


@requires(Permission.KEEP_MEETINGS)
def meetings(request):
    rows = Meeting.objects.visible_to(request.user).select_related("room", "series")
    over = rows.exclude(state__in=[Meeting.State.PLANNED, Meeting.State.HELD])
    own = list(queries.own_actions(request.user))
    audit.listed(request, "meeting.actions", [action.person_id for action in own])
    page = {
        "open_ones": rows.open().order_by("starts_at", "pk"),
        "past": over.order_by("-starts_at", "-pk")[:PAST],
        "series": MeetingSeries.objects.visible_to(request.user).filter(ended_on=None).select_related("room").first(),
        "actions": own,
        "today": timezone.localdate(),
    }
    return render(request, "partners/meetings.html", page)


@requires(Permission.KEEP_MEETINGS)
def make(request):
    form = forms.Begin(request.POST or None, user=request.user, cancel_url=reverse("partners:meetings"))
    if form.is_valid():
        try:
            made = operations.make_series(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The first meeting is planned, and the agencies are told.")
            return redirect("partners:meeting", made.pk)
    return render(request, "partners/meeting_form.html", {"form": form, "title": "Begin a standing meeting"})


@requires(Permission.KEEP_MEETINGS)
@require_POST
def end_series(request, series_id):
    series = get_object_or_404(MeetingSeries.objects.visible_to(request.user), pk=series_id)
    operations.end_series(series=series, by=request.user)
    messages.success(request, "No further meeting is planned after the ones that are.")
    return redirect("partners:meetings")


@requires(Permission.KEEP_MEETINGS)
def meeting(request, meeting_id):
    row = fetch(request, meeting_id)
    items = queries.items(row, request.user)
    left_over = list(queries.left_over(row, request.user)) if row.is_open else []
    not_agreed = queries.not_agreed(row, request.user) if row.is_open else []
    people = {one.person_id for one in [*items, *left_over, *not_agreed]}
    audit.listed(request, "meeting", people)
    page = {
        "meeting": row,
        "items": items,
        "left_over": left_over,
        "not_agreed": not_agreed,
        "invited": row.invited.filter(withdrawn_at=None).select_related("agency").order_by("agency__name"),
        "hidden": queries.hidden(row),
        "papers": queries.papers(row, request.user) if row.state == Meeting.State.CLOSED else [],
        "marks": alerts.marks(request.user, people),
        "may_begin": timezone.localdate(row.starts_at) <= timezone.localdate(),
        "today": timezone.localdate(),
    }
    return render(request, "partners/meeting.html", page)


@requires(Permission.KEEP_MEETINGS)
def edit(request, meeting_id):
    row = fetch(request, meeting_id)
    form = forms.Change(request.POST or None, row=row, user=request.user, cancel_url=_at(row))
    if form.is_valid():
        try:
            operations.edit(meeting=row, by=request.user, **form.asked())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The meeting is changed.")
            return redirect(_at(row))
    return render(request, "partners/meeting_form.html", {"form": form, "title": "Change the meeting", "meeting": row})


@requires(Permission.KEEP_MEETINGS)
def cancel(request, meeting_id):
    row = fetch(request, meeting_id)
    form = forms.Cancel(request.POST or None, row=row, user=request.user, cancel_url=_at(row))
    if form.is_valid():
        try:
            operations.cancel(meeting=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The meeting is cancelled, and the agencies are told.")
            return redirect(_at(row))
    return render(request, "partners/meeting_form.html", {"form": form, "title": "Cancel the meeting", "meeting": row})


@requires(Permission.KEEP_MEETINGS)
@require_POST
def hold(request, meeting_id):
    return _click(request, meeting_id, operations.hold, "The meeting has begun. Open the first person.")


@requires(Permission.KEEP_MEETINGS)
@require_POST
def close(request, meeting_id):
    return _click(request, meeting_id, operations.close, "The minutes are closed, and made as files now.")


@requires(Permission.KEEP_MEETINGS)
@require_POST
def propose(request, meeting_id):
    return _click(request, meeting_id, lists.propose, "The list is up to date.")


@requires(Permission.KEEP_MEETINGS)
def write(request, meeting_id):
    """Who was there, and the minutes about nobody in particular."""
    row = fetch(request, meeting_id)
    invited = list(row.invited.filter(withdrawn_at=None).select_related("agency").order_by("agency__name"))
    form = forms.Attendance(request.POST or None, row=row, invited=invited, user=request.user, cancel_url=_at(row))
    if form.is_valid():
        try:
            operations.write(meeting=row, by=request.user, **form.asked())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved: who was there, and what was said in general.")
            return redirect(_at(row))
    return render(
        request, "partners/meeting_form.html", {"form": form, "title": "Who was there, and in general", "meeting": row}
    )


def fetch(request, meeting_id):
    rows = Meeting.objects.visible_to(request.user).select_related("room", "series", "closed_by")
    return get_object_or_404(rows, pk=meeting_id)


def _at(row):
    return reverse("partners:meeting", args=[row.pk])


def _click(request, meeting_id, operation, said):
    row = fetch(request, meeting_id)
    try:
        operation(meeting=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect(_at(row))
