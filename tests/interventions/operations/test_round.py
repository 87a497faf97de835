from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import AuditEntry
from interventions.models import Contact, ContactType, WingRound
from interventions.operations import round as operations
from referrals.models import Referral
from tests import factories

pytestmark = pytest.mark.django_db


def row(person, **given):
    usual = {"outcome": "TOOK_PLACE", "note": "", "type": None, "minutes": None, "referral": False, "beside": "seen_1"}
    return {"person": person, **usual, **given}


def save(*rows, **given):
    given.setdefault("wing", factories.wing(f"W{next(factories.counter)}"))
    given.setdefault("at", timezone.now())
    given.setdefault("by", factories.user())
    return operations.write_up(rows=rows, type=ContactType.objects.get(code="BRIEF"), **given)


def somebody():
    return factories.case(spell=factories.spell()).person


def test_save_is_of_another_worker_where_one_is_named():
    officer, clerk = factories.user(), factories.user()

    made = save(row(somebody()), by=clerk, worker=officer, landing="2")

    contact = Contact.objects.get()
    assert (made.worker, made.recorded_by, made.landing) == (officer, clerk, "2")
    assert (contact.worker, contact.recorded_by) == (officer, clerk)


@pytest.mark.parametrize(
    ("given", "of_row", "minutes"),
    [({}, {}, 10), ({"minutes": 5}, {}, 5), ({"minutes": 5}, {"minutes": 7}, 7), ({}, {"type": "RELEASE"}, 30)],
)
def test_save_takes_the_minutes_of_the_row_else_of_the_round_else_of_the_kind(given, of_row, minutes):
    if "type" in of_row:
        of_row = {"type": ContactType.objects.get(code=of_row["type"])}

    save(row(somebody(), **of_row), **given)

    assert Contact.objects.get().minutes == minutes


def test_save_refuses_a_round_with_nobody_and_one_to_come():
    with pytest.raises(ValidationError) as nobody:
        save()
    with pytest.raises(ValidationError) as future:
        save(row(somebody()), at=timezone.now() + timedelta(minutes=1))
    with pytest.raises(ValidationError, match="Minutes are between 1 and 480"):
        save(row(somebody()), minutes=481)
    with pytest.raises(ValidationError) as row_too_long:
        save(row(somebody(), minutes=481))

    assert nobody.value.messages == ["Tick who was seen, or say why somebody was not."]
    assert future.value.message_dict == {"at": ["This is in the future. Write a session up when it is over."]}
    assert row_too_long.value.message_dict == {"seen_1": ["Minutes are between 1 and 480."]}
    assert WingRound.objects.count() == 0


def test_save_names_every_row_that_cannot_be_and_keeps_none():
    gone = factories.spell(ended_at=timezone.now() - timedelta(days=3), end="RELEASED").person
    new = factories.spell(received_on=timezone.localdate() + timedelta(days=1)).person

    with pytest.raises(ValidationError) as refusal:
        save(row(somebody()), row(gone, beside="seen_2"), row(new, beside="number_1"))

    assert refusal.value.message_dict == {
        "seen_2": ["Sam Testerton left on 11 October 2026."],
        "number_1": ["Sam Testerton came here on 15 October 2026."],
    }
    assert (WingRound.objects.count(), Contact.objects.count()) == (0, 0)
    assert not AuditEntry.objects.filter(action__in=["session.logged", "round.saved"]).exists()


def test_save_names_a_refused_referral_beside_a_refused_session():
    gone = factories.spell(ended_at=timezone.now() - timedelta(days=3), end="RELEASED").person
    off_roll = factories.spell(off_roll_on=timezone.localdate()).person

    with pytest.raises(ValidationError) as refusal:
        save(row(gone, beside="seen_1"), row(off_roll, referral=True, beside="number_1"))

    assert list(refusal.value.message_dict) == ["seen_1", "number_1"]
    assert (WingRound.objects.count(), Contact.objects.count(), Referral.objects.count()) == (0, 0, 0)


def test_save_makes_one_round_of_one_form():
    nonce, wing, person, worker = uuid4(), factories.wing(), factories.spell().person, factories.user()

    first, second = (save(row(person, referral=True), wing=wing, nonce=nonce, by=worker) for _ in range(2))

    assert first == second
    assert (Contact.objects.count(), Referral.objects.count()) == (1, 1)


def test_save_makes_no_round_of_a_referral_that_is_refused():
    gone = factories.spell(off_roll_on=timezone.localdate()).person

    with pytest.raises(ValidationError, match="is not on the roll, so cannot be referred"):
        save(row(gone, referral=True))

    assert (WingRound.objects.count(), Contact.objects.count(), Referral.objects.count()) == (0, 0, 0)
