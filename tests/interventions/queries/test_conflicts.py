from datetime import timedelta

import pytest

from casework.models import Absence, CourtDate, Room
from interventions.models import Appointment, Commitment, Facilitator, GroupSession, Seat
from interventions.queries import conflicts
from tests import factories

pytestmark = pytest.mark.django_db
NOW, HOUR = factories.at(hour=11), timedelta(hours=1)


@pytest.fixture
def kay():
    return factories.user(full_name="Kay")


@pytest.fixture
def planned(kay):
    """A session at two, in a room."""
    case = factories.case(spell=factories.spell(), worker=kay)
    return factories.appointment(case, worker=kay, room=room(), at=factories.at(hour=14))


def room(name="Room 1"):
    return Room.objects.get_or_create(prison=factories.prison(), name=name)[0]


def said(row, user):
    return conflicts.mark([row], user)[0].conflicts


def commitment(person, starts, ends, **given):
    at = {"starts_at": factories.at(hour=starts), "ends_at": factories.at(hour=ends)}
    by = {"recorded_by": factories.user(), "recorded_at": NOW, "said_by": "Visits list"}
    return Commitment.objects.create(person=person, prison=factories.prison(), kind="VISIT", **at, **by, **given)


def court(case, on, **given):
    who = {"spell": case.spell, "person": case.person, "prison": case.prison, "recorded_by": factories.user()}
    return CourtDate.objects.create(on=on, said_by="Court list", recorded_at=NOW, **who, **given)


def group(hour, **given):
    at = factories.at(hour=hour)
    who = {"prison": factories.prison(), "made_by": factories.user(), "made_at": NOW, "capacity": 10, "kind": "GROUP"}
    return GroupSession.objects.create(name="SMART", period=(at, at + HOUR), **who, **given)


def seat(of, person, **given):
    who = {"prison": of.prison, "added_by": factories.user(), "added_at": NOW}
    return Seat.objects.create(session=of, person=person, period=of.period, **who, **given)


def test_nothing_stands_against_what_only_touches(planned, kay):
    case = factories.case(worker=kay)
    factories.appointment(case, worker=kay, room=planned.room, at=factories.at(hour=14) + timedelta(minutes=45))
    factories.appointment(case, worker=kay, room=planned.room, at=factories.at(hour=13), minutes=60)
    commitment(planned.person, 13, 14)
    early = factories.appointment(planned.person.cases.get(), worker=kay, at=factories.at(hour=9))

    assert [row.conflicts for row in conflicts.mark([early, planned], kay)] == [[], []]


def test_a_day_at_court_stands_against_it(planned, kay):
    court(planned.person.cases.get(), factories.DAY, court="Liverpool Crown Court")

    assert said(planned, kay) == ["The person is at court that day (Liverpool Crown Court)."]


def test_what_was_taken_back_does_not(planned, kay):
    over = {"withdrawn_at": NOW, "withdrawn_by": kay}
    court(planned.person.cases.get(), factories.DAY, **over)
    commitment(planned.person, 13, 15, **over)
    called_off = {"called_off_at": NOW, "called_off_by": kay, "called_off_why": "Twice"}
    factories.appointment(planned.person.cases.get(), at=planned.at, **called_off)
    cancelled = group(14, state="CANCELLED", cancelled_why="TEAM_NO_ROOM", room=planned.room)
    seat(cancelled, planned.person)
    seat(group(14), planned.person, removed_at=NOW)
    Facilitator.objects.create(session=cancelled, prison=cancelled.prison, worker=kay, period=cancelled.period)

    assert said(planned, kay) == []


def test_a_visit_stands_against_it(planned, kay):
    commitment(planned.person, 13, 15)

    assert said(planned, kay) == ["The person has something else: visit, 13:00 to 15:00."]


def test_a_seat_in_a_group_stands_against_it(planned, kay):
    seat(group(14), planned.person)

    assert said(planned, kay) == ["The person is expected in a group: SMART, 14:00 to 15:00."]


def test_a_worker_who_is_away_or_runs_a_group_stands_against_it(planned, kay):
    session = group(14)
    Facilitator.objects.create(session=session, prison=session.prison, worker=kay, period=session.period)
    Absence.objects.create(user=kay, prison=session.prison, from_on=factories.DAY, until_on=factories.DAY)

    assert said(planned, kay) == ["Kay is away until 14 October.", "Kay runs a group: SMART, 14:00 to 15:00."]


def test_a_room_that_is_taken_stands_against_it(planned, kay):
    factories.appointment(worker=factories.user(full_name="Olu"), room=planned.room, at=planned.at)
    group(14, room=planned.room)

    assert said(planned, kay) == [
        "Room 1 is taken by a group: SMART, 14:00 to 15:00.",
        "Room 1 is taken by Olu, 14:00 to 14:45.",
    ]


def test_another_session_of_the_person_or_the_worker_stands_against_it(planned, kay):
    factories.appointment(
        planned.person.cases.get(), worker=factories.user(full_name="Olu"), at=factories.at(hour=13), minutes=90
    )
    factories.appointment(worker=kay, at=planned.at)

    assert said(planned, kay) == [
        "The person has another session, with Olu, 13:00 to 14:30.",
        "Kay has another session, 14:00 to 14:45.",
    ]


def test_one_that_is_not_saved_yet_is_asked_about_as_well(planned, kay):
    case = factories.case(worker=kay)
    new = Appointment(person=case.person, worker=kay, type=planned.type, at=planned.at, minutes=10)

    assert said(new, kay) == ["Kay has another session, 14:00 to 14:45."]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_however_many_there_are_it_asks_seven_queries(kay, count, django_assert_num_queries):
    case = factories.case(worker=kay)
    rows = [
        factories.appointment(case, worker=kay, room=room(), at=NOW + number * timedelta(minutes=50))
        for number in range(count)
    ]
    commitment(case.person, 11, 12)

    with django_assert_num_queries(7):
        conflicts.mark(rows, kay)

    assert conflicts.mark([], kay) == []
    assert rows[0].conflicts == ["The person has something else: visit, 11:00 to 12:00."]
