from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import Allocation, AuditEntry, Case, CustodySpell
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


def test_triage_opens_a_case_that_somebody_holds(spell, today):
    referral, worker, duty = make(spell), factories.user(), factories.user()

    answer = triage(referral, by=duty, worker=worker, substances="spice", needs="Wants to stop")

    case = Case.objects.get()
    referral.refresh_from_db()
    assert (case.person, case.spell, case.opened_on) == (spell.person, spell, today)
    assert Allocation.objects.get(case=case, until_at=None).worker == worker
    assert (referral.case, referral.triaged_at) == (case, answer.recorded_at)
    assert (answer.outcome, answer.substances, answer.needs, answer.done_by) == ("OPEN", "spice", "Wants to stop", duty)
    assert done("referral.triaged") == [(duty.pk, spell.person_id)]


@pytest.mark.parametrize("outcome", ["DECLINED", "INAPPROPRIATE", "LEFT"])
def test_triage_without_a_case_says_why(spell, outcome):
    referral = make(spell)

    with pytest.raises(ValidationError) as refusal:
        triage(referral, outcome=outcome, needs=" ")
    answer = triage(referral, outcome=outcome, needs="Sees the clinical team")

    assert refusal.value.message_dict == {"needs": ["Say in a few words why no case is opened."]}
    assert (answer.outcome, Case.objects.count()) == (outcome, 0)


def test_triage_adds_the_referral_to_an_open_case(spell):
    case = factories.case(spell=spell, worker=factories.user())
    referral = make(spell)

    triage(referral, outcome="REPEAT", needs="Seen on Monday")

    referral.refresh_from_db()
    assert referral.case == case


def test_triage_answers_the_repeats_too(spell):
    first, second = make(spell), make(spell)

    answer = triage(first)

    second.refresh_from_db()
    assert (second.triaged_at, second.case) == (answer.recorded_at, Case.objects.get())
    assert Referral.objects.untriaged().count() == 0


def test_triage_opens_the_case_in_the_stay_that_is_now(spell, today):
    referral = make(spell)
    CustodySpell.objects.filter(pk=spell.pk).update(ended_at=timezone.now(), end="RELEASED")
    back = factories.spell(spell.person, received_on=today)

    triage(referral)

    assert Case.objects.get().spell == back


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"days": 1}, {"done_on": ["The day of the triage cannot be in the future."]}),
        ({"days": -11}, {"done_on": ["The referral was received on {received}. Triage comes after."]}),
        ({"outcome": "REPEAT"}, {"outcome": ["Sam Testerton has no open case. Choose another outcome."]}),
    ],
)
def test_triage_refuses(spell, today, given, message):
    received = today - timedelta(days=10)
    referral = make(spell, received_on=received)
    if "days" in given:
        given = {"done_on": today + timedelta(days=given["days"])}

    with pytest.raises(ValidationError) as refusal:
        triage(referral, **given)

    said = {name: [text.format(received=f"{received:%-d %B %Y}") for text in texts] for name, texts in message.items()}
    assert refusal.value.message_dict == said
    assert (Triage.objects.count(), Case.objects.count(), Referral.objects.untriaged().count()) == (0, 0, 1)


def test_triage_refuses_a_second_case(spell):
    referral = make(spell)
    factories.case(spell=spell, worker=factories.user())

    with pytest.raises(ValidationError, match="has an open case. Choose “Already on the caseload”"):
        triage(referral)


def test_triage_refuses_a_case_for_somebody_who_left(spell):
    referral = make(spell)
    CustodySpell.objects.filter(pk=spell.pk).update(ended_at=timezone.now(), end="RELEASED")

    with pytest.raises(ValidationError, match="has left the prison. Choose “Left before being seen”"):
        triage(referral)

    assert triage(referral, outcome="LEFT").outcome == "LEFT"


def test_triage_refuses_a_case_before_reception(today):
    spell = factories.spell(received_on=today - timedelta(days=2))
    referral = make(spell, received_on=today - timedelta(days=5), source=source("COURT"))

    with pytest.raises(ValidationError, match="A case opens then or later"):
        triage(referral, done_on=today - timedelta(days=3))


def test_triage_refuses_a_repeat(spell):
    make(spell)
    repeat = make(spell)

    with pytest.raises(ValidationError, match="repeats an earlier one"):
        triage(repeat)


def test_triage_tells_the_second_worker_whose_came_first(spell):
    referral = make(spell)
    triage(referral, by=factories.user(full_name="Kay Worker"))

    with pytest.raises(ValidationError, match="Kay Worker has triaged this referral already: case opened"):
        triage(referral, outcome="DECLINED")

    assert list(Triage.objects.values_list("outcome", flat=True)) == ["OPEN"]


def test_triage_sent_twice_is_done_once(spell):
    referral, duty = make(spell), factories.user()

    assert triage(referral, by=duty) == triage(referral, by=duty)

    assert (Case.objects.count(), len(done("referral.triaged"))) == (1, 1)


def test_triage_opens_no_case_when_the_worker_cannot_hold_it(spell):
    referral = make(spell)

    with pytest.raises(ValidationError, match="Choose somebody who works on this team now"):
        triage(referral, worker=factories.user(is_active=False))

    assert (Case.objects.count(), Triage.objects.count()) == (0, 0)
