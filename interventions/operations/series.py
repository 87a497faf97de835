"""Runs of a programme, and groups that meet from week to week."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.formats import working_days
from interventions.models import Enrolment, GroupSession, Series, SeriesWorker
from interventions.operations import enrolment as enrolments
from interventions.operations import group
from interventions.operations import seat as seats
from interventions.queries import group as queries
from interventions.queries import series as own

MOST = 60


@transaction.atomic
def make(
    *, name, from_on, weekdays, regime_time, count, capacity, by, begins=None, ends=None, skip_holidays=True, kind="GROUP",
    programme=None, audience="MAIN", wing=None, room=None, facilitators=(), nonce=None,
):  # fmt: skip
    """Put down a series of ``count`` sessions on these weekdays (Monday is 0), each with its room and workers: all of them or none.

    The series that comes back knows which bank holidays were ``skipped``.
    """
    nonce = nonce or uuid.uuid4()
    if made := Series.objects.made_once(nonce):
        made.skipped = []
        return made
    GroupSession.objects.one_at_a_time(by.prison_id)
    days, skipped = _days(from_on, weekdays, count, skip_holidays)
    common = {
        "name": name,
        "audience": audience,
        "wing": wing,
        "room": room,
        "regime_time": regime_time,
        "capacity": capacity,
    }
    periods = [_period(day, regime_time, begins, ends) for day in days]
    series = Series(
        prison_id=by.prison_id, programme=programme, weekdays=sorted(weekdays), from_on=from_on, made_by=by,
        made_at=timezone.now(), nonce=nonce, **common,
    )  # fmt: skip
    series.clean_fields(exclude=["prison", "made_by"])
    series.save()
    SeriesWorker.objects.bulk_create(
        SeriesWorker(series=series, prison_id=by.prison_id, worker=worker) for worker in facilitators
    )
    rows = [
        {**common, "kind": kind, "series": series, "number": number, "period": period}
        for number, period in enumerate(periods, start=1)
    ]
    group.put_down(rows=rows, facilitators=facilitators, by=by)
    series.skipped = skipped
    audit.record(
        by=by, action="series.made", target=series, count=count, room=room, workers=[each.pk for each in facilitators]
    )
    return series


@transaction.atomic
def expect_enrolled(*, series, by):
    """Put everybody who has a place in the series down for its sessions to come, where nothing stands against it.

    Returns how many seats were made, and whom something stands against (``seat.add_enrolled``).
    """
    made, left = 0, {}
    for session in queries.to_come(series).filter(stands_for=None):
        added, against = seats.add_enrolled(session=session, by=by)
        made += len(added)
        left |= against
    audit.record(by=by, action="series.expected", target=series, count=made)
    return made, left


@transaction.atomic
def add(
    *, series, on, regime_time, capacity, by, begins=None, ends=None, room=None, facilitators=(), nonce=None
):  # fmt: skip
    """One more session of ``series``, the next in number, of the same kind and for the same people; whoever has a place is expected.

    The session that comes back knows who was ``left_out``: name → why.
    """
    like = series.sessions.order_by("pk").first()
    session = group.make(
        name=series.name,
        kind=like.kind if like else GroupSession.Kind.GROUP,
        audience=series.audience,
        wing=series.wing,
        on=on,
        regime_time=regime_time,
        begins=begins,
        ends=ends,
        room=room,
        facilitators=facilitators,
        capacity=capacity,
        series=series,
        nonce=nonce,
        by=by,
    )
    session.left_out = seats.add_enrolled(session=session, by=by)[1] if session.is_open else {}
    audit.record(by=by, action="series.added", target=series, session=session.pk)
    return session


@transaction.atomic
def end(*, series, by, version=None, why="", note=""):
    """End a series today: nobody gets a place in it any more. The same again changes nothing.

    Refused while somebody attends it or a register of it waits, for nobody can say for them what came of it. Who has a place and never
    began gives it back and waits again, from the day he was proposed. Sessions still to come are called off, for the reason ``why``, and
    are counted with all that could not run.
    """
    GroupSession.objects.one_at_a_time(series.prison_id)
    series = Series.objects.select_for_update(no_key=True, of=["self"]).get(pk=series.pk)
    if series.ended_on:
        return series
    series.change(version, ended_on=timezone.localdate())
    if unsettled := own.unsettled(series):
        raise ValidationError(unsettled)
    coming = list(queries.to_come(series))
    if coming and not why:
        raise ValidationError({"why": "Choose why the sessions still to come do not run."})
    waiting = Enrolment.objects.filter(series=series, state=Enrolment.State.ALLOCATED).order_by("pk")
    keys = [enrolments.give_back(enrolment=row, note=f"{series} ended.", by=by).pk for row in waiting]
    for session in coming:
        group.cancel(session=session, why=why, note=note, by=by)
    series.save(update_fields=["ended_on", "version"])
    audit.record(by=by, action="series.ended", target=series, enrolments=keys, sessions=[each.pk for each in coming])
    return series


def _days(from_on, weekdays, count, skip_holidays):
    """The first ``count`` days on these weekdays from ``from_on``, and the bank holidays that were skipped."""
    if not weekdays:
        raise ValidationError({"weekdays": "Choose at least one day."})
    if not 1 <= count <= MOST:
        raise ValidationError({"count": f"Give between 1 and {MOST} sessions."})
    today = timezone.localdate()
    if not today <= from_on <= today + queries.FURTHEST:
        raise ValidationError({"from_on": "Give a day from today on, within a year."})
    day, days, skipped = from_on, [], []
    while len(days) < count:
        if day.weekday() in weekdays:
            (skipped if skip_holidays and working_days.is_bank_holiday(day) else days).append(day)
        day += timedelta(days=1)
    return days, skipped


def _period(day, regime_time, begins, ends):
    try:
        return queries.period_of(day, regime_time, begins, ends)
    except ValidationError as error:
        if "on" not in getattr(error, "error_dict", {}):
            raise
        over = day <= timezone.localdate()
        raise ValidationError(
            {
                "from_on": "This is over for today. Begin later."
                if over
                else "The last session would be more than a year away."
            }
        ) from error
