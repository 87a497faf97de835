"""What the minutes of a meeting say, for the prison and for each agency."""

from django.db.models import Q
from django.utils import timezone

from partners.models import MeetingAction, MeetingItem


def compose(minutes):
    """The content of ``minutes`` (see ``partners.formats.minutes``) and the keys of the items in it.

    For an agency: what it may hear at this moment by the rule that its pages ask as well, and of the actions its own. It is told who
    of its people came and who of our team did, not who else did.
    """
    meeting, agency = minutes.meeting, minutes.agency
    rows = MeetingItem.objects.filter(meeting=meeting, removed_at=None)
    if agency:
        rows = rows.shared_with(agency.pk)
    rows = list(rows.order_by("release_on", "pk"))
    starts_at = timezone.localtime(meeting.starts_at)
    content = {
        "meeting": {
            "prison": minutes.prison.name,
            "on": starts_at.date().isoformat(),
            "time": f"{starts_at:%H:%M}",
            "room": meeting.room.name if meeting.room else None,
            "number": minutes.number,
        },
        "recipient": {"agency": agency.name if agency else None},
        "present": _present(meeting, agency),
        "general": meeting.minutes,
        "people": _people(meeting, agency, rows),
    }
    return content, [row.pk for row in rows]


def _present(meeting, agency):
    invited = meeting.invited.filter(withdrawn_at=None).select_related("agency").order_by("agency__name")
    if agency:
        invited = invited.filter(agency=agency)
    team = [{"who": "The prison’s team", "came": meeting.team_present}] if meeting.team_present else []
    return team + [
        {"who": each.agency.name, "came": (each.who or "Yes") if each.attended else "Did not come"} for each in invited
    ]


def _people(meeting, agency, rows):
    """Each with the actions of this meeting, and those of earlier ones that were open when it was closed."""
    at = meeting.closed_at or timezone.now()
    still = Q(item__meeting__starts_at__lt=meeting.starts_at, made_at__lt=at) & (
        Q(done_on=None) | Q(done_on__gte=at.date())
    )
    actions = MeetingAction.objects.filter(Q(item__in=rows) | still, item__removed_at=None)
    actions = actions.filter(person__in={row.person_id for row in rows}, prison=meeting.prison_id)
    if agency:
        actions = actions.filter(agency=agency, item__in=MeetingItem.objects.shared_with(agency.pk))
    actions = list(actions.select_related("worker", "agency").order_by("due_on", "pk"))
    return [
        {
            **{name: row.identity.get(name) for name in ["name", "number", "date_of_birth", "worker"]},
            "release_on": row.release_on.isoformat() if row.release_on else None,
            "needs": row.needs,
            "said": row.said,
            "actions": [_action(action) for action in actions if action.person_id == row.person_id],
        }
        for row in rows
    ]


def _action(action):
    done = f"Done on {action.done_on.day} {action.done_on:%B %Y}" if action.done_on else "Open"
    return {"what": action.what, "owner": action.owner, "due_on": action.due_on.isoformat(), "state": done}
