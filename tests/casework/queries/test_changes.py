from datetime import date, timedelta

import pytest

from casework.access import Role
from casework.models import (
    Acknowledgement,
    Allocation,
    Case,
    CoWorker,
    Location,
    Movement,
    ReleaseDate,
    Restriction,
)
from casework.queries import changes
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def two_weeks_later(time_machine):
    time_machine.move_to(factories.at(DAY + timedelta(days=14), 12))


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def case(worker):
    """A case held from ten o'clock on DAY."""
    return factories.case(worker=worker)


def later(days=1, hour=9):
    return factories.at(DAY + timedelta(days=days), hour)


def movement(of, kind, at=None, **given):
    return Movement.objects.create(spell=of.spell, prison=of.prison, kind=kind, at=at or later(), **given)


def place(of, wing, cell, at, whereabouts="IN"):
    Location.objects.filter(spell=of.spell, until_at=None).update(until_at=at)
    return Location.objects.create(
        spell=of.spell, prison=of.prison, wing=wing, cell=cell, whereabouts=whereabouts, from_at=at
    )


def release_date(of, on, at, kind="CONDITIONAL", **given):
    given.setdefault("recorded_by", factories.user())
    return ReleaseDate.objects.create(spell=of.spell, prison=of.prison, kind=kind, on=on, recorded_at=at, **given)


def titles(user, **given):
    return [change.title for change in changes.unacknowledged(user, **given).changes]


def test_unacknowledged_tells_each_kind_of_change_oldest_first(worker, case):
    a, b = factories.wing("A"), factories.wing("B")
    place(case, a, "A-1-001", later(1))
    place(case, None, "", later(2, 8), "COURT")
    movement(case, "TO_COURT", later(2, 8))
    place(case, a, "A-1-001", later(2, 18))
    movement(case, "RETURN_FROM_COURT", later(2, 18))
    place(case, a, "A-1-002", later(3))
    movement(case, "CELL_MOVE", later(3), detail="A-1-001 to A-1-002")
    place(case, b, "B-2-017", later(4))
    movement(case, "CELL_MOVE", later(4), detail="A-1-002 to B-2-017")
    old = release_date(case, date(2026, 12, 1), later(5), superseded_at=later(6))
    release_date(case, date(2026, 12, 8), later(6), superseded_at=later(7))
    factories.alert(case.person, "HA", from_at=later(8), until_at=later(9), review_on=date(2026, 12, 3))
    factories.alert(case.person, "HA1", from_at=later(9))
    factories.alert(case.person, "WWPAIR", from_at=later(10), until_at=later(11))

    assert titles(worker) == [
        "Went to court",
        "Back from court",
        "Moved from A wing to B wing, cell B-2-017",
        "Release date set: 1 December 2026 (conditional release)",
        "Release date moved from 1 December 2026 to 8 December 2026 (conditional release)",
        "Release date taken away: 8 December 2026 (conditional release)",
        "ACCT opened; next review 3 December 2026",
        "ACCT moved on to post-closure (was open)",
        "New notice: See in pairs",
        "No longer: See in pairs",
    ]
    assert changes.count(worker) == 10
    first = changes.named(worker, ["movement.0", f"date.{old.pk}", "date.x", "nothing.1", f"date.{10**30}"])
    assert [change.name for change in first] == [f"date.{old.pk}"]


def test_unacknowledged_says_an_acct_that_is_opened_again(worker, case):
    factories.alert(case.person, "HA1", from_at=later(-2), until_at=later(2))
    factories.alert(case.person, "HA", from_at=later(2))

    assert titles(worker) == ["ACCT opened again (was post-closure)"]


@pytest.mark.parametrize("code", ["MAS", "DOCGM", "NEW"])
def test_unacknowledged_leaves_alerts_out_that_change_nothing_for_a_session(worker, case, code):
    factories.alert(case.person, code, from_at=later())

    assert titles(worker) == []


def test_unacknowledged_says_that_a_date_is_not_known_any_more(worker, case):
    release_date(case, date(2026, 12, 1), later(), superseded_at=later(2))
    release_date(case, None, later(2), kind="CONDITIONAL")

    assert titles(worker)[1] == "Release date moved from 1 December 2026 to not known (conditional release)"


def test_unacknowledged_leaves_out_dates_on_which_nobody_is_released(worker, case):
    release_date(case, date(2026, 12, 1), later(), "SENTENCE_EXPIRY", superseded_at=later(2))

    assert titles(worker) == []


def test_unacknowledged_leaves_out_what_the_worker_recorded_himself(worker, case):
    release_date(case, date(2026, 12, 1), later(), recorded_by=worker)
    factories.alert(case.person, "WWPAIR", from_at=later(), recorded_by=worker, until_at=later(2), ended_by=worker)

    assert titles(worker) == []


def test_unacknowledged_begins_with_the_allocation_and_goes_back_four_weeks(worker, case, time_machine):
    movement(case, "TO_COURT", later(0, 9))
    assert titles(worker) == []

    movement(case, "RETURN_FROM_COURT", later(0, 17))
    time_machine.move_to(later(28, 15))
    assert titles(worker) == ["Back from court"]

    time_machine.move_to(later(28, 18))
    assert titles(worker) == []


def test_unacknowledged_is_for_the_keyworker_and_for_who_works_beside_him(worker, case):
    beside, nobody, former = factories.user(), factories.user(), factories.user()
    CoWorker.objects.create(
        case=case, person=case.person, prison=case.prison, worker=beside, from_at=later(1), made_by=worker
    )
    Allocation.objects.create(
        case=case, prison=case.prison, worker=former, from_at=later(-9), until_at=later(5), made_by=worker
    )
    movement(case, "TO_COURT", later(0, 12))
    movement(case, "TEMPORARY_ABSENCE", later(2))

    assert titles(worker) == ["Went to court", "Left for a while"]
    assert titles(beside) == ["Left for a while"]
    assert titles(nobody) == titles(former) == []


@pytest.mark.parametrize(("reason", "told"), [("RELEASED_COURT", ["Released: Bailed"]), ("COMPLETED", [])])
def test_unacknowledged_tells_who_left_though_the_case_closed_with_it(worker, case, reason, told):
    movement(case, "RELEASED", later(2), reason="Bailed")
    movement(case, "NOT_ON_ROLL", later(4))
    Allocation.objects.update(until_at=later(2))
    Case.objects.update(closed_on=DAY + timedelta(days=2), close_reason=reason)

    assert titles(worker) == told


def test_unacknowledged_says_nothing_of_what_ended_because_the_person_left(worker, case):
    factories.alert(case.person, "HA", from_at=later(-3), until_at=later(2))
    release_date(case, date(2026, 12, 1), later(-3), superseded_at=later(2))
    movement(case, "RELEASED", later(2))
    case.spell.ended_at, case.spell.end = later(2), "RELEASED"
    case.spell.save()

    assert titles(worker) == ["Released"]


def test_unacknowledged_hides_the_restricted(worker, case):
    movement(case, "TO_COURT")
    Restriction.objects.create(
        person=case.person, prison=case.prison, number=case.person.number, kind="OTHER", reason="Known to staff",
        made_at=later(), made_by=factories.user(Role.MANAGER),
    )  # fmt: skip

    assert titles(worker) == []
    assert changes.count(worker) == 0


def note(user, change, **given):
    return Acknowledgement.objects.create(
        user=user, person=change.person, prison=factories.prison(), kind=change.kind.name, key=change.pk,
        **{"at": later(13), **given},
    )  # fmt: skip


def test_unacknowledged_leaves_out_what_this_worker_acknowledged(worker, case):
    movement(case, "TO_COURT")
    (change,) = changes.unacknowledged(worker).changes
    note(factories.user(), change)
    note(worker, change, withdrawn_at=later(13))
    assert changes.count(worker) == 1

    note(worker, change)

    assert titles(worker) == []
    assert changes.count(worker) == 0


def test_last_is_what_was_acknowledged_together_today(worker, case):
    for hour in range(3):
        movement(case, "TO_COURT", later(1, hour))
    first, *both = changes.unacknowledged(worker).changes
    note(worker, first, at=later(13))
    assert changes.last(worker) is None

    for change in both:
        note(worker, change, at=later(14))
    assert changes.last(worker).together == 2


def test_unacknowledged_goes_on_by_key_through_changes_of_one_moment(worker, case):
    for _ in range(3):
        movement(case, "TO_COURT")
        release_date(case, date(2026, 12, 1), later(), superseded_at=later(1, 9) + timedelta(hours=1))
    whole = [change.key for change in changes.unacknowledged(worker).changes]

    found, after = [], ""
    while after is not None:
        page = changes.unacknowledged(worker, after, size=2)
        found += [change.key for change in page.changes]
        after = page.after

    assert found == whole
    assert len(whole) == len(set(whole)) == changes.count(worker)


@pytest.mark.parametrize("after", ["", "x", "1-2", "1-2-3-4", "99999999999999999999-1-1", "--"])
def test_unacknowledged_begins_at_the_beginning_where_the_address_says_nothing(worker, case, after):
    movement(case, "TO_COURT")

    assert titles(worker, after=after) == ["Went to court"]


@pytest.mark.parametrize("number", [1, 3, 30])
def test_unacknowledged_takes_two_queries_however_much_there_is(worker, number, django_assert_num_queries):
    for _ in range(number):
        case = factories.case(worker=worker)
        for day in range(10):
            movement(case, "TO_COURT", later(day, 12))

    with django_assert_num_queries(2):
        page = changes.unacknowledged(worker)
    with django_assert_num_queries(2):
        assert changes.count(worker) == number * 10

    assert len(page.changes) == min(number * 10, changes.PAGE)
    assert (page.after is None) == (number < 30)
