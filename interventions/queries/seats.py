"""Whose work the people are who are expected at a session."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from interventions.models import GroupSession, Seat


def are_of(user, person, *, now):
    """Whether ``user`` runs a session at which ``person`` is expected: from the day before until the hours to write it up are over."""
    day_after_next = timezone.localdate(now) + timedelta(days=2)
    runs = {"session__facilitators__worker": user, "session__facilitators__stood_down_at": None}
    within = {
        "session__period__startswith__lt": datetime.combine(day_after_next, time(), timezone.get_current_timezone()),
        "session__period__endswith__gt": now - timedelta(hours=user.prison.write_up_hours),
    }
    rows = Seat.objects.visible_to(user).expected().filter(person=person, **runs, **within)
    return rows.exclude(session__state=GroupSession.State.CANCELLED).exists()
