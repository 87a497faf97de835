from datetime import timedelta

import pytest

from casework.models import Alert, Restriction
from referrals.models import Referral
from referrals.operations import duty
from referrals.queries import waiting
from tests import factories
from tests.referrals.steps import DAY, referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def kay():
    return factories.user(full_name="Kay Worker")


def test_rows_give_everybody_who_waits_in_order_with_the_day_and_why(kay):
    old, risen, rests = referral(6), referral(2), referral(1)
    Alert.objects.create(
        person=risen.person, prison=risen.prison, kind="H", code="HA", from_at=factories.at(DAY - timedelta(days=1))
    )
    duty.hold(referral=rests, reason="COURT", until_on=DAY + timedelta(days=2), by=kay)

    found = waiting.rows(kay, today=DAY)

    assert [(row.person, row.due_on.isoformat(), row.why, bool(row.hold)) for row in found] == [
        (risen.person, "2026-10-14", ["ACCT open since 13 October"], False),
        (old.person, "2026-10-15", [], False),
        (rests.person, "2026-10-20", [], True),
    ]


def test_rows_leave_out_restricted_people(kay):
    asked = referral()
    Restriction.objects.create(
        person=asked.person, prison=asked.prison, reason="STAFF", made_by=kay, made_at=factories.at()
    )

    assert waiting.rows(kay, today=DAY) == []


@pytest.mark.parametrize("count", [1, 3])
def test_rows_ask_six_queries_however_many(kay, count, django_assert_num_queries):
    for days in range(count):
        duty.claim(referral=referral(days), by=kay)

    with django_assert_num_queries(6):
        assert len(waiting.rows(kay, today=DAY)) == count


@pytest.mark.parametrize(
    ("sort", "order"), [("name", "abc"), ("-name", "cba"), ("received", "bca"), ("-received", "acb")]
)
def test_queue_sorts_either_way_and_pages_by_key(kay, monkeypatch, sort, order):
    monkeypatch.setattr(waiting, "PAGE", 1)
    people = {"a": referral(1, "Able"), "b": referral(9, "Baker"), "c": referral(4, "Cable")}

    shown, after = "", None
    while len(shown) < 3:
        page = waiting.queue(kay, today=DAY, sort=sort, after=after)
        shown += next(name for name, each in people.items() if each == page.rows[0].referral)
        after = page.next_key

    assert (shown, after) == (order, None)


@pytest.mark.parametrize("priority", [False, True])
def test_queue_of_who_is_past_target_is_as_long_as_its_number(kay, priority):
    """Around weekends and a bank holiday the filter draws the line where the standing does."""
    for ago in range(14):
        row = referral(ago)
        Referral.objects.filter(pk=row.pk).update(urgency="PRIORITY" if priority else "ORDINARY")

    for day in [DAY + timedelta(days=ahead) for ahead in [0, 1, 2, 3, 4, 5, 6, 7, 75, 76, 77, 78]]:
        late = [row.referral.pk for row in waiting.queue(kay, today=day, due="late", hold="all").rows]
        rows = waiting.queue(kay, today=day, hold="all").rows
        assert late == [row.referral.pk for row in rows if row.due_on < day]
        assert len(late) == waiting.standing(kay, today=day).late


def test_queue_is_narrowed_by_who_asked_who_took_it_and_what_rests(kay):
    ola = factories.user()
    mine, theirs, free, rests = referral(4), referral(3), referral(2), referral(1)
    Referral.objects.filter(pk=free.pk).update(source=factories.source("COURT"))
    duty.claim(referral=mine, by=kay)
    duty.claim(referral=theirs, by=ola)
    duty.hold(referral=rests, reason="COURT", until_on=DAY + timedelta(days=2), by=ola)

    def shown(**given):
        return [row.referral for row in waiting.queue(kay, today=DAY, **given).rows]

    assert shown() == [mine, theirs, free]
    assert shown(whose="mine") == [mine]
    assert shown(whose="free") == [free]
    assert shown(hold="held") == [rests]
    assert shown(hold="all") == [mine, theirs, free, rests]
    assert shown(group="EXTERNAL") == [free]
    standing = waiting.standing(kay, today=DAY)
    assert (standing.held, standing.mine, standing.groups) == (1, 1, {"INTERNAL": 0, "EXTERNAL": 1, "SELF": 3})
