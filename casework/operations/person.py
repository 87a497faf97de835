"""What happens to the record of a person as such."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.models import (
    Alert,
    Allocation,
    Case,
    Consent,
    CustodySpell,
    FormerNumber,
    LegalStatus,
    Location,
    Person,
    RecordAccess,
)
from casework.operations import restriction

MERGED = "Recorded under another number"


@transaction.atomic
def merge(*, removed, kept, at, by):
    """Join two records of one person: both numbers find ``kept`` from now on, and everything live moves there.

    The trail stays as it was: what was done under a number was done under that number.
    """
    people = Person.objects.select_for_update(no_key=True).order_by("pk").in_bulk([removed.pk, kept.pk])
    removed, kept = people[removed.pk], people[kept.pk]
    if removed.pk == kept.pk or removed.merged_into_id or kept.merged_into_id:
        raise ValidationError("These two records are one already.")
    spells = _move_spells(removed, kept, at, by)
    cases = _move_cases(removed, kept, spells, at, by)
    _move_alerts(removed, kept, at)
    _move_consents(removed, kept, at, by)
    RecordAccess.objects.filter(person=removed).update(person=kept)
    restriction.move(removed=removed, kept=kept, at=at, by=by)
    kept.prison_ids = [*kept.prison_ids, *(key for key in removed.prison_ids if key not in kept.prison_ids)]
    kept.version += 1
    kept.save(update_fields=["prison_ids", "version"])
    removed.merged_into = kept
    removed.save(update_fields=["merged_into"])
    FormerNumber.objects.filter(person=removed).update(person=kept)
    FormerNumber.objects.create(number=removed.number, person=kept, prison_ids=kept.prison_ids, since=at)
    FormerNumber.objects.filter(person=kept).update(prison_ids=kept.prison_ids)
    audit.record(by=by, action="person.merged", target=kept, removed=removed.pk)
    events.person_merged.send(sender=Person, removed=removed, kept=kept, spells=spells, cases=cases, by=by, at=at)
    return kept


def _move_spells(removed, kept, at, by):
    """Move spells. Where both were in one prison the spell of the number that is kept goes on: closed spell → that one."""
    going_on = {spell.prison_id: spell for spell in CustodySpell.objects.current().filter(person=kept)}
    closed = {}
    for spell in CustodySpell.objects.current().filter(person=removed, prison__in=going_on):
        closed[spell.pk] = going_on[spell.prison_id]
        spell.ended_at, spell.end, spell.end_reason, spell.ended_by = at, CustodySpell.End.MERGED, MERGED, by
        spell.save(update_fields=["ended_at", "end", "end_reason", "ended_by"])
    for dated in (Location, LegalStatus):
        dated.objects.filter(spell__in=closed, until_at=None).update(until_at=at)
    CustodySpell.objects.filter(person=removed).update(person=kept)
    return closed


def _move_cases(removed, kept, spells, at, by):
    """Move cases. Of two open ones in one prison the younger is closed, and nobody holds it any more. Returns the closed ones."""
    rows = Case.objects.select_for_update().filter(person__in=[removed, kept]).open().order_by("opened_on", "pk")
    first, closed = {}, []
    for case in rows:
        if case.prison_id not in first:
            first[case.prison_id] = case
            continue
        case.closed_on, case.close_reason, case.closed_by = timezone.localdate(at), Case.Close.MERGED, by
        case.save(update_fields=["closed_on", "close_reason", "closed_by"])
        closed.append(case.pk)
    Allocation.objects.filter(case__in=closed, until_at=None).update(until_at=at)
    for case in first.values():
        if case.spell_id in spells:
            case.spell = spells[case.spell_id]
            case.save(update_fields=["spell"])
    Case.objects.filter(person=removed).update(person=kept)
    return closed


def _move_alerts(removed, kept, at):
    """Move alerts; one that both have stays open once."""
    have = {(alert.prison_id, alert.code) for alert in Alert.objects.filter(person=kept, until_at=None)}
    for alert in Alert.objects.filter(person=removed, until_at=None):
        if (alert.prison_id, alert.code) in have:
            alert.until_at = at
            alert.save(update_fields=["until_at"])
    Alert.objects.filter(person=removed).update(person=kept)


def _move_consents(removed, kept, at, by):
    """Move consents. The last word given under either number counts: a consent that is older than a later answer is withdrawn."""
    words = {}
    rows = Consent.objects.select_for_update().filter(person__in=[removed, kept])
    for consent in rows:
        words.setdefault((consent.prison_id, consent.agency_id, consent.purpose), []).append(consent)
    for consents in words.values():
        last = max(consents, key=lambda consent: consent.withdrawn_at or consent.recorded_at)
        for consent in consents:
            if consent.given and consent.withdrawn_at is None and consent is not last:
                consent.withdrawn_at, consent.withdrawn_by = at, by
                consent.save(update_fields=["withdrawn_at", "withdrawn_by"])
    rows.filter(person=removed).update(person=kept)
