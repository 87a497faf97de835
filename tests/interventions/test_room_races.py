"""Two who want the same room at the same moment for one person each, or one of them for a group: one has it, the other is told."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from casework import context
from casework.models import Restriction, User
from interventions.models import Appointment, ContactType, GroupSession
from interventions.operations import appointment, drop_in, group, session
from tests import factories
from tests.interventions import groups
from tests.interventions.test_group_races import both, only

AT = factories.at(groups.SOON, 14)


@pytest.fixture
def team(fresh_database):
    with context.acting(User.objects.system()):
        groups.room()
        groups.slot()
        return [factories.user(full_name="Kay Worker"), factories.user(full_name="Ola Second")]


def people(workers):
    with context.acting(User.objects.system()):
        return {worker: factories.case(spell=factories.spell(), worker=worker).person for worker in workers}


def see(person, by, at=AT, **given):
    kind = ContactType.objects.get(code="ONE_TO_ONE")
    return appointment.plan(person=person, type=kind, at=at, room=groups.room(), by=by, **given)


@pytest.mark.parametrize("anyway", [False, True])
def test_a_room_for_one_person_is_had_by_one_worker_whatever_the_other_sets_aside(team, anyway):
    seen = people(team)

    told = only(both(lambda by: see(seen[by], by, anyway=anyway), team))

    with context.acting(User.objects.system()):
        had = Appointment.objects.get()
        said = f"Group room is taken by {had.worker}, 14:00 to 14:45. Choose another room, or another time."
        assert told == {"room": [said]}


def test_a_room_is_had_by_a_group_or_by_one_person(team):
    seen, leader = people(team)[team[0]], team[1]

    def act(by):
        if by != leader:
            return see(seen, by)
        slot, room = groups.slot(), groups.room()
        return group.make(name="SMART", on=groups.SOON, regime_time=slot, capacity=8, room=room, by=by)

    told = only(both(act, team))

    with context.acting(User.objects.system()):
        assert (Appointment.objects.count() + GroupSession.objects.count(), list(told)) == (1, ["room"])
        assert told["room"][0] in {
            "Group room is taken by a group: SMART, 13:30 to 16:30. Choose another room, or another time.",
            "Group room is taken on Thursday 15 October at 14:00 by Kay Worker, who sees somebody there.",
        }


def test_a_room_is_moved_into_by_one(team):
    seen = people(team)
    with context.acting(User.objects.system()):
        rows = {by: factories.appointment(seen[by].cases.get(), worker=by, at=AT) for by in team}

    def move(by):
        return appointment.move(appointment=rows[by], version=1, why="Quieter", by=by, room=groups.room())

    assert list(only(both(move, team))) == ["room"]


def test_the_next_session_of_a_log_waits_for_the_room_too(team):
    seen = people(team)
    kind = {"at": factories.at(hour=9), "next_at": AT, "anyway": True}

    def log(by):
        brief = ContactType.objects.get(code="BRIEF")
        return session.log(person=seen[by], type=brief, next_room=groups.room(), by=by, **kind)

    with time_machine.travel(factories.at(hour=11)):
        assert list(only(both(log, team))) == ["next_room"]


@pytest.fixture
def hidden(team):
    """Somebody whom neither of the team may know, in the room tomorrow at two."""
    with context.acting(User.objects.system()):
        case = factories.case(spell=factories.spell(), worker=factories.user())
        factories.appointment(case, room=groups.room(), at=AT)
        keeper = factories.user("MANAGER")
        Restriction.objects.create(
            person=case.person, prison=case.prison, number=case.person.number, made_by=keeper, made_at=AT
        )


def test_a_room_is_taken_by_somebody_hidden_and_nobody_is_named(team, hidden):
    seen, by = people(team)[team[0]], team[0]

    with context.acting(by), pytest.raises(ValidationError) as refused:
        see(seen, by, at=AT + timedelta(minutes=30))
    with context.acting(by):
        see(seen, by, at=AT + timedelta(minutes=45))

    assert refused.value.message_dict == {
        "room": ["Group room is taken at that time. Choose another room, or another time."]
    }


def test_a_group_and_a_drop_in_find_the_room_taken_by_somebody_hidden(team, hidden):
    by, given = team[0], {"name": "SMART", "on": groups.SOON, "regime_time": groups.slot(), "room": groups.room()}
    acts = [
        lambda: group.make(**given, capacity=8, by=by),
        lambda: drop_in.open(**given, audience="MAIN", wing=None, by=by),
    ]

    for act in acts:
        with context.acting(by), pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.message_dict == {"room": ["Group room is taken by somebody else at that time."]}
