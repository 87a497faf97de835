"""The minutes of a meeting: as a page, and as the files that were made when it was closed."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from partners import tasks
from partners.models import MeetingItem, MeetingMinutes
from partners.operations import minutes as operations
from partners.queries import meetings as queries
from partners.views import meetings as views


@requires(Permission.KEEP_MEETINGS)
def page(request, meeting_id):
    row = views.fetch(request, meeting_id)
    items = queries.items(row, request.user)
    audit.listed(request, "meeting.minutes", [item.person_id for item in items])
    context = {
        "meeting": row,
        "items": items,
        "invited": row.invited.filter(withdrawn_at=None).select_related("agency").order_by("agency__name"),
        "hidden": queries.hidden(row),
        "today": timezone.localdate(),
    }
    return render(request, "partners/minutes.html", context)


@requires(Permission.KEEP_MEETINGS)
def download(request, minutes_id):
    return _file(request, minutes_id)


@requires(Permission.JOIN_MEETINGS)
def our_download(request, minutes_id):
    return _file(request, minutes_id)


@requires(Permission.KEEP_MEETINGS)
def progress(request, minutes_id):
    row = _row(request, minutes_id)
    response = render(request, "partners/_minutes_progress.html", {"paper": row})
    if row.state != MeetingMinutes.State.WAITING:
        response.headers["HX-Refresh"] = "true"
    return response


@requires(Permission.KEEP_MEETINGS)
@require_POST
def again(request, minutes_id):
    row = _row(request, minutes_id)
    try:
        made = operations.again(minutes=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        tasks.nudge_minutes(made.pk)
        messages.success(request, "The minutes are made again under the next number.")
    return redirect("partners:meeting", row.meeting_id)


def _row(request, minutes_id):
    return get_object_or_404(MeetingMinutes.objects.visible_to(request.user).without_bytes(), pk=minutes_id)


def _file(request, minutes_id):
    """The bytes, to whoever may see every single person in them; each of whom the trail names."""
    rows = MeetingMinutes.objects.visible_to(request.user).select_related("meeting")
    row = get_object_or_404(rows, pk=minutes_id, built_at__isnull=False)
    people = MeetingItem.objects.visible_to(request.user).filter(pk__in=row.items).values_list("person", flat=True)
    audit.opened(request, row, what="minutes", number=row.number)
    audit.listed(request, "minutes.people", list(people))
    day = timezone.localdate(row.meeting.starts_at)
    name = f"meeting-{day:%Y-%m-%d}-{row.number}.pdf"  # Never a name: it stays behind in a folder of downloads.
    kind = "attachment" if "download" in request.GET else "inline"
    headers = {"Content-Disposition": f'{kind}; filename="{name}"'}
    return HttpResponse(bytes(row.pdf), content_type="application/pdf", headers=headers)
