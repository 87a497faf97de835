"""Sessions with one person: written up, and moved with the records of the person."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Case, CustodySpell
from interventions.models import Appointment, Contact

FUTURE = "This is in the future. Write a session up when it is over."


@transaction.atomic
def log(
    *,
    person,
    type,
    at,
    by,
    minutes=None,
    outcome=Contact.Outcome.TOOK_PLACE,
    place="",
    note="",
    late=False,
    worker=None,
    appointment=None,
    round=None,
    nonce=None,
):
    """Write up a session of ``worker`` (``by`` himself unless named), under the case that was open on that day.

    Without ``minutes`` it took as long as its type usually does. An ``appointment`` that it answers is owed no more. ``round``: the wing
    round that it was a line of. Somebody who had left by then can only have moved away.
    """
    nonce = nonce or uuid.uuid4()
    if made := Contact.objects.made_once(nonce):
        return made
    worker = worker or by
    if appointment:
        appointment = Appointment.objects.owed(appointment)
    if at > timezone.now():
        raise ValidationError({"at": FUTURE})
    spell = _spell_at(person, at, worker, gone=outcome == Contact.Outcome.REGIME_MOVED)
    case = _case_on(timezone.localdate(at), spell)
    if type.structured and case is None:
        raise ValidationError({"type": _no_case(person, type, at)})
    contact = Contact(
        person=person,
        prison=spell.prison,
        case=case,
        worker=worker,
        type=type,
        at=at,
        minutes=type.usual_minutes if minutes is None else minutes,
        place=place,
        outcome=outcome,
        note=note,
        late=late,
        round=round,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    contact.full_clean()
    contact.save()
    if appointment:
        appointment.contact = contact
        appointment.save(update_fields=["contact"])
    audit.record(by=by, action="session.logged", target=contact, type=type.code, outcome=outcome, worker=worker)
    return contact


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: what was done with him, and what is planned, moves to the one that is kept."""
    moved = journal.change(Contact.objects.filter(person=removed), person=kept)
    moved += journal.change(Appointment.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="session.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([Contact, Appointment])
    journal.check([Contact, Appointment], [removed, kept])
    audit.record(by=by, action="session.moved_back", target=removed, kept=kept.pk)


def _spell_at(person, at, worker, *, gone=False):
    """The stay in which ``person`` was here at that moment, or had been if ``gone``; the days of arriving and leaving belong to it."""
    day = timezone.localdate(at)
    spells = CustodySpell.objects.filter(person=person, prison=worker.prison_id).select_related("prison")
    before = [spell for spell in spells if spell.received_on <= day]
    if not before:
        raise ValidationError({"at": _not_here_yet(person, spells)})
    spell = max(before, key=lambda spell: (spell.received_on, spell.pk))
    if not gone and spell.ended_at and timezone.localdate(spell.ended_at) < day:
        gone = "died" if spell.end == CustodySpell.End.DIED else "left"
        raise ValidationError({"at": f"{person.name} {gone} on {timezone.localdate(spell.ended_at):%-d %B %Y}."})
    return spell


def _not_here_yet(person, spells):
    first = min((spell.received_on for spell in spells), default=None)
    return f"{person.name} came here on {first:%-d %B %Y}." if first else f"{person.name} was never on the roll here."


def _case_on(day, spell):
    cases = Case.objects.filter(person=spell.person_id, prison=spell.prison_id, opened_on__lte=day)
    return cases.exclude(closed_on__lt=day).order_by("-opened_on", "-pk").first()


def _no_case(person, type, at):
    day = timezone.localdate(at)
    when = "" if day == timezone.localdate() else f" on {day:%-d %B %Y}"
    return f"{person.name} has no open case{when}, and a {type.name.lower()} is part of one. Choose another kind, or open a case first."
