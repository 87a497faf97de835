"""Rooms: the recovery meeting and what is done with people have each in turn."""

from datetime import timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from interventions.queries import group as groups
from partners.models import Meeting
from partners.models.meeting import LONGEST


def had_by_meetings(room, periods, *, but=None):
    """What to say of the recovery meetings that have ``room`` in one of ``periods``. ``but``: the meeting that is moved itself (a key)."""
    first, last = min(period.lower for period in periods), max(period.upper for period in periods)
    near = Meeting.objects.filter(room=room, starts_at__lt=last, starts_at__gt=first - timedelta(minutes=LONGEST))
    rows = near.exclude(state=Meeting.State.CANCELLED).exclude(pk=but).order_by("starts_at", "pk")
    return [
        f"{room} is taken on {_when(row)}, by the recovery meeting."
        for row in rows
        if any(row.starts_at < period.upper and period.lower < row.until for period in periods)
    ]


def against(meeting):
    """What stands against the room of ``meeting`` at its time, in sentences: groups, whoever sees one person there, other meetings."""
    if meeting.room is None:
        return []
    periods = [DateTimeTZRange(meeting.starts_at, meeting.until)]
    said = groups.clashes(room=meeting.room, workers=[], periods=periods).get("room", [])
    said += groups.one_to_ones(meeting.room, periods)
    return said + had_by_meetings(meeting.room, periods, but=meeting.pk)


def _when(row):
    first, last = timezone.localtime(row.starts_at), timezone.localtime(row.until)
    return f"{first:%A %-d %B}, {first:%H:%M} to {last:%H:%M}"
