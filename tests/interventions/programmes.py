"""Programmes for tests, with people in them and sessions that they were at."""

from datetime import timedelta

from casework.models import RegimeTime
from interventions.models import (
    Contact,
    ContactType,
    Enrolment,
    EnrolmentMove,
    GroupSession,
    Programme,
    Seat,
    Series,
)
from tests import factories

State = Enrolment.State
# A way to each state that starts where somebody is proposed.
WAYS = {
    "PROPOSED": [],
    "WAITING": ["WAITING"],
    "ALLOCATED": ["WAITING", "ALLOCATED"],
    "ACTIVE": ["WAITING", "ALLOCATED", "ACTIVE"],
    "SUSPENDED": ["WAITING", "ALLOCATED", "ACTIVE", "SUSPENDED"],
    "COMPLETED": ["WAITING", "ALLOCATED", "ACTIVE", "COMPLETED"],
    "NOT_COMPLETED": ["WAITING", "ALLOCATED", "ACTIVE", "NOT_COMPLETED"],
    "NOT_STARTED": ["NOT_STARTED"],
    "RELEASED": ["RELEASED"],
    "TRANSFERRED": ["TRANSFERRED"],
}
REASONS = {"NOT_COMPLETED": "4A", "NOT_STARTED": "W1"}


def programme(name="Triggers and cravings", **given):
    given.setdefault("prison", factories.prison())
    given.setdefault("code", "TRIGGERS")
    given.setdefault("certificate", True)
    return Programme.objects.create(name=name, **given)


def series(of=None, **given):
    of = of or programme()
    time = RegimeTime.objects.get_or_create(
        prison=of.prison, name="AM", defaults={"starts_at": "08:30", "ends_at": "11:30"}
    )[0]
    given.setdefault("name", f"{of} in October")
    given.setdefault("capacity", of.capacity)
    given.setdefault("from_on", factories.DAY)
    given.setdefault("made_by", factories.user())
    given.setdefault("made_at", factories.at())
    return Series.objects.create(prison=of.prison, programme=of, regime_time=time, weekdays=[1], **given)


def enrolment(of=None, programme=None, state="PROPOSED", **given):
    """Somebody in a programme, with the moves that led to ``state``; ``of``: a case, else that of somebody new."""
    of = of or factories.case(worker=factories.user())
    programme = programme or globals()["programme"]()
    given.setdefault("proposed_on", factories.DAY - timedelta(days=10))
    given.setdefault("proposed_by", of.opened_by)
    given.setdefault("suits_why", "Wants to stay stopped")
    if state in {"ACTIVE", "SUSPENDED", "COMPLETED", "NOT_COMPLETED"}:
        given.setdefault("started_on", factories.DAY - timedelta(days=5))
    if not Enrolment.MOVES[State(state)]:
        given.setdefault("ended_on", factories.DAY)
        given.setdefault("reason", REASONS.get(state, ""))
    row = Enrolment.objects.create(
        person=of.person, prison=of.prison, case=of, programme=programme, state=state, **given
    )
    before = ""
    for after in ["PROPOSED", *WAYS[state]]:
        EnrolmentMove.objects.create(
            enrolment=row, person=row.person, prison=row.prison, before=before, after=after, on=row.proposed_on,
            at=factories.at(), by=row.proposed_by,
        )  # fmt: skip
        before = after
    return row


def session(of, number, day, **given):
    """A session of a series at nine in the morning of ``day``."""
    period = (factories.at(day, 9), factories.at(day, 10))
    given.setdefault("state", "HELD")
    return GroupSession.objects.create(
        prison=of.prison, kind="GROUP", series=of, number=number, name=f"Session {number}", period=period,
        capacity=10, made_by=of.made_by, made_at=factories.at(), **given,
    )  # fmt: skip


def seat(of, at, outcome="TOOK_PLACE", **given):
    """A seat of an enrolment at a session, with what came of it; without ``outcome`` nothing was marked yet."""
    contact = outcome and Contact.objects.create(
        person=of.person, prison=of.prison, case=of.case, worker=at.made_by, type=ContactType.objects.get(code="GROUP"),
        at=at.period[0], minutes=60, outcome=outcome, recorded_by=at.made_by, recorded_at=factories.at(),
    )  # fmt: skip
    return Seat.objects.create(
        session=at, person=of.person, prison=of.prison, enrolment=of, period=at.period, added_by=at.made_by,
        added_at=factories.at(), contact=contact or None, **given,
    )  # fmt: skip
