from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from casework.models import Alert, Location, Strand
from referrals.models import Referral, Source
from referrals.queries import target
from tests import factories
from tests.referrals.steps import DAY, referral

pytestmark = pytest.mark.django_db


def acct(of, day, until=None):
    Alert.objects.create(
        person=of.person,
        prison=of.prison,
        kind="H",
        code="HA",
        from_at=factories.at(day),
        until_at=until and factories.at(until),
    )


def why(of):
    return target.why(target.of(of), target.sign_names())


def due(of):
    return target.due_on(target.of(of), of.prison)


def test_due_on_is_five_working_days_and_one_for_a_priority():
    ordinary, urgent = referral(), referral(urgency="PRIORITY")

    assert [due(ordinary), due(urgent)] == [date(2026, 10, 21), date(2026, 10, 15)]
    assert [why(ordinary), why(urgent)] == [[], ["Said to be urgent"]]


@pytest.mark.parametrize("code", ["SEGREGATION", "UTI", "SAFER_CUSTODY"])
def test_why_names_a_source_that_makes_a_priority(code):
    asked = referral(source=Source.objects.get(code=code))

    assert why(asked) == [f"From: {asked.source.name.lower()}"]
    assert due(asked) == date(2026, 10, 15)


def test_why_names_what_was_ticked():
    asked = referral(source=Source.objects.get(code="RECEPTION"), signs=["POSITIVE", "WITHDRAWING"])

    assert why(asked) == ["Tested positive at reception", "Withdrawing"]


def test_urgency_rises_when_a_repeat_says_so():
    asked, other = referral(2), referral(2)
    for first, given in [(asked, {"signs": ["DETOX"]}), (other, {})]:
        referral(spell=first.spell, repeat_of=first, **given)

    assert [due(asked), due(other)] == [date(2026, 10, 15), date(2026, 10, 19)]
    assert [why(asked), why(other)] == [["Asked again as a priority on 14 October"], []]


def test_urgency_rises_by_itself_when_an_acct_is_opened():
    asked = referral(2)
    acct(asked, DAY)

    assert due(asked) == date(2026, 10, 15)
    assert why(asked) == ["ACCT open since 14 October"]


def test_urgency_that_has_risen_stays_though_the_acct_was_closed():
    asked = referral(6)
    acct(asked, DAY - timedelta(days=6), until=DAY - timedelta(days=1))

    assert (due(asked), why(asked)) == (date(2026, 10, 9), ["ACCT open"])


def test_an_acct_that_was_closed_before_counts_for_nothing():
    asked = referral(2)
    acct(asked, DAY - timedelta(days=9), until=DAY - timedelta(days=4))

    assert why(asked) == []


def test_urgency_rises_by_itself_in_segregation():
    asked = referral(2)
    wing = factories.wing("S", kind="SEGREGATION")
    Location.objects.filter(spell=asked.spell).update(until_at=factories.at(DAY, 9))
    Location.objects.create(
        spell=asked.spell, prison=asked.prison, wing=wing, cell="S-1-001", from_at=factories.at(DAY, 9)
    )

    assert (due(asked), why(asked)) == (date(2026, 10, 15), ["Segregation since 14 October"])


def test_urgency_rises_by_itself_when_a_detox_begins():
    asked = referral(2)
    Strand.objects.create(
        case=factories.case(spell=asked.spell),
        person=asked.person,
        prison=asked.prison,
        kind="DETOX",
        started_on=DAY - timedelta(days=1),
        said_by="Nurse Example",
        said_on=DAY,
        recorded_by=factories.user(),
        recorded_at=timezone.now(),
    )

    assert (due(asked), why(asked)) == (date(2026, 10, 14), ["Detox since 13 October"])


def test_urgency_is_never_later_than_the_ordinary_day():
    asked = referral(7)
    acct(asked, DAY)

    assert due(asked) == date(2026, 10, 14)


def test_due_on_knows_weekends_bank_holidays_and_the_change_of_the_clocks():
    with time_machine.travel(factories.at(date(2026, 12, 24))):
        christmas = factories.referral(received_on=date(2026, 12, 24), urgency="PRIORITY")
        assert due(christmas) == date(2026, 12, 29)
    autumn = factories.referral(received_on=date(2026, 10, 23), urgency="PRIORITY")
    assert due(autumn) == date(2026, 10, 26)


def test_what_rose_after_the_triage_counts_for_nothing():
    asked = referral(5)
    factories.triage(asked, done_on=DAY - timedelta(days=4), recorded_at=factories.at(DAY - timedelta(days=4)))
    acct(asked, DAY)

    assert why(asked) == []


def test_due_between_finds_those_due_with_their_day():
    early, late, urgent = referral(9), referral(1), referral(1, urgency="PRIORITY")
    first, last = date(2026, 10, 12), date(2026, 10, 14)

    found = target.due_between(Referral.objects.all(), early.prison, first, last)

    assert list(found.values_list("pk", "due_on")) == [(urgent.pk, date(2026, 10, 14)), (early.pk, date(2026, 10, 12))]
    assert late not in found
