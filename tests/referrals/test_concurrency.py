from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from casework import context
from casework.models import Case, User
from referrals.models import Claim, Referral, Source, Triage
from referrals.operations import duty, offer
from referrals.operations import referral as operations
from referrals.operations import triage as triages
from tests import factories


@pytest.fixture
def team(fresh_database):
    """Two duty workers and somebody in prison, committed."""
    with context.acting(User.objects.system()):
        return factories.user(full_name="Kay Worker"), factories.user(full_name="Ola Second"), factories.spell()


def both(act, workers):
    """What came of ``act(worker)`` by each worker at the same time: a value or a refusal."""
    begin = Barrier(len(workers))

    def one(worker):
        try:
            with context.acting(worker):
                begin.wait()
                return act(worker)
        except ValidationError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        return list(pool.map(one, workers))


def make(spell, by):
    source = Source.objects.get(code="WING")
    return operations.make(person=spell.person, source=source, received_on=factories.DAY, reason="Spice", by=by)


def test_make_at_once_leaves_one_waiting_and_one_repeat(team):
    *workers, spell = team

    made = both(lambda worker: make(spell, worker), workers)

    with context.acting(User.objects.system()):
        first = Referral.objects.waiting().get()
        assert {referral.repeat_of for referral in made} == {None, first}


def test_triage_at_once_is_done_by_one_and_told_to_the_other(team):
    *workers, spell = team
    with context.acting(workers[0]):
        referral = make(spell, workers[0])

    def answer(worker):
        return triages.record(referral=referral, outcome="OPEN", done_on=factories.DAY, by=worker)

    came = both(answer, workers)

    refusal = next(each for each in came if isinstance(each, ValidationError))
    with context.acting(User.objects.system()):
        first = Triage.objects.get()
        assert Case.objects.count() == 1
        assert refusal.messages == [
            f"{first.done_by} has triaged this referral already: case opened. Your answers were not saved."
        ]


def test_triage_while_somebody_refers_loses_no_referral(team):
    *workers, spell = team
    with context.acting(workers[0]):
        referral = make(spell, workers[0])
    acts = {
        workers[0]: lambda by: triages.record(
            referral=referral, outcome="DECLINED", needs="Not now", done_on=factories.DAY, by=by
        ),
        workers[1]: lambda by: make(spell, by),
    }

    both(lambda worker: acts[worker](worker), workers)

    with context.acting(User.objects.system()):
        second = Referral.objects.latest("pk")
        # Either it came first and was answered together with the other, or it came second and waits.
        assert (second.repeat_of, bool(second.triaged_at)) in [(referral, True), (None, False)]


def test_claim_at_once_is_had_by_one_and_the_other_is_told_who(team):
    *workers, spell = team
    with context.acting(workers[0]):
        referral = make(spell, workers[0])

    came = both(lambda worker: duty.claim(referral=referral, by=worker), workers)

    refusal = next(each for each in came if isinstance(each, ValidationError))
    with context.acting(User.objects.system()):
        first = Claim.objects.get().worker
        assert refusal.messages == [f"{first} has this referral since 11:00."]


def test_offer_at_once_makes_one_referral(team):
    *workers, spell = team
    with context.acting(User.objects.system()):
        day = factories.DAY - timedelta(days=30)
        asked = factories.referral(spell=spell, received_on=day, made_at=factories.at(day))
        declined = factories.triage(asked, outcome="DECLINED", done_on=day, recorded_at=factories.at(day))

    came = both(
        lambda worker: offer.answer(triage=declined, answer="ACCEPTED", asked_on=factories.DAY, by=worker), workers
    )

    assert sum(isinstance(each, ValidationError) for each in came) == 1
    with context.acting(User.objects.system()):
        assert Referral.objects.waiting().count() == 1
