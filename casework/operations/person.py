"""Two records turn out to be one person, or not to be after all."""

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.models import (
    Alert,
    Allocation,
    Assessment,
    Case,
    Consent,
    CourtDate,
    CoWorker,
    CustodySpell,
    Draft,
    FormerNumber,
    KeepApart,
    LegalStatus,
    Location,
    Person,
    PersonMerge,
    Restriction,
    RestrictionAccess,
    Strand,
    Suspension,
)
from casework.operations.journal import Journal

State = PersonMerge.State
MERGED = "Recorded under another number"
BY_ROLL = "The roll says that both numbers are one person"


@transaction.atomic
def merge(*, removed, kept, at, by, prison=None, asked=None):
    """Join two records of one person: both numbers find ``kept`` from now on, and everything live moves there.

    The trail stays as it was: what was done under a number was done under that number. ``asked``: the row in which a manager asked
    for it; without one (the roll) it is made here, for ``prison``. What moves is noted in it, for ``unmerge``.
    """
    people = Person.objects.select_for_update(no_key=True).order_by("pk").in_bulk([removed.pk, kept.pk])
    removed, kept = people[removed.pk], people[kept.pk]
    if removed.pk == kept.pk or removed.merged_into_id or kept.merged_into_id:
        raise ValidationError("These two records are one already.")
    journal = Journal()
    spells = _join_spells(journal, removed, kept, at, by)
    cases = _join_cases(journal, removed, kept, spells, at, by)
    _join_alerts(journal, removed, kept, at)
    _join_consents(journal, removed, kept, at, by)
    _join_restrictions(journal, removed, kept, at, by)
    _join_keep_aparts(journal, removed, kept, at, by)
    FormerNumber.objects.get_or_create(number=removed.number, defaults={"person": removed, "since": at})
    for model in _moving():
        journal.change(model.objects.filter(person=removed), person=kept)
    kept.prison_ids = [*kept.prison_ids, *(key for key in removed.prison_ids if key not in kept.prison_ids)]
    journal.change(Person.objects.filter(pk=kept.pk), prison_ids=kept.prison_ids)
    kept.version += 1
    kept.save(update_fields=["version"])
    removed.merged_into = kept
    removed.save(update_fields=["merged_into"])
    FormerNumber.objects.filter(person=kept).update(prison_ids=kept.prison_ids)
    audit.record(by=by, action="person.merged", target=kept, removed=removed.pk)
    events.person_merged.send(
        sender=Person, removed=removed, kept=kept, spells=spells, cases=cases, journal=journal, by=by, at=at
    )
    _note(asked, journal, removed=removed, kept=kept, prison=prison or by.prison, at=at, by=by)
    return kept


@transaction.atomic
def unmerge(*, asked, at, by):
    """Part two records again: every row that the merge ``asked`` moved goes back, unless work has gone on since (ValidationError).

    What was recorded after the merge, and hangs on nothing that goes back, stays with the number that was kept.
    """
    people = Person.objects.select_for_update(no_key=True).order_by("pk").in_bulk([asked.removed_id, asked.kept_id])
    removed, kept = people[asked.removed_id], people[asked.kept_id]
    if removed.merged_into_id != kept.pk or kept.merged_into_id:
        raise ValidationError("One of the two records has been merged again since. Undo that merge first.")
    journal = Journal(asked.moved)
    removed.merged_into = None
    removed.save(update_fields=["merged_into"])
    journal.put_back([*_moving(), KeepApart, Location, LegalStatus, Allocation, RestrictionAccess])
    events.person_unmerged.send(sender=Person, removed=removed, kept=kept, journal=journal, by=by, at=at)
    journal.check([*_moving(), KeepApart], [removed, kept])
    _part_prisons(journal, removed, kept)
    asked.state, asked.undo_at = State.UNDONE, at
    asked.save(update_fields=["state", "undo_at"])
    audit.record(by=by, action="person.unmerged", target=kept, removed=removed.pk)
    return removed


def _moving():
    """Every model of casework whose rows belong to one person.

    Keep-aparts name two and are moved by themselves; drafts are nobody's record yet, and are looked for under both.
    """
    models = apps.get_app_config("casework").get_models()
    return [model for model in models if model not in {KeepApart, Draft} and hasattr(model, "person")]


def _note(asked, journal, *, removed, kept, prison, at, by):
    if asked is None:
        asked = PersonMerge(prison=prison, removed=removed, kept=kept, reason=BY_ROLL, asked_by=by, asked_at=at)
    asked.state, asked.done_at, asked.moved = State.DONE, at, journal.entries
    asked.save()


def _part_prisons(journal, removed, kept):
    """The kept record is seen again by the prisons that saw it before, and by those that came to hold him since."""
    entry = next(entry for entry in journal.entries if entry["table"] == Person._meta.label_lower)
    since = [key for key in kept.prison_ids if key not in entry["after"]["prison_ids"]]
    kept.prison_ids = [*entry["before"]["prison_ids"], *since]
    kept.version += 1
    kept.save(update_fields=["prison_ids", "version"])
    for person in (removed, kept):
        FormerNumber.objects.filter(person=person).update(prison_ids=person.prison_ids)


def _join_spells(journal, removed, kept, at, by):
    """Where both were in one prison the spell of the number that is kept goes on: closed spell → that one."""
    going_on = {spell.prison_id: spell for spell in CustodySpell.objects.current().filter(person=kept)}
    spells = CustodySpell.objects.current().filter(person=removed, prison__in=going_on)
    closed = {spell.pk: going_on[spell.prison_id] for spell in spells}
    ended = CustodySpell.objects.filter(pk__in=closed)
    journal.change(ended, ended_at=at, end=CustodySpell.End.MERGED, end_reason=MERGED, ended_by=by)
    for dated in (Location, LegalStatus):
        journal.change(dated.objects.filter(spell__in=closed, until_at=None), until_at=at)
    for row in CourtDate.objects.filter(spell__in=closed, withdrawn_at=None).order_by("pk"):
        this, goes_on = CourtDate.objects.filter(pk=row.pk), closed[row.spell_id]
        if CourtDate.objects.filter(spell=goes_on, on=row.on, withdrawn_at=None).exists():
            journal.change(this, withdrawn_at=at, withdrawn_by=by)
        else:
            journal.change(this, spell=goes_on)
    return closed


def _join_cases(journal, removed, kept, spells, at, by):
    """Of two open cases in one prison the younger is closed, and nobody holds it any more. Returns the closed ones."""
    rows = Case.objects.select_for_update().filter(person__in=[removed, kept]).open().order_by("opened_on", "pk")
    first, closed = {}, {}
    for case in rows:
        if (goes_on := first.setdefault(case.prison_id, case)) is not case:
            closed[case.pk] = goes_on
    today = timezone.localdate(at)
    for case in rows:
        if case.pk in closed:  # A roll may be older than the case.
            given = {"closed_on": max(today, case.opened_on), "close_reason": Case.Close.MERGED, "closed_by": by}
            journal.change(Case.objects.filter(pk=case.pk), **given)
    journal.change(Allocation.objects.filter(case__in=closed, until_at=None), until_at=at)
    journal.change(CoWorker.objects.filter(case__in=closed, until_at=None), until_at=at, ended_by=by)
    for suspension in Suspension.objects.filter(case__in=closed, until_on=None):
        until = max(today, suspension.from_on)
        journal.change(Suspension.objects.filter(pk=suspension.pk), until_on=until, ended_by=by)
    _join_strands(journal, closed, today, by)
    _join_assessments(journal, closed)
    for case in first.values():
        if case.spell_id in spells:
            journal.change(Case.objects.filter(pk=case.pk), spell=spells[case.spell_id])
    return list(closed)


def _join_strands(journal, closed, today, by):
    """Open strands of a case that is closed go on in the other, so that no joint review is forgotten; of two of a kind one ends."""
    for strand in Strand.objects.filter(case__in=closed, ended_on=None).order_by("pk"):
        row, goes_on = Strand.objects.filter(pk=strand.pk), closed[strand.case_id]
        if Strand.objects.filter(case=goes_on, kind=strand.kind, ended_on=None).exists():
            journal.change(row, ended_on=max(today, strand.started_on), end_why=MERGED, ended_by=by)
        else:
            journal.change(row, case=goes_on)


def _join_assessments(journal, closed):
    """What is unfinished in a case that is closed goes on in the other, unless that has an unfinished one of the kind itself."""
    for row in Assessment.objects.filter(case__in=closed, completed_at=None).order_by("pk"):
        goes_on = closed[row.case_id]
        if not Assessment.objects.filter(case=goes_on, kind=row.kind, completed_at=None).exists():
            journal.change(Assessment.objects.filter(pk=row.pk), case=goes_on)


def _join_alerts(journal, removed, kept, at):
    """One that both have stays open once: what staff noted before what the roll said; the most watchful state of an ACCT."""
    first = {}
    rows = Alert.objects.select_for_update().open().filter(person__in=[removed, kept])
    for alert in sorted(rows, key=lambda row: (row.code, not row.by_hand, row.person_id == removed.pk)):
        place = alert.prison_id, "ACCT" if alert.is_acct else alert.code
        if first.setdefault(place, alert) is not alert:
            journal.change(Alert.objects.filter(pk=alert.pk), until_at=max(at, alert.from_at))


def _join_consents(journal, removed, kept, at, by):
    """The last word given under either number counts: a consent that is older than a later answer is withdrawn."""
    words = {}
    for consent in Consent.objects.select_for_update().filter(person__in=[removed, kept]):
        words.setdefault((consent.prison_id, consent.agency_id, consent.purpose), []).append(consent)
    older = []
    for consents in words.values():
        last = max(consents, key=lambda consent: consent.withdrawn_at or consent.recorded_at)
        older += [c.pk for c in consents if c.given and c.withdrawn_at is None and c is not last]
    journal.change(Consent.objects.filter(pk__in=older), withdrawn_at=at, withdrawn_by=by)


def _join_restrictions(journal, removed, kept, at, by):
    """Where both are restricted in one prison, the restriction of the number that is kept says who may see the record."""
    both = Restriction.objects.open().filter(person=kept).values("prison")
    lifted = Restriction.objects.open().filter(person=removed, prison__in=both)
    journal.change(lifted, lifted_at=at, lifted_by=by, lifted_why=MERGED)
    journal.change(Restriction.objects.filter(person=removed), number=kept.number)


def _join_keep_aparts(journal, removed, kept, at, by):
    """Keep-aparts name two people, the one with the lower key first. One that both have stays open once."""
    today = timezone.localdate(at)
    for row in [*KeepApart.objects.filter(person=removed), *KeepApart.objects.filter(other=removed)]:
        other = row.other_id if row.person_id == removed.pk else row.person_id
        this = KeepApart.objects.filter(pk=row.pk)
        pair = {"person_id": min(kept.pk, other), "other_id": max(kept.pk, other)}
        taken = KeepApart.objects.current().filter(prison=row.prison_id, **pair).exists()
        if row.ended_on is None and (taken or other == kept.pk):
            journal.change(this, ended_on=max(today, row.from_on), ended_by=by, end_why=MERGED)
        if other != kept.pk:
            journal.change(this, **pair)
