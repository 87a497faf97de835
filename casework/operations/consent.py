"""What a person answered about being spoken of outside."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Agency, Consent, Person


@transaction.atomic
def record(*, person, agency, given, asked_on, by, expires_on=None, prison=None, nonce=None):
    """Write down that ``person`` said yes or no to ``agency``. Unless told otherwise the answer holds for twelve months."""
    nonce = nonce or uuid.uuid4()
    if made := Consent.objects.made_once(nonce):
        return made
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    _check_asked(person, agency, asked_on)
    expires_on = expires_on or _a_year_after(asked_on)
    _check_expiry(given, asked_on, expires_on)
    prison, now = prison or by.prison, timezone.now()
    _make_room(
        Consent.objects.filter(person=person, prison=prison, agency=agency, given=True, withdrawn_at=None), by, now
    )
    consent = Consent(
        person=person,
        prison=prison,
        agency=agency,
        given=given,
        asked_on=asked_on,
        expires_on=expires_on,
        recorded_at=now,
        recorded_by=by,
        nonce=nonce,
    )
    consent.full_clean()
    consent.save()
    audit.record(by=by, action="consent.recorded", target=consent, agency=agency, given=given, expires_on=expires_on)
    return consent


def _a_year_after(day):
    """The same day of the next year; 28 February after a leap day."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _check_asked(person, agency, asked_on):
    if Agency.objects.current().filter(pk=agency.pk).first() is None:
        raise ValidationError({"agency": f"{agency} is no longer in the address book. Choose another agency."})
    if asked_on > timezone.localdate():
        raise ValidationError({"asked_on": "The person cannot have been asked in the future."})
    if person.date_of_birth and asked_on < person.date_of_birth:
        raise ValidationError({"asked_on": f"{person.name} was born on {person.date_of_birth:%-d %B %Y}."})


def _check_expiry(given, asked_on, expires_on):
    if expires_on <= asked_on:
        raise ValidationError({"expires_on": "An answer runs out after the day it was given."})
    if expires_on > _a_year_after(asked_on):
        raise ValidationError({"expires_on": "An answer holds for twelve months at most. Choose an earlier day."})
    if given and expires_on < timezone.localdate():
        raise ValidationError({"expires_on": "This consent has run out already. Ask the person again."})


def _make_room(standing, by, now):
    """A consent that ran out gives way to a new answer; one in force has to be withdrawn first."""
    if standing.filter(expires_on__gte=timezone.localdate(now)).exists():
        raise ValidationError(
            {"agency": "There is already a consent for this agency. Withdraw it before recording another answer."}
        )
    standing.update(withdrawn_at=now, withdrawn_by=by)


@transaction.atomic
def withdraw(*, consent, by):
    """End a consent at once and for good. The same again changes nothing."""
    consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
    if consent.withdrawn_at:
        return consent
    if not consent.given:
        raise ValidationError("The person said no to this agency, so there is no consent to withdraw.")
    if consent.expires_on < timezone.localdate():
        raise ValidationError("This consent has run out already, so there is nothing to withdraw.")
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), by
    consent.save(update_fields=["withdrawn_at", "withdrawn_by"])
    audit.record(by=by, action="consent.withdrawn", target=consent, agency=consent.agency_id)
    return consent
