"""Two who want the same room, worker or person at the same moment: the database lets one have it, and the other is told who has it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection

from casework import context
from casework.models import User
from interventions.models import GroupSession, Seat, Series
from interventions.operations import group, seat, series
from tests import factories
from tests.interventions import groups


@pytest.fixture
def team(fresh_database):
    with context.acting(User.objects.system()):
        groups.room()
        groups.slot()
        return [factories.user(full_name="Kay Worker"), factories.user(full_name="Ola Second")]


def both(act, workers):
    """What came of ``act(worker)`` by each worker at the same time: a value or a refusal."""
    begin = Barrier(len(workers))

    def one(worker):
        try:
            with context.acting(worker):
                begin.wait()
                return act(worker)
        except ValidationError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        return list(pool.map(one, workers))


def only(came):
    (refusal,) = [each for each in came if isinstance(each, ValidationError)]
    return refusal.message_dict


def test_a_room_for_a_series_is_had_by_one_and_the_other_is_told_of_each_day(team):
    def make(by):
        return series.make(
            name=f"Group of {by}", from_on=groups.SOON, weekdays=[3], regime_time=groups.slot(), count=2, capacity=8,
            room=groups.room(), facilitators=[by], by=by,
        )  # fmt: skip

    told = only(both(make, team))

    with context.acting(User.objects.system()):
        had = Series.objects.get()
        assert GroupSession.objects.count() == 2
        assert told == {
            "room": [
                f"Group room is taken on Thursday {day} October, 13:30 to 16:30, by {had.name}." for day in [15, 22]
            ]
        }


def test_a_worker_is_had_by_one_session(team):
    def make(by):
        return group.make(
            name=f"Group of {by}", on=groups.SOON, regime_time=groups.slot(), capacity=8, facilitators=[team[0]], by=by
        )

    told = only(both(make, team))

    with context.acting(User.objects.system()):
        had = GroupSession.objects.get()
        assert told == {"facilitators": [f"Kay Worker runs {had.name} on Thursday 15 October, 13:30 to 16:30."]}


def test_a_person_is_expected_at_one_session_and_the_last_place_is_had_once(team):
    with context.acting(User.objects.system()):
        sessions = dict(zip(team, [groups.session(name="SMART"), groups.session(name="Families")], strict=True))
        person = groups.held()

    told = only(both(lambda by: seat.add(session=sessions[by], people=[person], by=by), team))

    with context.acting(User.objects.system()):
        had = Seat.objects.get().session
        assert told == {"numbers": [f"Sam Testerton: Is expected at {had.name} at that time."]}
        session, people = (
            groups.session(groups.SOON, regime_time=_evening(), capacity=1),
            [groups.held(), groups.held()],
        )
    came = dict(zip(team, people, strict=True))
    assert only(both(lambda by: seat.add(session=session, people=[came[by]], by=by), team)) == {
        "numbers": ["It is full."]
    }


def _evening():
    return groups.slot("ED", groups.time(18, 30), groups.time(19, 30))


def test_the_database_refuses_without_our_asking_first(team, monkeypatch):
    """Nobody waits for his turn: whoever comes second is refused by the exclusion constraint itself."""
    with context.acting(User.objects.system()):
        groups.session(room=groups.room(), name="SMART")
    monkeypatch.setattr(type(GroupSession.objects.all()), "one_at_a_time", lambda self, prison_id: None)

    with time_machine.travel(factories.at(hour=11)), context.acting(team[0]), pytest.raises(ValidationError) as refused:
        group.make(
            name="Families", on=groups.SOON, regime_time=groups.slot(), capacity=8, room=groups.room(), by=team[0]
        )

    assert refused.value.message_dict == {
        "room": ["Group room is taken on Thursday 15 October, 13:30 to 16:30, by SMART."]
    }
