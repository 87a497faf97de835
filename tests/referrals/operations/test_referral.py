from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import AuditEntry, CustodySpell
from referrals.models import Referral, Source, Triage
from referrals.operations import referral as operations
from referrals.operations import triage as triages
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def spell(today):
    return factories.spell(received_on=today - timedelta(days=20))


def source(code="WING"):
    return Source.objects.get(code=code)


def make(spell, **given):
    given.setdefault("source", source())
    given.setdefault("received_on", timezone.localdate())
    given.setdefault("reason", "Found with spice")
    given.setdefault("by", factories.user())
    return operations.make(person=spell.person, **given)


def triage(referral, **given):
    given.setdefault("outcome", Triage.Outcome.OPEN)
    given.setdefault("done_on", timezone.localdate())
    given.setdefault("needs", "Wants to stop")
    given.setdefault("by", factories.user())
    return triages.record(referral=referral, **given)


def done(action):
    return list(AuditEntry.objects.filter(action=action).values_list("by_id", "person_id"))


def test_make_records_who_asked_and_who_wrote_it_down(spell, today):
    worker = factories.user()

    made = make(spell, by=worker, referrer="Officer Example", urgency="PRIORITY")

    assert Referral.objects.get() == made
    assert (made.person, made.spell, made.prison) == (spell.person, spell, spell.prison)
    assert (made.source.code, made.referrer, made.received_on, made.urgency) == (
        "WING",
        "Officer Example",
        today,
        "PRIORITY",
    )
    assert (made.repeat_of, made.triaged_at, made.made_by) == (None, None, worker)
    assert done("referral.made") == [(worker.pk, spell.person_id)]


def test_make_makes_one_referral_of_one_form(spell):
    nonce = uuid4()

    assert make(spell, nonce=nonce) == make(spell, nonce=nonce)

    assert Referral.objects.count() == 1
    assert len(done("referral.made")) == 1


def test_make_attaches_a_second_and_a_third_to_the_one_that_waits(spell):
    first, second, third = make(spell), make(spell), make(spell)

    assert [second.repeat_of, third.repeat_of] == [first, first]
    assert list(Referral.objects.waiting()) == [first]


def test_make_after_triage_is_a_new_referral(spell):
    triage(make(spell), outcome="DECLINED")

    assert make(spell).repeat_of is None


def test_make_is_open_to_somebody_on_the_caseload(spell):
    factories.case(spell=spell, worker=factories.user())

    assert make(spell).repeat_of is None


@pytest.mark.parametrize("facts", [{"off_roll_on": factories.DAY}, {"ended_at": factories.at(), "end": "RELEASED"}])
def test_make_refuses_somebody_not_on_the_roll(spell, facts):
    CustodySpell.objects.filter(pk=spell.pk).update(**facts)

    with pytest.raises(ValidationError, match="Sam Testerton is not on the roll"):
        make(spell)

    assert Referral.objects.count() == 0


def test_make_refuses_somebody_who_is_in_another_prison(today):
    elsewhere = factories.spell(prison=factories.prison("ACI", "Altcourse"))

    with pytest.raises(ValidationError, match="is not on the roll"):
        make(elsewhere)


def test_make_refuses_the_future(spell, today):
    with pytest.raises(ValidationError) as refusal:
        make(spell, received_on=today + timedelta(days=1))

    assert refusal.value.message_dict == {"received_on": ["The day it was received cannot be in the future."]}


def test_make_refuses_a_day_before_birth(spell):
    with pytest.raises(ValidationError) as refusal:
        make(spell, received_on=spell.person.date_of_birth, source=source("COURT"))

    assert refusal.value.message_dict == {"received_on": ["Sam Testerton was born on 3 April 1985."]}


def test_make_lets_only_people_outside_refer_before_reception(spell):
    before = spell.received_on - timedelta(days=1)

    with pytest.raises(ValidationError, match="Only people outside can refer before that"):
        make(spell, received_on=before)

    assert make(spell, received_on=before, source=source("PROBATION")).received_on == before
