from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from casework.access import Role
from casework.models import User
from casework.operations import person as people
from referrals.models import Attempt, Claim, Hold, Referral
from referrals.operations import duty
from referrals.operations import referral as referrals
from referrals.operations import triage as triages
from referrals.queries import duty as queries
from referrals.queries import waiting
from tests import factories
from tests.referrals.steps import DAY, opened, referral

pytestmark = pytest.mark.django_db
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def kay():
    return factories.user(full_name="Kay Worker")


@pytest.fixture
def ola():
    return factories.user(full_name="Ola Second")


def stage(asked, by, day=DAY):
    return waiting.one(asked, by, today=day).stage


def history(asked, day=DAY):
    return [(step.what, step.by and step.by.full_name) for step in queries.steps(asked, today=day)][1:]


def see(asked, by, outcome="SEEN", **given):
    return duty.attempt(referral=asked, outcome=outcome, on=given.pop("on", DAY), by=by, **given)


# Taking a referral


def test_claim_takes_a_referral_and_says_so_once(kay):
    asked = referral()

    assert duty.claim(referral=asked, by=kay) == duty.claim(referral=asked, by=kay)

    assert stage(asked, kay) == Referral.Stage.CLAIMED
    assert opened("referral.claimed") == [(kay.pk, asked.person_id)]


def test_claim_tells_the_second_who_has_it(kay, ola):
    asked = referral()
    duty.claim(referral=asked, by=kay)

    with pytest.raises(ValidationError, match="Kay Worker has this referral since 11:00."):
        duty.claim(referral=asked, by=ola)


def test_claim_lapses_at_the_end_of_the_day(kay, ola):
    asked = referral()
    first = duty.claim(referral=asked, by=kay)

    with time_machine.travel(factories.at(TOMORROW, 8)):
        before = stage(asked, ola, TOMORROW)
        lapsed = history(asked, TOMORROW)
        duty.claim(referral=asked, by=ola)

    first.refresh_from_db()
    assert (before, first.until_at, first.ended_by) == (Referral.Stage.RECEIVED, factories.at(TOMORROW, 0), None)
    assert lapsed == [("Taken by duty", "Kay Worker"), ("Claim lapsed at the end of the day", None)]
    assert history(asked, TOMORROW) == [*lapsed, ("Taken by duty", "Ola Second")]


def test_claim_goes_on_once_the_person_was_seen(kay, ola):
    asked = referral()
    duty.claim(referral=asked, by=kay)
    see(asked, kay)

    with time_machine.travel(factories.at(TOMORROW, 8)):
        with pytest.raises(ValidationError, match="Kay Worker has this referral since 14 October."):
            duty.claim(referral=asked, by=ola)


def test_claim_lapses_though_somebody_went_in_vain(kay, ola):
    asked = referral()
    duty.claim(referral=asked, by=kay)
    see(asked, kay, "LOCKED")

    with time_machine.travel(factories.at(TOMORROW, 8)):
        assert duty.claim(referral=asked, by=ola).worker == ola


@pytest.mark.parametrize("act", [duty.claim, duty.release, duty.take_over, duty.resume])
def test_nothing_is_taken_that_was_answered_or_repeats_another(kay, act):
    first = referral()
    repeat = referral(spell=first.spell, repeat_of=first)

    with pytest.raises(ValidationError, match="repeats an earlier one"):
        act(referral=repeat, by=kay)
    factories.triage(first)
    with pytest.raises(ValidationError, match="has triaged this referral meanwhile"):
        act(referral=first, by=kay)

    assert Claim.objects.count() == 0


def test_release_gives_back_what_one_has(kay, ola):
    asked = referral()
    duty.claim(referral=asked, by=kay)

    with pytest.raises(ValidationError, match="Only Kay Worker can give it back."):
        duty.release(referral=asked, by=ola)
    duty.release(referral=asked, by=kay)
    duty.release(referral=asked, by=kay)
    duty.claim(referral=asked, by=ola)

    assert history(asked) == [
        ("Taken by duty", "Kay Worker"),
        ("Given back by duty", "Kay Worker"),
        ("Taken by duty", "Ola Second"),
    ]
    assert opened("referral.released") == [(kay.pk, asked.person_id)]


def test_take_over_lets_a_manager_have_it(kay):
    asked, manager = referral(), factories.user(Role.MANAGER, full_name="Mo Manager")
    duty.claim(referral=asked, by=kay)

    duty.take_over(referral=asked, by=manager)
    duty.take_over(referral=asked, by=manager)

    assert history(asked) == [("Taken by duty", "Kay Worker"), ("Taken by duty", "Mo Manager")]
    assert Claim.objects.get(until_at=None).worker == manager
    assert opened("referral.taken_over") == [(manager.pk, asked.person_id)]


def test_a_claim_stands_in_the_way_of_somebody_elses_triage(kay, ola):
    asked = referral()
    duty.claim(referral=asked, by=kay)
    answer = {"referral": asked, "outcome": "DECLINED", "needs": "Not now", "done_on": DAY}

    with pytest.raises(ValidationError, match="Kay Worker has this referral since 11:00. Ask for it to be given back"):
        triages.record(**answer, by=ola)
    triages.record(**answer, by=kay)
    asked.refresh_from_db()

    assert Claim.objects.filter(until_at=None).count() == 0
    assert history(asked) == [("Taken by duty", "Kay Worker")]


# Going to see the person


def test_attempt_is_recorded_once_and_tells_the_stage(kay):
    asked = referral()
    nonce = "6b8a4a3e-9f5f-4a39-8b5a-0a6a4a3e9f5f"

    made = [see(asked, kay, "LOCKED", note="Staff short", nonce=nonce) for _ in range(2)]

    assert made[0] == made[1]
    assert stage(asked, kay) == Referral.Stage.RECEIVED
    see(asked, kay)
    assert stage(asked, kay) == Referral.Stage.CONTACTED
    assert history(asked) == [("Went to see: not unlocked", "Kay Worker"), ("Seen", "Kay Worker")]
    assert opened("referral.attempted") == [(kay.pk, asked.person_id)] * 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on": TOMORROW}, {"on": ["The day cannot be in the future."]}),
        (
            {"on": DAY - timedelta(days=3)},
            {"on": ["The referral was received on 12 October 2026. Choose that day or later."]},
        ),
        ({"outcome": "OTHER"}, {"note": ["Say in a few words why not."]}),
    ],
)
def test_attempt_refuses(kay, given, said):
    asked = referral(2)

    with pytest.raises(ValidationError) as refusal:
        see(asked, kay, **given)

    assert (refusal.value.message_dict, Attempt.objects.count()) == (said, 0)


# On hold


def rest(asked, by, days=5, **given):
    given.setdefault("reason", "COURT")
    return duty.hold(referral=asked, until_on=DAY + timedelta(days=days), by=by, **given)


def test_hold_rests_until_its_day_and_remembers_the_stage(kay):
    asked = referral(1)
    duty.claim(referral=asked, by=kay)
    see(asked, kay)

    rest(asked, kay, days=1)

    row = waiting.one(asked, kay, today=DAY)
    assert (row.hold.until_on, row.stage, row.age) == (TOMORROW, Referral.Stage.CONTACTED, 1)
    with time_machine.travel(factories.at(TOMORROW, 8)):
        row = waiting.one(asked, kay, today=TOMORROW)
        assert (row.hold, row.stage, row.age) == (None, Referral.Stage.CONTACTED, 2)
        assert history(asked, TOMORROW)[-1] == ("Off hold: its day came", None)
        rest(asked, kay, days=3, reason="HOSPITAL")
    assert Hold.objects.filter(lifted_at=None).get().reason == "HOSPITAL"
    assert opened("referral.held") == [(kay.pk, asked.person_id)] * 2


def test_resume_lifts_a_hold_by_hand(kay):
    asked = referral()
    rest(asked, kay, reason="OTHER", note="Quarantine")

    duty.resume(referral=asked, by=kay)
    duty.resume(referral=asked, by=kay)

    assert waiting.one(asked, kay, today=DAY).hold is None
    assert history(asked) == [
        ("On hold until 19 October 2026: another reason", "Kay Worker"),
        ("Off hold", "Kay Worker"),
    ]
    assert opened("referral.resumed") == [(kay.pk, asked.person_id)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"days": 0}, {"until_on": ["Choose a day after today."]}),
        ({"days": 90}, {"until_on": ["Choose a day within 84 days. It can be put on hold again then."]}),
        ({"reason": "OTHER"}, {"note": ["Say in a few words why."]}),
    ],
)
def test_hold_refuses(kay, given, said):
    asked = referral()

    with pytest.raises(ValidationError) as refusal:
        rest(asked, kay, **given)

    assert (refusal.value.message_dict, Hold.objects.count()) == (said, 0)


def test_hold_refuses_a_second_while_one_stands(kay):
    asked = referral()
    rest(asked, kay)

    with pytest.raises(ValidationError, match="It is on hold already, until 19 October 2026."):
        rest(asked, kay, days=2)


def test_triage_ends_what_was_open(kay):
    asked = referral()
    duty.claim(referral=asked, by=kay)
    rest(asked, kay)

    triages.record(referral=asked, outcome="DECLINED", needs="Not now", done_on=DAY, by=kay)

    assert (Claim.objects.filter(until_at=None).count(), Hold.objects.filter(lifted_at=None).count()) == (0, 0)


def test_leaving_ends_what_was_open(kay):
    asked = referral()
    duty.claim(referral=asked, by=kay)
    rest(asked, kay)

    referrals.close_unseen(spells=[asked.spell], at=factories.at(hour=12), by=User.objects.system())

    assert (Claim.objects.filter(until_at=None).count(), Hold.objects.filter(lifted_at=None).count()) == (0, 0)


def test_merging_two_records_moves_what_duty_did(kay):
    first, second = referral(3), referral(1)
    for asked in (first, second):
        duty.claim(referral=asked, by=kay)
        see(asked, kay, "LOCKED")
        rest(asked, kay)

    people.merge(removed=second.person, kept=first.person, at=factories.at(hour=12), by=factories.user(Role.MANAGER))

    for model in (Claim, Attempt, Hold):
        assert set(model.objects.values_list("person", flat=True)) == {first.person_id}
    assert list(Claim.objects.filter(until_at=None).values_list("referral", flat=True)) == [first.pk]
    assert list(Hold.objects.filter(lifted_at=None).values_list("referral", flat=True)) == [first.pk]
