from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from casework.models import CustodySpell
from referrals.models import Offer, Referral
from referrals.operations import offer
from referrals.queries import offers, waiting
from tests import factories
from tests.referrals.steps import DAY, opened, referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def kay():
    return factories.user(full_name="Kay Worker")


def declined(days=30, **given):
    """Somebody who said no some days ago."""
    asked = referral(days + 1, made_at=factories.at(DAY - timedelta(days=days + 1)))
    day = DAY - timedelta(days=days)
    return factories.triage(
        asked, outcome="DECLINED", needs="Not now", done_on=day, recorded_at=factories.at(day), **given
    )


def due(user, day=DAY):
    return list(offers.due(user, today=day))


def say(triage, answer, by, **given):
    return offer.answer(triage=triage, answer=answer, asked_on=given.pop("asked_on", DAY), by=by, **given)


# Who is to be asked


def test_due_when_the_period_of_the_prison_has_passed(kay):
    long, just = declined(40), declined(28)
    declined(27)

    assert due(kay) == [long, just]


def test_due_leaves_out_who_does_not_want_to_be_asked_again(kay):
    declined(ask_again=False)

    assert due(kay) == []


@pytest.mark.parametrize("facts", [{"off_roll_on": DAY}, {"ended_at": factories.at(), "end": "RELEASED"}])
def test_due_leaves_out_who_is_not_here(kay, facts):
    CustodySpell.objects.filter(pk=declined().referral.spell_id).update(**facts)

    assert due(kay) == []


def test_due_leaves_out_who_was_referred_or_taken_on_since(kay):
    again, taken = declined(), declined()
    referral(2, spell=again.referral.spell)
    factories.case(spell=taken.referral.spell)

    assert due(kay) == []


def test_due_shows_no_other_prison(kay):
    declined()

    assert due(factories.user(prison=factories.prison("ACI", "Altcourse"))) == []


# What they say


def test_answer_yes_makes_a_referral_that_waits(kay):
    said = declined()

    made = say(said, "ACCEPTED", kay, note="Saw a friend do well", wants=["TALK"])

    asked = Referral.objects.waiting().get()
    assert made.referral == asked
    assert (asked.source.code, asked.source.group, asked.received_on, asked.wants) == (
        "OFFERED_AGAIN",
        "INTERNAL",
        DAY,
        ["TALK"],
    )
    assert asked.reason == ("Offered again: declined on 14 September 2026, wants to be seen now.\nSaw a friend do well")
    assert [row.referral for row in waiting.rows(kay, today=DAY)] == [asked]
    assert due(kay) == []
    assert opened("offer.answered") == [(kay.pk, said.person_id)]


def test_answer_no_is_asked_about_again_after_the_period(kay):
    said = declined()

    say(said, "DECLINED", kay)

    later = DAY + timedelta(days=28)
    assert [due(kay), due(kay, later - timedelta(days=1)), due(kay, later)] == [[], [], [said]]
    with time_machine.travel(factories.at(later)):
        say(said, "ACCEPTED", kay, asked_on=later)
    assert due(kay, later + timedelta(days=60)) == []


def test_answer_never_ends_it(kay):
    said = declined()

    say(said, "NEVER", kay)

    assert due(kay, DAY + timedelta(days=400)) == []
    with pytest.raises(ValidationError, match="Kay Worker has recorded the answer already"):
        say(said, "ACCEPTED", kay)


def test_answer_sent_twice_is_one(kay):
    said, nonce = declined(), "6b8a4a3e-9f5f-4a39-8b5a-0a6a4a3e9f5f"

    assert say(said, "ACCEPTED", kay, nonce=nonce) == say(said, "ACCEPTED", kay, nonce=nonce)

    assert (Offer.objects.count(), Referral.objects.waiting().count()) == (1, 1)


def test_answer_tells_the_second_who_asked_first(kay):
    said = declined()
    say(said, "DECLINED", kay)

    with pytest.raises(ValidationError, match="Kay Worker asked on 14 October 2026, and the answer was no"):
        say(said, "DECLINED", factories.user())


def test_answer_refuses_what_is_settled_or_cannot_be(kay):
    again, ahead, left = declined(), declined(), declined()
    referral(2, spell=again.referral.spell)
    CustodySpell.objects.filter(pk=left.referral.spell_id).update(ended_at=factories.at(), end="RELEASED")

    with pytest.raises(ValidationError, match="has been referred since, so there is nothing to ask"):
        say(again, "DECLINED", kay)
    with pytest.raises(ValidationError, match="The day cannot be in the future"):
        say(ahead, "DECLINED", kay, asked_on=DAY + timedelta(days=1))
    with pytest.raises(ValidationError, match="The first no was on 14 September 2026"):
        say(ahead, "DECLINED", kay, asked_on=DAY - timedelta(days=31))
    with pytest.raises(ValidationError, match="is not on the roll"):
        say(left, "ACCEPTED", kay)

    assert Offer.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_the_same_number_of_queries(kay, count, django_assert_num_queries):
    for _ in range(count):
        declined()

    with django_assert_num_queries(3):
        assert len(offers.page(kay, today=DAY).rows) == count
