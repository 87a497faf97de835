from datetime import timedelta

import pytest

from casework.access import Role
from casework.models import Absence, Location, Person
from casework.queries import allocation
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


def away(worker, days=2):
    return Absence.objects.create(user=worker, prison=worker.prison, from_on=DAY, until_on=DAY + timedelta(days=days))


def test_candidates_stand_in_the_order_in_which_one_would_ask_them():
    manager = factories.user(Role.MANAGER, full_name="Mo")
    names = ["Busy", "Free", "Away", "Former", "Holder"]
    busy, free, gone, former, holder = (factories.user(full_name=name) for name in names)
    factories.user(full_name="Gone", is_active=False)
    factories.user(Role.ADMINISTRATOR)
    for _ in range(2):
        factories.case(worker=busy)
    away(gone)
    case = factories.case(worker=former)
    case.allocations.update(until_at=factories.at())
    case.allocations.create(prison=case.prison, worker=holder, from_at=factories.at(), made_by=manager)

    found = allocation.candidates(Person.objects.get(pk=case.person_id), manager, holder=holder)

    assert [one.label for one in found] == [
        "Former (0 of 25 cases, worked with this person before)",
        "Free (0 of 25 cases)",
        "Mo (0 of 25 cases)",
        "Busy (2 of 25 cases)",
        "Away (0 of 25 cases, away until 16 October)",
        "Holder (1 of 25 cases, holds it now)",
    ]


def names(person, user, **given):
    return [one.worker.full_name for one in allocation.candidates(person, user, **given)]


def test_candidates_weigh_load_against_capacity_then_the_wing():
    manager, wing = factories.user(Role.MANAGER, full_name="Mo", capacity=0), factories.wing("B")
    half, quarter, covers = (
        factories.user(full_name="Half", capacity=2),
        factories.user(full_name="Quarter", capacity=40),
        factories.user(full_name="Zoe Covers", capacity=40),
    )
    for worker in (half, quarter, covers):
        factories.case(worker=worker)
    covers.wing_cover.create(prison=covers.prison, wing=wing, from_on=DAY)
    spell = factories.spell()
    Location.objects.filter(spell=spell).update(wing=wing)

    found = allocation.candidates(spell.person, manager)

    assert [one.label for one in found] == [
        "Zoe Covers (1 of 40 cases, covers B wing)",
        "Quarter (1 of 40 cases)",
        "Half (1 of 2 cases)",
        "Mo (0 of 0 cases)",
    ]


def test_candidates_put_who_is_full_behind_those_with_room_even_who_knows_the_person():
    manager = factories.user(Role.MANAGER, full_name="Mo", capacity=0)
    full, free = factories.user(full_name="Full", capacity=1), factories.user(full_name="Free")
    case = factories.case(worker=full)
    case.allocations.update(until_at=factories.at())
    factories.case(worker=full)

    assert names(case.person, manager) == ["Free", "Full", "Mo"]
    assert names(case.person, manager, holder=free) == ["Full", "Mo", "Free"]


def test_candidates_know_the_co_worker():
    row = factories.co_worker(worker=factories.user(full_name="Zoe"))
    factories.user(full_name="Amy")

    assert names(row.person, row.worker, holder=row.case.allocations.get().worker)[0] == "Zoe"


def test_suggestion_is_nobody_who_is_away_or_holds_it():
    holder, gone = factories.user(), factories.user()
    case = factories.case(worker=holder, opened_by=holder)
    away(gone)

    found = allocation.candidates(case.person, holder, holder=holder)

    assert len(found) == 2
    assert allocation.suggestion(found) is None


def proposed(spread):
    return [(one.case.person.surname, one.suggested and one.suggested.worker.full_name) for one in spread.proposals]


def test_spread_gives_each_case_to_the_likeliest_knowing_of_those_before():
    manager, leaver = factories.user(Role.MANAGER, full_name="Mo", capacity=0), factories.user(full_name="Leaver")
    one, two = factories.user(full_name="One", capacity=2), factories.user(full_name="Two", capacity=2)
    people = [factories.person(surname=name) for name in ["Ash", "Birch", "Cedar"]]
    for person in people:
        factories.case(person, worker=leaver, opened_by=leaver)
    former = factories.case(people[2], worker=two, closed_on=DAY, close_reason="COMPLETED")
    former.allocations.update(until_at=factories.at())
    beside = factories.co_worker(factories.case(worker=one, opened_by=one), worker=leaver)

    spread = allocation.spread(leaver, manager)

    assert proposed(spread) == [("Ash", "Two"), ("Birch", "One"), ("Cedar", "Two")]
    assert spread.beside == [beside]
    assert "Leaver" not in [each.worker.full_name for each in spread.proposals[0].candidates]


def test_spread_proposes_nobody_where_everybody_is_away():
    manager, leaver = factories.user(Role.MANAGER, full_name="Mo"), factories.user()
    factories.case(worker=leaver, opened_by=leaver)
    for worker in (manager, leaver):
        away(worker)

    spread = allocation.spread(leaver, manager)

    assert proposed(spread) == [("Testerton", None)]
    assert spread.away_until == DAY + timedelta(days=2)


@pytest.mark.parametrize("many", [1, 3, 40])
def test_spread_asks_the_same_number_of_queries(many, django_assert_num_queries):
    manager, leaver = factories.user(Role.MANAGER), factories.user()
    for _ in range(many):
        factories.case(worker=leaver, opened_by=leaver)

    with django_assert_num_queries(8):
        allocation.spread(leaver, manager)


def test_moved_says_whose_case_it_was_and_who_holds_it_now():
    manager, one = factories.user(Role.MANAGER), factories.user(full_name="One")
    case = factories.case(factories.person(surname="Ash"), worker=one)
    closed = factories.case(factories.person(surname="Birch"), worker=one, closed_on=DAY, close_reason="DIED")
    closed.allocations.update(until_at=factories.at())
    keys = [case.allocations.get().pk, closed.allocations.get().pk]

    assert sorted(allocation.moved(keys, manager)) == ["Sam Ash (One)", "Sam Birch (closed)"]


def test_left_behind_are_those_who_hold_cases_and_cannot_do_the_work():
    manager = factories.user(Role.MANAGER)
    here, ill, left = (factories.user(full_name=name) for name in ["Here", "Ill", "Left"])
    for worker in (here, ill, left, left):
        factories.case(worker=worker)
    away(ill)
    away(factories.user(full_name="Ill without cases"))
    factories.end(left, is_active=False)

    found = [(worker.full_name, worker.held, bool(worker.away_until)) for worker in allocation.left_behind(manager)]

    assert found == [("Ill", 1, True), ("Left", 2, False)]
    assert list(allocation.left_behind(factories.user(prison=factories.prison("ACI", "Altcourse")))) == []
