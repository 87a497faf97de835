from datetime import date, timedelta

import pytest

from referrals.models import Source
from referrals.operations import duty
from referrals.queries import truth
from tests import factories
from tests.referrals.steps import DAY, referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def kay():
    return factories.user(full_name="Kay Worker")


def answered(asked, day, **given):
    return factories.triage(asked, done_on=day, recorded_at=factories.at(day, 15), **given)


def waited(user, day):
    return [(row.referral, row.days) for row in truth.of(user, on=day).waiting]


def test_waiting_is_from_the_day_received_until_the_day_of_the_triage(kay):
    asked = referral(9)  # Monday 5 October
    answered(asked, date(2026, 10, 12))
    referral(9, spell=asked.spell, repeat_of=asked)

    days = [date(2026, 10, day) for day in (4, 5, 9, 11, 12, 13)]

    assert [waited(kay, day) for day in days] == [[], [(asked, 0)], [(asked, 4)], [(asked, 4)], [], []]


def test_waiting_counts_by_the_day_it_was_done_and_not_by_when_it_was_written(kay):
    asked = referral(9)
    factories.triage(asked, done_on=date(2026, 10, 6), recorded_at=factories.at(date(2026, 10, 8)))

    assert [waited(kay, date(2026, 10, day)) for day in (5, 6)] == [[(asked, 0)], []]


def test_truth_says_how_many_how_long_and_from_where(kay):
    court = Source.objects.get(code="COURT")
    old, new, outside = referral(40), referral(), referral(3, source=court)
    duty.hold(referral=new, reason="COURT", until_on=DAY + timedelta(days=2), by=kay)

    found = truth.of(kay, on=DAY)

    assert (found.count, found.held, found.longest.referral, found.longest.days) == (3, 1, old, 28)
    assert [(line.name, line.count, line.longest) for line in found.bands] == [
        ("0 or 1 working day", 1, 0),
        ("2 to 5 working days", 1, 3),
        ("6 to 10 working days", 0, None),
        ("11 to 20 working days", 0, None),
        ("More than 20 working days", 1, 28),
    ]
    assert [(line.name, line.count) for line in found.groups] == [("Self", 2), ("Internal", 0), ("External", 1)]
    assert [(line.name, line.count, line.longest) for line in found.sources] == [
        ("Self-referral", 2, 28),
        ("Court", 1, 3),
    ]
    assert outside in [row.referral for row in found.waiting]


def test_truth_tells_median_and_share_of_those_triaged_in_the_month(kay):
    for days, took, outcome in [(20, 1, "OPEN"), (20, 6, "DECLINED"), (20, 15, "LEFT"), (60, 2, "OPEN")]:
        asked = referral(days)
        answered(asked, asked.received_on + timedelta(days=took), outcome=outcome, needs="Gone")
    answered(referral(2), DAY)

    found = truth.of(kay, on=DAY)

    assert (found.first, len(found.seen), found.left, len(found.that_day)) == (date(2026, 9, 15), 3, 1, 1)
    assert (found.median, found.share, [row.days for row in found.late]) == (2, 100.0, [])


def test_truth_counts_a_priority_against_its_own_target(kay):
    asked = referral(9, urgency="PRIORITY")
    answered(asked, asked.received_on + timedelta(days=2))

    found = truth.of(kay, on=DAY)

    assert (found.share, [row.referral for row in found.late]) == (0.0, [asked])


def test_truth_of_nobody_is_nought(kay):
    found = truth.of(kay, on=DAY)

    assert (found.count, found.median, found.share, found.longest, found.sources) == (0, None, None, None, [])


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 10, 14), date(2026, 9, 14)),
        (date(2026, 3, 31), date(2026, 2, 28)),
        (date(2026, 1, 5), date(2025, 12, 5)),
    ],
)
def test_month_before(day, before):
    assert truth.month_before(day) == before


@pytest.mark.parametrize("count", [1, 3])
def test_truth_asks_three_queries_however_many(kay, count, django_assert_num_queries):
    for days in range(count):
        referral(days)
        answered(referral(days + 1), DAY)

    with django_assert_num_queries(3):
        assert truth.of(kay, on=DAY).count == count


def test_part_is_as_long_as_its_number_and_pages_by_key(kay, monkeypatch):
    monkeypatch.setattr(truth, "PAGE", 2)
    rows = [referral(days) for days in (9, 5, 1)]
    found = truth.of(kay, on=DAY)

    begin, total = truth.part(found, "waiting")
    after, _ = truth.part(found, "waiting", after=begin.next_key)
    band, few = truth.part(found, "waiting", band=0)

    assert ([row.referral for row in [*begin.rows, *after.rows]], total, after.next_key) == (rows, 3, None)
    assert ([row.referral for row in band.rows], few) == ([rows[2]], 1)
