"""Recovery meetings as an agency that is invited reads them: its people only, and its own actions."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Permission, requires
from partners.forms import meetings as forms
from partners.models import Meeting, MeetingAction, MeetingMinutes
from partners.operations import meeting_lists as operations
from partners.queries import meetings as queries

PAST = 12


@requires(Permission.JOIN_MEETINGS)
def meetings(request):
    rows, now = Meeting.objects.visible_to(request.user).select_related("room", "prison"), timezone.now()
    ahead = rows.exclude(state=Meeting.State.CLOSED).filter(starts_at__date__gte=now.date()).order_by("starts_at", "pk")
    actions = list(queries.own_actions(request.user))
    audit.listed(request, "meeting.actions", [action.person_id for action in actions])
    page = {
        "ahead": ahead,
        "past": rows.exclude(pk__in=ahead.values("pk")).order_by("-starts_at", "-pk")[:PAST],
        "actions": actions,
        "today": timezone.localdate(),
    }
    return render(request, "partners/our_meetings.html", page)


@requires(Permission.JOIN_MEETINGS)
def meeting(request, meeting_id):
    row = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("room", "prison"), pk=meeting_id)
    items = queries.items(row, request.user)
    audit.listed(request, "meeting", [item.person_id for item in items])
    page = {
        "meeting": row,
        "items": items,
        "paper": MeetingMinutes.objects.visible_to(request.user).without_bytes().filter(meeting=row).first(),
        "today": timezone.localdate(),
    }
    return render(request, "partners/our_meeting.html", page)


@requires(Permission.JOIN_MEETINGS)
def action(request, agreed_id):
    rows = MeetingAction.objects.visible_to(request.user).select_related("item", "agency")
    row = get_object_or_404(rows, pk=agreed_id)
    audit.opened(request, row, what="meeting_action")
    back = reverse("partners:our_meeting", args=[row.item.meeting_id])
    form = forms.Report(request.POST or None, row=row, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            operations.report(action=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved. The prison’s team sees it.")
            return redirect(back)
    page = {"form": form, "action": row, "name": row.item.identity.get("name"), "today": timezone.localdate()}
    return render(request, "partners/meeting_action.html", page)
