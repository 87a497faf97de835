from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from casework.models import CustodySpell, PersonMerge
from casework.operations import person as people
from interventions.models import Enrolment, RegisterChange
from interventions.operations import register as operations
from tests import factories
from tests.interventions import programmes

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def session(worker):
    return factories.group_session(worker=worker)


def marks(seat, mark, seen=None):
    return {seat.pk: (mark, seen)}


def test_mark_is_of_the_worker_who_runs_the_session_whoever_writes_it_down(session, worker):
    clerk, seat = factories.user(), factories.seat(session)

    operations.mark(session=session, marks=marks(seat, "TOOK_PLACE"), by=clerk)

    seat.refresh_from_db()
    assert (seat.contact.worker, seat.contact.recorded_by) == (worker, clerk)
    assert seat.version == 2


def test_mark_leaves_out_who_was_taken_off(session, worker):
    seat = factories.seat(session, removed_at=factories.at(), removed_by=worker, removed_why="Own wish")

    operations.mark(session=session, marks=marks(seat, "TOOK_PLACE"), by=worker, close=True)

    seat.refresh_from_db()
    assert seat.contact is None


def test_whoever_has_a_place_and_came_has_begun_when_the_register_is_closed_or_put_right(session, worker):
    seats = [factories.seat(session) for _ in range(2)]
    programme = programmes.programme()
    for seat in seats:
        case = factories.case(seat.person, worker=worker)
        seat.enrolment = programmes.enrolment(case, programme, "ALLOCATED")
        seat.save()
    came, ill = seats

    states = []
    for mark, close in [("PERSON_ILL", False), ("PERSON_ILL", True), ("LATE", False)]:
        given = {**marks(came, "TOOK_PLACE"), **marks(ill, mark)}
        operations.mark(session=session, marks=given, by=worker, close=close)
        states.append([Enrolment.objects.get(pk=seat.enrolment_id).state for seat in seats])

    assert states == [["ALLOCATED", "ALLOCATED"], ["ACTIVE", "ALLOCATED"], ["ACTIVE", "ACTIVE"]]
    assert Enrolment.objects.first().started_on == session.period.lower.date()


def test_line_needs_a_mark(session, worker):
    seat = factories.seat(session)

    for refused in [
        lambda: operations.write_note(seat=seat, note="Quiet", version=1, by=worker),
        lambda: operations.skip(seat=seat, by=worker),
    ]:
        with pytest.raises(ValidationError, match="Mark this person in the register first."):
            refused()


def test_what_was_changed_moves_with_the_record_of_the_person_and_back(session, worker):
    removed, kept = factories.person(number="A0001BA"), factories.person(number="A0002BA")
    seat = factories.seat(session, factories.spell(removed).person)
    for mark in ["PERSON_ILL", "TOOK_PLACE"]:
        operations.mark(session=session, marks=marks(seat, mark), by=worker)

    people.merge(removed=removed, kept=kept, at=factories.at(), by=worker, prison=session.prison)
    assert RegisterChange.objects.get().person == kept

    people.unmerge(asked=PersonMerge.objects.get(), at=factories.at(), by=worker)
    assert RegisterChange.objects.get().person == removed


@pytest.mark.parametrize("closed", [False, True])
def test_somebody_missing_is_added_with_his_mark_and_once(session, worker, closed):
    factories.seat(session, contact=None)
    operations.mark(session=session, marks=marks(session.seats.get(), "TOOK_PLACE"), by=worker, close=closed)
    person, nonce = factories.spell().person, uuid4()

    first, again = (
        operations.add(session=session, person=person, mark="LATE", by=worker, nonce=nonce) for _ in range(2)
    )

    assert (first, again.mark, again.contact.worker, again.person) == (again, "LATE", worker, person)
    assert session.seats.count() == 2
    with pytest.raises(ValidationError, match="stands in this register already"):
        operations.add(session=session, person=person, mark="LATE", by=worker)


def test_somebody_missing_was_here_and_in_no_other_session(session, worker):
    gone, twice = factories.spell(received_on=factories.DAY + timedelta(days=3)).person, factories.spell().person
    CustodySpell.objects.filter(person=gone).update(ended_at=session.period.lower - timedelta(days=9), end="RELEASED")
    other = factories.group_session(worker=factories.user(), name="Art")
    factories.seat(other, twice)

    for person, said in [(gone, "had left the prison by then"), (twice, "stands in the register of Art at that time")]:
        with pytest.raises(ValidationError, match=said) as refused:
            operations.add(session=session, person=person, mark="TOOK_PLACE", by=worker)
        assert list(refused.value.message_dict) == ["number"]
    assert session.seats.count() == 0


def test_somebody_missing_begins_his_programme_with_a_closed_register(session, worker):
    operations.mark(session=session, marks={}, by=worker, close=True)
    case = factories.case(worker=worker)
    programme = programmes.programme()
    session.refresh_from_db()
    session.series = programmes.series(programme)
    session.save()
    enrolment = programmes.enrolment(case, programme, "ALLOCATED")
    Enrolment.objects.filter(pk=enrolment.pk).update(series=session.series)

    seat = operations.add(session=session, person=case.person, mark="TOOK_PLACE", by=worker)

    enrolment.refresh_from_db()
    assert (seat.enrolment, enrolment.state) == (enrolment, "ACTIVE")
