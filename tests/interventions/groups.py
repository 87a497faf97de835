"""A core day, a room and a group for tests; written as the system, past the operations."""

from datetime import time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from casework.models import KeepApart, Location, RegimeTime, Room
from interventions.models import Facilitator, GroupSession, Programme, Seat
from interventions.queries import group as queries
from tests import factories

DAY = factories.DAY  # a Wednesday
SOON = DAY + timedelta(days=1)


def slot(name="PM", begins=time(13, 30), ends=time(16, 30)):
    given = {"starts_at": begins, "ends_at": ends}
    return RegimeTime.objects.get_or_create(prison=factories.prison(), name=name, defaults=given)[0]


def room(name="Group room", capacity=14, **given):
    given.setdefault("prison", factories.prison())
    return Room.objects.get_or_create(name=name, **given, defaults={"capacity": capacity})[0]


def programme(**given):
    return Programme.objects.create(prison=factories.prison(), code="TC", name="Triggers and cravings", **given)


def session(on=SOON, *, regime_time=None, workers=(), **given):
    """A group in the afternoon of tomorrow for ten people, without a room, unless told otherwise."""
    given.setdefault("prison", factories.prison())
    given.setdefault("name", "Recovery group")
    given.setdefault("kind", "GROUP")
    given.setdefault("capacity", 10)
    given.setdefault("made_by", factories.user())
    given.setdefault("made_at", factories.at())
    regime_time = regime_time or slot()
    period = DateTimeTZRange(queries.moment(on, regime_time.starts_at), queries.moment(on, regime_time.ends_at))
    made = GroupSession.objects.create(regime_time=regime_time, period=period, **given)
    for worker in workers:
        Facilitator.objects.create(session=made, prison=made.prison, worker=worker, period=period)
    return made


def held(surname="Testerton", *, wing=None, **given):
    """Somebody who is here, on ``wing`` if one is given."""
    stay = factories.spell(factories.person(surname, **given))
    if wing:
        Location.objects.filter(spell=stay).update(wing=wing)
    return stay.person


def seat(of, person, **given):
    given.setdefault("added_by", of.made_by)
    given.setdefault("added_at", timezone.now())
    return Seat.objects.create(session=of, person=person, prison=of.prison, period=of.period, **given)


def apart(one, other, **given):
    first, second = sorted([one, other], key=lambda each: each.pk)
    given = {"scope": "ROOM", "reason": "THREAT", "said_by": "SO Sample", "from_on": DAY, **given}
    return KeepApart.objects.create(
        person=first, other=second, prison=factories.prison(), recorded_by=factories.user(), recorded_at=timezone.now(), **given
    )  # fmt: skip
