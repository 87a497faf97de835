"""What a person answered about being spoken of outside."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.formats import dates
from casework.models import Agency, Consent, ConsentWording, Person
from casework.models.consent import usual_sections

Purpose, Kind = Consent.Purpose, ConsentWording.Kind


@transaction.atomic
def record(
    *,
    person,
    agency,
    given,
    asked_on,
    by,
    purpose=Purpose.HANDOVER,
    sections=None,
    how=Consent.How.IN_PERSON,
    asked_by=None,
    witness="",
    expires_on=None,
    prison=None,
    wording="",
    nonce=None,
):
    """Write down that ``person`` said yes or no to ``agency`` being told for ``purpose``, in the words of the version ``wording``.

    ``sections``: the parts (``Consent.Section``) that may be told, the usual ones unless it is said; a no has none. The national
    statistics have no agency: their answer changes no other, and none changes it. ``asked_by`` is ``by`` unless somebody
    else is named, ``wording`` is today's. Unless told otherwise the answer holds for as many months as the prison sets (domain.md
    8.4: twelve).
    """
    nonce = nonce or uuid.uuid4()
    if made := Consent.objects.made_once(nonce):
        return made
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    prison, asked_by = prison or by.prison, asked_by or by
    _check_asked(person, agency, asked_on, asked_by)
    expires_on = expires_on or dates.months_after(asked_on, prison.sharing_review_months)
    _check_expiry(given, asked_on, expires_on, prison.sharing_review_months)
    sections = _parts(sections, given, purpose)
    consent = Consent(
        person=person,
        prison=prison,
        agency=agency,
        purpose=purpose,
        sections=sections,
        given=given,
        how=how,
        wording=ConsentWording.objects.shown(Kind.NDTMS if purpose == Purpose.NDTMS else Kind.SHARING, wording).version,
        asked_on=asked_on,
        asked_by=asked_by,
        witness=witness,
        expires_on=expires_on,
        recorded_at=timezone.now(),
        recorded_by=by,
        nonce=nonce,
    )
    _make_room(consent)
    consent.full_clean()
    consent.save()
    told = {"agency": agency, "purpose": purpose, "given": given, "expires_on": expires_on, "sections": sections}
    audit.record(by=by, action="consent.recorded", target=consent, **told)
    if given:
        events.consent_given.send(sender=Consent, consent=consent, by=by, at=consent.recorded_at)
    return consent


@transaction.atomic
def share_fewer(*, consent, sections, by, how=Consent.How.IN_PERSON, nonce=None):
    """The person takes some parts back: the consent is withdrawn and another with ``sections`` alone takes its place, until the same day.

    What was sent loses the other parts in the same transaction. More parts are another question: they are asked about anew.
    """
    nonce = nonce or uuid.uuid4()
    if made := Consent.objects.made_once(nonce):
        return made
    standing = (
        Consent.objects.select_for_update(no_key=True, of=["self"])
        .select_related("agency", "prison")
        .get(pk=consent.pk)
    )
    if standing.state_on(timezone.localdate()) != Consent.State.GIVEN:
        raise ValidationError("This consent is no longer in force. Record a new answer instead.")
    if not set(sections) < set(standing.sections):
        raise ValidationError({"sections": "Untick at least one part. For more parts ask the person again."})
    withdraw(consent=standing, by=by, how=how)
    fewer = record(
        person=standing.person,
        agency=standing.agency,
        purpose=standing.purpose,
        sections=sections,
        given=True,
        how=how,
        asked_on=timezone.localdate(),
        expires_on=standing.expires_on,
        prison=standing.prison,
        wording=standing.wording,
        nonce=nonce,
        by=by,
    )
    audit.record(by=by, action="consent.parts_taken_back", target=fewer, before=standing.pk, sections=fewer.sections)
    return fewer


def _parts(sections, given, purpose):
    """The parts that an answer lets be told, in the order of the list."""
    if not given or purpose == Purpose.NDTMS:
        return []
    chosen = usual_sections() if sections is None else sections
    if not chosen:
        raise ValidationError({"sections": "Choose at least one part, or record that the person said no."})
    return [section.value for section in Consent.Section if section in chosen]


def _check_asked(person, agency, asked_on, asked_by):
    if agency and Agency.objects.current().filter(pk=agency.pk).first() is None:
        raise ValidationError({"agency": f"{agency} is no longer in the address book. Choose another agency."})
    if asked_on > timezone.localdate():
        raise ValidationError({"asked_on": "The person cannot have been asked in the future."})
    if person.date_of_birth and asked_on < person.date_of_birth:
        raise ValidationError({"asked_on": f"{person.name} was born on {person.date_of_birth:%-d %B %Y}."})


def _check_expiry(given, asked_on, expires_on, months):
    if expires_on <= asked_on:
        raise ValidationError({"expires_on": "An answer runs out after the day it was given."})
    if expires_on > dates.months_after(asked_on, months):
        raise ValidationError({"expires_on": f"An answer holds for {months} months at most. Choose an earlier day."})
    if given and expires_on < timezone.localdate():
        raise ValidationError({"expires_on": "This consent has run out already. Ask the person again."})


def _make_room(consent):
    """A consent that ran out gives way to a new answer; one in force has to be withdrawn first."""
    same = {"person": consent.person, "prison": consent.prison, "agency": consent.agency, "purpose": consent.purpose}
    standing = Consent.objects.filter(**same, given=True, withdrawn_at=None)
    if standing.filter(expires_on__gte=timezone.localdate(consent.recorded_at)).exists():
        what = "to the national statistics" if consent.agency is None else "for this agency and purpose"
        raise ValidationError(
            {"agency": f"There is already a consent {what}. Withdraw it before recording another answer."}
        )
    standing.update(withdrawn_at=consent.recorded_at, withdrawn_by=consent.recorded_by)


@transaction.atomic
def withdraw(*, consent, by, how=""):
    """End a consent at once and for good. The same again changes nothing."""
    consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
    if consent.withdrawn_at:
        return consent
    if not consent.given:
        raise ValidationError("The person said no, so there is no consent to withdraw.")
    if consent.expires_on < timezone.localdate():
        raise ValidationError("This consent has run out already, so there is nothing to withdraw.")
    consent.withdrawn_at, consent.withdrawn_by, consent.withdrawn_how = timezone.now(), by, how
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_how"])
    audit.record(by=by, action="consent.withdrawn", target=consent, agency=consent.agency_id, purpose=consent.purpose)
    return consent
