import itertools
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from casework import context
from casework.models import AuditEntry
from casework.operations.journal import Journal
from interventions.models import DrugTest, DrugTestCorrection, TestList, UnitStay
from interventions.models.drug_test import BACK, MOVES
from interventions.operations import drug_test as operations
from referrals.models import Referral
from tests import factories
from tests.interventions.drug_tests import (
    MONDAY,
    NEEDS,
    OCTOBER,
    SUNDAY,
    brought,
    drawn,
    living,
    on,
    other,
    people,
    record,
    recorder,
)

pytestmark = pytest.mark.django_db
Standing = DrugTest.Standing


@pytest.fixture
def by():
    return recorder(full_name="Kay Worker")


# The list of a month


def test_draw_writes_both_lists_in_their_order_once(by):
    main, reserve, nonce = people(2), people(1), uuid.uuid4()
    given = {
        "month": OCTOBER,
        "population": 40,
        "percent": 5,
        "main": main,
        "reserve": reserve,
        "nonce": nonce,
        "by": by,
    }

    for _ in range(2):
        row = operations.draw(**given)

    assert TestList.objects.get() == row
    assert list(row.tests.order_by("part", "number").values_list("part", "number", "person", "kind", "state")) == [
        ("MAIN", 1, main[0].pk, "RANDOM", "SELECTED"),
        ("MAIN", 2, main[1].pk, "RANDOM", "SELECTED"),
        ("RESERVE", 1, reserve[0].pk, "RANDOM", "SELECTED"),
    ]
    entry = AuditEntry.objects.get(action="test_list.drawn")
    assert entry.detail == {"month": "2026-10-01", "main": 2, "reserve": 1}


@pytest.mark.parametrize(
    ("population", "repeat", "code"), [(41, False, "size"), (20, False, "size"), (40, True, "twice")]
)
def test_draw_refuses_a_list_that_is_none(by, population, repeat, code):
    main = people(2)
    with pytest.raises(ValidationError) as refused:
        operations.draw(
            month=OCTOBER, population=population, percent=5, main=main, reserve=main[:1] if repeat else [], by=by,
            nonce=uuid.uuid4(),
        )  # fmt: skip

    assert (refused.value.code, TestList.objects.count()) == (code, 0)


def test_draw_of_a_month_that_is_drawn_is_refused_and_changes_nothing(by):
    drawn(by=by)

    with pytest.raises(ValidationError, match="It is fixed once it is drawn"):
        drawn(by=by)

    assert DrugTest.objects.count() == 4


# What may follow what


@pytest.mark.parametrize(("now", "to"), list(itertools.product(Standing, Standing)))
def test_record_makes_the_moves_of_the_table_and_no_other(by, now, to):
    test = brought(other(), now, by)
    if to in MOVES[now]:
        assert record(test, to, by).standing == to
    elif to == now and to != "SELECTED":
        assert record(test, to, by).version == test.version
    elif to != now:
        with pytest.raises(ValidationError, match="From there it cannot be"):
            record(test, to, by)
        test.refresh_from_db()
        assert test.standing == now


def test_record_says_no_more_in_the_trail_than_that_it_was_recorded(by):
    test = brought(other(), "POSITIVE", by)

    details = AuditEntry.objects.filter(action="drug_test.recorded").values_list("target_key", "detail")
    assert list(details) == [(str(test.pk), {"called_up": None})] * 2


@pytest.mark.parametrize("now", ["POSITIVE", "REFUSED"])
def test_record_charges_nobody_for_what_a_compact_does_not_allow(by, now):
    test = brought(other("COMPACT"), now, by)

    with pytest.raises(ValidationError, match="A compact is no order"):
        record(test, f"{now}_CHARGED", by)
    with pytest.raises(IntegrityError), transaction.atomic():
        DrugTest.objects.update(adjudicated=True)


@pytest.mark.parametrize(
    ("to", "given", "words"),
    [
        ("SAMPLED", {"sampled_at": None}, "Say when the sample was taken."),
        ("SAMPLED", {"sampled_at": factories.at(hour=12)}, "This is in the future."),
        ("SAMPLED", {"sampled_at": factories.at(SUNDAY)}, "was chosen for this test on 12 October 2026"),
        ("UNABLE", {"unable_why": "REFUSED"}, "Say why the test could not be made."),
        ("POSITIVE", {"groups": []}, "Say which drugs were found."),
        ("POSITIVE", {"groups": ["TEA"]}, "Say which drugs were found."),
        ("MITIGATED", {"mitigation": " "}, "Say what was prescribed"),
        ("MITIGATED", {"mitigation": "x" * 201}, "at most 200 characters"),
    ],
)
def test_record_refuses_what_cannot_be(by, to, given, words):
    test = other()
    if to in ("POSITIVE", "MITIGATED"):
        test = brought(test, "SAMPLED", by)

    with pytest.raises(ValidationError, match=words):
        record(test, to, by, **given)


def test_record_takes_no_sample_from_somebody_who_was_not_here(by):
    test = other()
    test.person.spells.update(ended_at=factories.at(SUNDAY), end="RELEASED")

    with pytest.raises(ValidationError, match="was not here on 12 October 2026"):
        record(test, "SAMPLED", by)


def test_record_takes_no_sample_of_a_list_in_another_month(by):
    row = drawn(by=by, month=OCTOBER - timedelta(days=30))

    with pytest.raises(ValidationError, match="This list is for September 2026"):
        record(on(row, "Main 1"), "SAMPLED", by)


def test_weekend_is_told_by_the_clock_of_the_prison(by):
    row = drawn(by=by)
    late = factories.at(SUNDAY, 23)

    assert record(on(row, "Main 1"), "SAMPLED", by, sampled_at=late).at_weekend
    assert not record(on(row, "Main 2"), "SAMPLED", by).at_weekend


def test_explanation_keeps_what_was_found(by):
    test = brought(other(), "POSITIVE", by)

    explained = record(test, "MITIGATED", by, groups=[])

    assert (explained.groups, explained.standing) == (["CANNABIS"], "MITIGATED")


# Reserves


def test_unable_calls_up_the_lowest_reserve_each_time_and_a_refusal_none(by):
    row = drawn(main=3, reserve=2, by=by)
    called = []
    for place, to in [("Main 1", "UNABLE"), ("Main 2", "REFUSED"), ("Reserve 1", "UNABLE"), ("Main 3", "UNABLE")]:
        for _ in range(2):  # The same again calls up nobody.
            record(on(row, place), to, by)
        called.append(list(row.tests.exclude(promoted_at=None).order_by("number").values_list("number", flat=True)))

    assert called == [[1], [1], [1, 2], [1, 2]]


def test_reserves_are_tested_when_they_are_called_up_and_in_their_order(by):
    row = drawn(main=3, reserve=3, by=by)
    with pytest.raises(ValidationError, match="Reserve 1 is not called up"):
        record(on(row, "Reserve 1"), "SAMPLED", by)
    record(on(row, "Main 1"), "UNABLE", by)
    record(on(row, "Main 2"), "UNABLE", by)

    for to in ["SAMPLED", "REFUSED"]:
        with pytest.raises(ValidationError, match="Reserve 1 comes first"):
            record(on(row, "Reserve 2"), to, by)
    record(on(row, "Reserve 1"), "SAMPLED", by)

    assert record(on(row, "Reserve 2"), "SAMPLED", by).standing == "SAMPLED"
    with pytest.raises(ValidationError, match="Reserve 3 is not called up"):
        record(on(row, "Reserve 3"), "UNABLE", by)


# What was wrong is put right


def right(test, to, by, **given):
    test.refresh_from_db()
    given = {"version": test.version, "why": "The result of somebody else", "nonce": uuid.uuid4(), **given}
    return operations.put_right(test=test, to=to, by=by, **given)


@pytest.mark.parametrize(("now", "to"), list(itertools.product(Standing, Standing)))
def test_put_right_goes_back_by_its_table_and_keeps_what_was_said(by, now, to):
    test = brought(other(), now, by)
    before = test.corrections.count()
    allowed = [*BACK[now], *([] if now == "MISTAKE" else ["MISTAKE"])]

    if to in allowed:
        right(test, to, by)
    else:
        with pytest.raises(ValidationError, match="cannot go back there"):
            right(test, to, by)

    test.refresh_from_db()
    assert test.standing == (to if to in allowed else now)
    assert test.corrections.count() == before + (to in allowed)


def test_put_right_says_what_was_said_and_why_but_not_in_the_trail(by):
    test = brought(other(), "MITIGATED", by)

    right(test, "SELECTED", by)

    made = test.corrections.get()
    assert made.was == (
        "Positive, explained by a prescription; sample taken on 12 October 2026 at 09:00; found: Methadone; "
        "prescribed: Methadone 40 ml, says healthcare"
    )
    assert (made.person, made.why, made.by) == (test.person, "The result of somebody else", by)
    assert AuditEntry.objects.get(action="drug_test.put_right").detail == {"went_back": None}


def test_put_right_sent_twice_puts_right_once(by):
    test, nonce = brought(other(), "POSITIVE", by), uuid.uuid4()

    for _ in range(2):
        operations.put_right(test=test, version=test.version, to="SAMPLED", why="Wrong", by=by, nonce=nonce)

    test.refresh_from_db()
    assert (test.standing, test.groups, test.corrections.count()) == ("SAMPLED", [], 1)


def test_put_right_tells_whoever_was_slower(by):
    test = brought(other(), "SAMPLED", by)
    record(test, "NEGATIVE", by)

    with pytest.raises(ValidationError, match="The test now says: Negative; sample taken on 12 October 2026"):
        right(test, "SELECTED", by, version=test.version - 1)


def test_nobody_stands_on_a_list_by_mistake(by):
    test = on(drawn(by=by), "Main 1")

    with pytest.raises(ValidationError, match="cannot go back there"):
        right(test, "MISTAKE", by)
    with pytest.raises(IntegrityError), transaction.atomic():
        DrugTest.objects.update(state="MISTAKE")


def test_put_right_sends_the_last_reserve_back_and_the_next_who_cannot_be_tested_calls_him_again(by):
    row = drawn(main=3, reserve=2, by=by)

    def called():
        return list(row.tests.exclude(promoted_at=None).order_by("number").values_list("number", flat=True))

    record(on(row, "Main 1"), "UNABLE", by)
    record(on(row, "Main 2"), "UNABLE", by)
    right(on(row, "Main 1"), "SELECTED", by)
    assert called() == [1]
    record(on(row, "Main 3"), "UNABLE", by)

    assert called() == [1, 2]
    reserve = on(row, "Reserve 1")
    assert AuditEntry.objects.get(action="drug_test.put_right").detail == {"went_back": on(row, "Reserve 2").pk}
    assert reserve.standing == "SELECTED"


def test_put_right_leaves_a_reserve_called_up_whose_test_has_begun(by):
    row = drawn(main=3, reserve=2, by=by)
    record(on(row, "Main 1"), "UNABLE", by)
    record(on(row, "Reserve 1"), "SAMPLED", by)

    right(on(row, "Main 1"), "SELECTED", by)
    assert on(row, "Reserve 1").promoted_at is not None
    record(on(row, "Main 2"), "UNABLE", by)

    assert on(row, "Reserve 2").promoted_at is None  # The one who was tested stands in.


def test_put_right_lets_what_was_called_up_by_others_stay_where_no_reserve_was_left(by):
    row = drawn(main=3, reserve=1, by=by)
    record(on(row, "Main 1"), "UNABLE", by)
    record(on(row, "Main 2"), "UNABLE", by)

    right(on(row, "Main 2"), "SELECTED", by)

    assert on(row, "Reserve 1").promoted_at is not None


# Referrals


def positive(by, kinds=("SUSPICION",), **given):
    by.prison.test_referral_kinds = list(kinds)
    by.prison.save()
    return brought(other(**given), "POSITIVE", by)


def test_positive_makes_one_referral_that_does_not_say_what_was_found(by):
    test = positive(by)
    record(test, "POSITIVE", by)

    made = Referral.objects.get()
    assert (made.person, made.source.code, made.referrer) == (test.person, "DRUG_TEST", "Drug testing")
    assert made.reason == "Drug testing asks us to see this person: the local protocol says so."
    assert test.referred_at.date() == factories.DAY


def test_positive_makes_no_referral_where_the_prison_says_not(by):
    assert positive(by, kinds=["RANDOM"]).referred_at is None
    assert Referral.objects.count() == 0


def test_referral_of_a_positive_that_was_put_right_stands_and_is_made_once(by):
    test = positive(by)

    right(test, "SAMPLED", by)
    test.refresh_from_db()
    assert (test.standing, test.referred_at is not None) == ("SAMPLED", True)
    record(test, "POSITIVE", by)

    assert Referral.objects.count() == 1


def test_explained_positive_makes_no_referral(by):
    by.prison.test_referral_kinds = ["SUSPICION"]
    by.prison.save()

    brought(other(), "MITIGATED", by)

    assert Referral.objects.count() == 0


def test_positive_of_somebody_who_left_is_recorded_without_a_referral(by):
    by.prison.test_referral_kinds = ["SUSPICION"]
    by.prison.save()
    test = brought(other(), "SAMPLED", by)
    test.person.spells.update(ended_at=factories.at(hour=10), end="RELEASED")

    made = record(test, "POSITIVE", by)

    assert (made.standing, made.referred_at, Referral.objects.count()) == ("POSITIVE", None, 0)


# Tests under a compact


def test_sample_under_a_compact_makes_the_next_test_due(by):
    test = brought(other("COMPACT"), "SAMPLED", by)
    stay = UnitStay.objects.get(pk=test.stay_id)
    again = other("COMPACT", of=test.person, stay=stay, selected_on=MONDAY - timedelta(days=3))

    assert stay.test_due == MONDAY + timedelta(days=28)
    record(again, "SAMPLED", by, sampled_at=factories.at(MONDAY - timedelta(days=3)))
    stay.refresh_from_db()

    assert stay.test_due == MONDAY + timedelta(days=28)  # An older sample, recorded later.
    assert AuditEntry.objects.filter(action="unit.test_due_set").count() == 1


@pytest.mark.parametrize("to", ["REFUSED", "UNABLE"])
def test_without_a_sample_the_test_stays_due(by, to):
    test = other("COMPACT")
    UnitStay.objects.update(test_due=MONDAY)

    record(test, to, by)

    assert UnitStay.objects.get().test_due == MONDAY


def test_sample_of_somebody_who_left_the_unit_makes_nothing_due(by):
    test = other("COMPACT")
    UnitStay.objects.update(state="LEFT", left_on=MONDAY, left_why="OWN_WISH")

    record(test, "SAMPLED", by)

    assert UnitStay.objects.get().test_due is None


def test_sample_that_was_none_makes_the_test_due_as_before(by):
    first = brought(other("COMPACT", selected_on=MONDAY - timedelta(days=7)), "SELECTED", by)
    record(first, "SAMPLED", by, sampled_at=factories.at(MONDAY - timedelta(days=7), 9))
    second = brought(other("COMPACT", of=first.person, stay=first.stay), "NEGATIVE", by)
    stay = UnitStay.objects.get()

    right(second, "SAMPLED", by)
    stay.refresh_from_db()
    assert stay.test_due == MONDAY + timedelta(days=28)
    right(second, "MISTAKE", by)
    stay.refresh_from_db()
    assert stay.test_due == MONDAY + timedelta(days=21)
    right(first, "SELECTED", by)

    stay.refresh_from_db()
    assert stay.test_due == stay.joined_on + timedelta(days=28)


def test_sample_that_was_none_leaves_a_day_that_somebody_set(by):
    test = brought(other("COMPACT"), "SAMPLED", by)
    UnitStay.objects.update(test_due=MONDAY)

    right(test, "SELECTED", by)

    assert UnitStay.objects.get().test_due == MONDAY


# Several at once, and other kinds


def test_record_several_is_all_or_none(by):
    row = drawn(by=by)
    steps = [
        {"test": on(row, "Main 1"), "to": "UNABLE", "field": "one", **NEEDS["UNABLE"]},
        {"test": on(row, "Main 2"), "to": "NEGATIVE", "field": "two"},
    ]

    with pytest.raises(ValidationError) as refused:
        operations.record_several(steps=steps, by=by)

    assert list(refused.value.message_dict) == ["two"]
    assert set(row.tests.values_list("state", "promoted_at")) == {("SELECTED", None)}


def test_add_chooses_people_once_and_links_the_stay(by):
    chosen, nonce = people(2), uuid.uuid4()
    stays = [living(person) for person in chosen]

    for _ in range(2):
        made = operations.add(people=chosen, kind="COMPACT", selected_on=MONDAY, by=by, nonce=nonce)

    assert [row.stay for row in DrugTest.objects.order_by("pk")] == stays
    assert {row.pk for row in made} == set(DrugTest.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "COMPACT"}, "does not live on the drug-free unit"),
        ({"kind": "RANDOM"}, "Random tests come from the list of the month."),
        ({"selected_on": factories.DAY + timedelta(days=1)}, "This day is in the future."),
    ],
)
def test_add_refuses_what_cannot_be(by, given, words):
    asked = {"people": people(1), "kind": "RISK", "selected_on": MONDAY, "by": by, "nonce": uuid.uuid4(), **given}

    with pytest.raises(ValidationError, match=words):
        operations.add(**asked)

    assert DrugTest.objects.count() == 0


def test_two_numbers_of_one_list_that_are_one_person_stay_where_they_were_drawn(by):
    row, journal = drawn(by=by), Journal()
    record(on(row, "Main 1"), "REFUSED", by)
    right(on(row, "Main 1"), "SELECTED", by)
    removed, kept = on(row, "Main 1").person, on(row, "Main 2").person

    operations.move(removed=removed, kept=kept, journal=journal, by=by)
    assert set(row.tests.filter(part="MAIN").values_list("person", flat=True)) == {kept.pk}
    assert DrugTestCorrection.objects.get().person == kept

    operations.move_back(removed=removed, kept=kept, journal=journal, by=by)
    assert on(row, "Main 1").person == DrugTestCorrection.objects.get().person == removed


# Whose result it is


def test_rows_are_hidden_from_those_without_the_duty_even_when_a_view_forgets(by):
    row = drawn(by=by)
    without, elsewhere = factories.user(), recorder(prison=factories.prison("ACI", "Altcourse (HMP)"))

    seen = {}
    for user in [by, factories.user("MANAGER"), without, elsewhere, factories.user("AUDITOR")]:
        with context.acting(user), transaction.atomic():
            try:
                with transaction.atomic():
                    seen[user] = (DrugTest.objects.count(), TestList.objects.count())
            except Exception as error:
                seen[user] = type(error).__name__

    assert list(seen.values()) == [(4, 1), (4, 1), (0, 0), (0, 0), "ProgrammingError"]
    assert DrugTest.objects.visible_to(without).count() == 0
    with context.acting(without):
        assert DrugTest.objects.filter(test_list=row).update(state="REFUSED") == 0


def test_in_hand_is_what_waits(by):
    row = drawn(main=2, reserve=2, by=by)
    brought(on(row, "Main 1"), "UNABLE", by)
    tests = {standing: brought(other(), standing, by).pk for standing in Standing}

    found = set(DrugTest.objects.in_hand().values_list("pk", flat=True))

    open_ones = {tests[name] for name in ["SELECTED", "SAMPLED", "POSITIVE", "REFUSED"]}
    assert found == open_ones | {on(row, "Main 2").pk, on(row, "Reserve 1").pk}
    assert not DrugTest.objects.in_hand().filter(pk=brought(other("COMPACT"), "POSITIVE", by).pk).exists()
