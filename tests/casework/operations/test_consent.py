import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from casework.models import AuditEntry, Consent
from casework.operations import consent as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
State = Consent.State


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


def record(of=None, **given):
    given = {"agency": factories.agency(), "given": True, "asked_on": DAY, "by": factories.user(), **given}
    return operations.record(person=of or factories.person(), **given)


def test_record_keeps_the_answer_for_a_year_with_its_wording():
    worker, person = factories.user(), factories.person()

    consent = record(person, by=worker)

    assert (consent.person, consent.prison, consent.recorded_by) == (person, worker.prison, worker)
    assert (consent.expires_on, consent.wording, consent.state_on(DAY)) == (date(2027, 10, 14), "2026-1", State.GIVEN)
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.person_id) == ("consent.recorded", person.pk)
    assert entry.detail == {
        "agency": consent.agency.pk,
        "purpose": "HANDOVER",
        "given": True,
        "expires_on": "2027-10-14",
        "sections": ["CUSTODY", "USE", "RISKS", "TREATMENT", "CLINICAL", "NALOXONE"],
    }


def test_record_keeps_a_refusal():
    assert record(given=False).state_on(DAY) == State.REFUSED


def test_record_on_a_leap_day_runs_out_at_the_end_of_february():
    assert record(asked_on=date(2024, 2, 29), given=False).expires_on == date(2025, 2, 28)


def test_record_twice_with_one_nonce_makes_one_answer():
    person, nonce = factories.person(), uuid.uuid4()

    assert record(person, nonce=nonce) == record(person, nonce=nonce)
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("given", [True, False])
def test_record_refuses_an_answer_beside_a_live_consent(given):
    person = factories.person()
    record(person)

    with pytest.raises(
        ValidationError, match="There is already a consent for this agency and purpose. Withdraw it"
    ) as refusal:
        record(person, given=given)

    assert list(refusal.value.error_dict) == ["agency"]
    assert Consent.objects.count() == 1


def test_record_takes_a_yes_for_another_agency_or_after_a_no():
    person = factories.person()

    record(person, given=False)
    record(person)
    record(person, agency=factories.agency("Wirral DIP"))

    assert Consent.objects.live(DAY).count() == 2


def test_record_puts_a_new_consent_in_the_place_of_one_that_ran_out():
    person = factories.person()
    old = record(person, asked_on=DAY, expires_on=DAY + timedelta(days=1))
    old.asked_on, old.expires_on = DAY - timedelta(days=400), DAY - timedelta(days=35)
    old.save()

    new = record(person)

    old.refresh_from_db()
    assert [old.state_on(DAY), new.state_on(DAY)] == [State.EXPIRED, State.GIVEN]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"asked_on": DAY + timedelta(days=1)}, "asked_on", "in the future"),
        ({"asked_on": date(9999, 12, 31)}, "asked_on", "in the future"),
        ({"asked_on": date(1, 1, 1), "given": False}, "asked_on", "was born on"),
        ({"expires_on": date(9999, 12, 31)}, "expires_on", "12 months at most"),
        ({"expires_on": DAY}, "expires_on", "runs out after the day it was given"),
        ({"asked_on": DAY - timedelta(days=400)}, "expires_on", "has run out already"),
    ],
)
def test_record_refuses_days_that_cannot_be(given, field, words):
    with pytest.raises(ValidationError, match=words) as refusal:
        record(**given)

    assert list(refusal.value.error_dict) == [field]


def test_record_refuses_an_agency_that_was_ended():
    with pytest.raises(ValidationError, match="Old DIP is no longer in the address book"):
        record(agency=factories.agency("Old DIP", ended_on=DAY))


def test_withdraw_ends_the_consent_at_once():
    consent, worker = record(), factories.user()

    operations.withdraw(consent=consent, by=worker)
    operations.withdraw(consent=consent, by=worker)

    consent.refresh_from_db()
    assert (consent.withdrawn_by, consent.state_on(DAY)) == (worker, State.WITHDRAWN)
    assert Consent.objects.live(DAY).count() == 0
    assert AuditEntry.objects.filter(action="consent.withdrawn").count() == 1


def test_withdraw_refuses_what_is_no_consent():
    with pytest.raises(ValidationError, match="said no"):
        operations.withdraw(consent=record(given=False), by=factories.user())


def test_withdraw_refuses_what_has_run_out(time_machine):
    consent = record(expires_on=DAY + timedelta(days=1))
    time_machine.move_to(factories.at(DAY + timedelta(days=2)))

    with pytest.raises(ValidationError, match="run out already"):
        operations.withdraw(consent=consent, by=factories.user())
