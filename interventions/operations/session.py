"""Sessions with one person: written up, and moved with the records of the person."""

import uuid
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Case, CustodySpell
from interventions.models import Appointment, AppointmentMove, Commitment, Contact, GoalTouched, GroupSession, Seat
from interventions.operations import appointment as appointments

MOVED = [Contact, Appointment, AppointmentMove, Commitment, GoalTouched]
LONGEST = 480  # minutes
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
    topics=(),
    goals=(),
    appointment=None,
    round=None,
    next_at=None,
    next_room=None,
    anyway=False,
    nonce=None,
):
    """Write up a session of ``worker`` (``by`` himself unless named), under the case that was open on that day.

    Without ``minutes`` it took as long as its type usually does. An ``appointment`` that it answers is owed no more; with ``next_at``
    the next one, of the same kind and worker, is planned with it. ``topics`` (codes) and ``goals`` are what was worked on. ``round``:
    the wing round that it was a line of. Somebody who had left by then can only have moved away.
    """
    nonce = nonce or uuid.uuid4()
    if made := Contact.everything.made_once(nonce):
        return made
    worker = worker or by
    if next_room:
        GroupSession.objects.one_at_a_time(worker.prison_id)
    if appointment:
        appointment = Appointment.objects.owed(appointment)
    if at > timezone.now():
        raise ValidationError({"at": FUTURE})
    _worked_on(outcome, topics, goals)
    said = {"place": place, "note": note, "late": late, "round": round, "topics": list(topics), "nonce": nonce}
    stays, cases = _stays([person], worker), _cases([person], worker, at)
    contact = _contact(person, type, at, minutes, outcome, stays=stays, cases=cases, worker=worker, by=by, **said)
    contact.full_clean()
    contact.save()
    GoalTouched.objects.bulk_create(
        GoalTouched(contact=contact, goal=goal, person_id=contact.person_id, prison_id=contact.prison_id)
        for goal in goals
    )
    if appointment:
        appointment.contact = contact
        appointment.save(update_fields=["contact"])
    if next_at:
        _plan_next(contact, at=next_at, room=next_room, anyway=anyway, by=by)
    audit.record(by=by, action="session.logged", target=contact, type=type.code, outcome=outcome, worker=worker)
    return contact


@transaction.atomic
def log_several(*, rows, at, by, place="", worker=None, round=None):
    """Write up sessions that one ``worker`` (``by`` himself unless named) had from ``at`` on, by the rules of ``log``; all or none.

    A row: ``person``, ``type``, ``minutes``, ``outcome``, ``note``, ``nonce``, and ``beside``: the name under which ValidationError says
    what is wrong with it. Three queries, and one for each row: the trail.
    """
    if at > timezone.now():
        raise ValidationError({"at": FUTURE})
    worker, people = worker or by, [row["person"] for row in rows]
    stays, cases = _stays(people, worker), _cases(people, worker, at)
    made, errors = [], {}
    for row in rows:
        given = {name: value for name, value in row.items() if name != "beside"}
        try:
            contact = _contact(at=at, stays=stays, cases=cases, worker=worker, place=place, round=round, by=by, **given)
            _clean(contact)
        except ValidationError as error:
            errors[row["beside"]] = error.messages
        else:
            made.append(contact)
    if errors:
        raise ValidationError(errors)
    Contact.objects.bulk_create(made)
    for contact in made:
        detail = {"type": contact.type.code, "outcome": contact.outcome, "worker": worker}
        audit.record(by=by, action="session.logged", target=contact, **detail)
    return made


@transaction.atomic
def withdraw(*, contact, why, by):
    """Take back a session that was written up for the wrong person, or was not held. It stays, with who and why, and counts nowhere.

    The appointment that it answered is owed again, and whoever it marks at a group or a drop-in is off that list. What else came of it,
    such as a referral, is left to those who have it in hand. The same again changes nothing.
    """
    # The seat before the contact, as a register does, so that the two cannot wait for each other.
    seats = Seat.objects.expected().select_for_update(no_key=True, of=["self"])
    seat = seats.filter(contact=contact).first()
    row = Contact.everything.select_for_update(no_key=True, of=["self"]).get(pk=contact.pk)
    if row.withdrawn_at:
        return row
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = timezone.now(), by, why
    row.clean_fields(exclude=["person", "prison", "case", "worker", "type", "round", "recorded_by"])
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    if seat:
        seat.change(None, removed_at=row.withdrawn_at, removed_by=by, removed_why=why)
        seat.save(update_fields=["removed_at", "removed_by", "removed_why", "version"])
    Appointment.objects.filter(contact=row).update(contact=None)
    audit.record(by=by, action="session.withdrawn", target=row, seat=seat)
    return row


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: what was done with him, and what is planned, moves to the one that is kept."""
    moved = sum(journal.change(model._base_manager.filter(person=removed), person=kept) for model in MOVED)
    audit.record(by=by, action="session.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back(MOVED)
    journal.check(MOVED, [removed, kept])
    audit.record(by=by, action="session.moved_back", target=removed, kept=kept.pk)


def _worked_on(outcome, topics, goals):
    if outcome == Contact.Outcome.TOOK_PLACE:
        return
    said = {name: "Nothing was worked on: the session did not take place." for name in ["topics", "goals"]}
    if refused := {name: said[name] for name, given in [("topics", topics), ("goals", goals)] if given}:
        raise ValidationError(refused)


def _plan_next(contact, *, at, room, anyway, by):
    """The next session in the diary; what is wrong with it is told about the questions that ask for it."""
    given = {"person": contact.person, "type": contact.type, "worker": contact.worker, "by": by}
    place = "" if room else contact.place
    nonce = uuid.uuid5(contact.nonce, "next")
    try:
        appointments.plan(at=at, room=room, place=place, anyway=anyway, nonce=nonce, **given)
    except ValidationError as error:
        raise ValidationError(_about_next(error)) from error


def _about_next(error):
    """What is wrong with the next session, beside the questions that ask for it."""
    if not hasattr(error, "error_dict"):
        return {"next_at": error.error_list}
    said = dict(error.error_dict)
    room = said.pop("room", [])
    others = [one for errors in said.values() for one in errors]
    return {name: errors for name, errors in [("next_room", room), ("next_at", others)] if errors}


def _contact(person, type, at, minutes, outcome, *, stays, cases, worker, by, **said):
    """The session, not saved yet, under the case that was open on that day; ``stays`` and ``cases`` are those of the person."""
    gone = outcome == Contact.Outcome.REGIME_MOVED
    spell, case = _stay_at(person, at, stays.get(person.pk, []), gone=gone), cases.get(person.pk)
    if type.structured and case is None:
        raise ValidationError({"type": _no_case(person, type, at)})
    minutes = type.usual_minutes if minutes is None else minutes
    its = {"person": person, "prison": spell.prison, "case": case, "type": type, "at": at, "minutes": minutes}
    return Contact(**its, outcome=outcome, worker=worker, recorded_by=by, recorded_at=timezone.now(), **said)


def _clean(contact):
    """What ``full_clean`` refuses, without a question to the database for each row that it points to."""
    contact.clean_fields(exclude=[field.name for field in Contact._meta.fields if field.is_relation])
    if not 1 <= contact.minutes <= LONGEST:
        raise ValidationError({"minutes": f"Minutes are between 1 and {LONGEST}."})


def _stays(people, worker):
    """Person (a key) → every stay in the prison of ``worker``."""
    found = defaultdict(list)
    rows = CustodySpell.objects.filter(person__in=people, prison=worker.prison_id)
    for spell in rows.select_related("prison"):
        found[spell.person_id].append(spell)
    return found


def _cases(people, worker, at):
    """Person (a key) → the case that was open there on the day of ``at``."""
    day = timezone.localdate(at)
    rows = Case.objects.filter(person__in=people, prison=worker.prison_id, opened_on__lte=day)
    return {case.person_id: case for case in rows.exclude(closed_on__lt=day).order_by("opened_on", "pk")}


def _stay_at(person, at, spells, *, gone=False):
    """The stay in which ``person`` was here at that moment, or had been if ``gone``; the days of arriving and leaving belong to it."""
    day = timezone.localdate(at)
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


def _no_case(person, type, at):
    day = timezone.localdate(at)
    when = "" if day == timezone.localdate() else f" on {day:%-d %B %Y}"
    return f"{person.name} has no open case{when}, and a {type.name.lower()} is part of one. Choose another kind, or open a case first."
