"""The register of a session: who came, and why others did not; a line about each; closed, and put right afterwards."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from interventions.models import Contact, ContactType, GroupSession, RegisterChange, Seat
from interventions.models.group import LATE
from interventions.operations import enrolment as enrolments
from interventions.operations import session as sessions
from interventions.queries import group as groups
from interventions.queries import register as queries

LONGEST = 480  # minutes of a contact


@transaction.atomic
def mark(*, session, marks, by, close=False):
    """Write down who came to ``session``: all of it or nothing. Whoever is marked gets one contact, or has his changed.

    ``marks``: key of a seat → (mark, version of the seat that was seen). ValidationError names ``mark_<seat>`` for each that cannot be
    written. With ``close`` nobody may be left unmarked (domain.md 8.5). Once it is closed, whoever has a place and came has begun.
    """
    session = _begun(session)
    seats = list(_seats(session))
    here = queries.here_on(session, [seat.person_id for seat in seats])
    worker, changed, errors = _lead(session, by), [], {}
    for seat in seats:
        mark, seen = marks.get(seat.pk, ("", None))
        if not mark or mark == seat.mark:
            continue
        try:
            with transaction.atomic():
                _check(seat, mark, seen=seen, is_here=seat.person_id in here)
                _mark(seat, mark, session=session, worker=worker, by=by)
        except ValidationError as error:
            errors[f"mark_{seat.pk}"] = error.messages
        else:
            changed.append(seat.pk)
    if errors:
        raise ValidationError(errors)
    if close:
        _close(session, seats, by)
    if session.closed_at and (changed or close):
        enrolments.attended(session=session, by=by)
    if changed or close:
        audit.record(by=by, action="register.marked", target=session, seats=changed, closed=bool(session.closed_at))
    return session


@transaction.atomic
def add(*, session, person, mark, by, nonce=None):
    """Somebody was there, or was expected, and does not stand in the register: he does from now on, with his mark, also once it is closed.

    What has happened is not refused for what stood against it; but nobody was in two sessions at one time.
    """
    nonce = nonce or uuid.uuid4()
    if made := Seat.objects.made_once(nonce):
        return made
    GroupSession.objects.one_at_a_time(session.prison_id)
    session = _begun(session)
    seats = Seat.objects.expected().filter(person=person)
    if seats.filter(session=session).exists():
        raise ValidationError({"number": f"{person.name} stands in this register already."})
    if other := seats.filter(period__overlap=session.period).select_related("session").first():
        raise ValidationError({"number": f"{person.name} stands in the register of {other.session} at that time."})
    seat = Seat(
        session=session, person=person, prison_id=session.prison_id, period=session.period, added_by=by, added_at=timezone.now(),
        enrolment=groups.places_in(session.series_id, [person], by).get(person.pk), nonce=nonce,
    )  # fmt: skip
    seat.clean_fields(exclude=["session", "person", "prison", "enrolment", "added_by"])
    seat.save()
    try:
        _check(seat, mark, seen=None, is_here=bool(queries.here_on(session, [person.pk])))
    except ValidationError as error:
        raise ValidationError({"number": error.messages}) from error
    _mark(seat, mark, session=session, worker=_lead(session, by), by=by)
    if session.closed_at:
        enrolments.attended(session=session, by=by)
    audit.record(by=by, action="register.added", target=session, seat=seat)
    return seat


@transaction.atomic
def write_note(*, seat, note, version, by):
    """Write a line about somebody in the register, or change it. What it said before stays readable. The same again changes nothing."""
    seat = _marked(seat)
    if seat.contact.note == note:
        return seat
    seat.raise_version(version)
    before, mark = seat.contact.note, seat.mark
    seat.contact.note, seat.skipped = note, False
    seat.contact.full_clean()
    seat.contact.save(update_fields=["note"])
    seat.save(update_fields=["version", "skipped"])
    if before:
        _keep(seat, before=mark, after=mark, before_note=before, after_note=note, by=by)
    audit.record(by=by, action="register.noted", target=seat)
    return seat


@transaction.atomic
def skip(*, seat, by):
    """The line about somebody is to be added later: it is on the list of those until it is."""
    seat = _marked(seat)
    if not seat.skipped and not seat.contact.note:
        seat.skipped = True
        seat.save(update_fields=["skipped"])
        audit.record(by=by, action="register.note_put_off", target=seat)
    return seat


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: what was changed in registers moves to the one that is kept."""
    moved = journal.change(RegisterChange.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="register.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([RegisterChange])
    journal.check([RegisterChange], [removed, kept])
    audit.record(by=by, action="register.moved_back", target=removed, kept=kept.pk)


def _begun(session):
    """The session, held fast, if it is one that somebody can have come to."""
    row = GroupSession.objects.select_for_update(no_key=True, of=["self"]).get(pk=session.pk)
    if row.state == GroupSession.State.CANCELLED:
        raise ValidationError("This session did not run, so nobody can be marked.")
    if row.period.lower > timezone.now():
        raise ValidationError("This session has not begun. The register is written when it is over.")
    return row


def _seats(session):
    seats = Seat.objects.expected().filter(session=session).select_related("person", "contact")
    return seats.select_for_update(no_key=True, of=["self"]).order_by("pk")


def _lead(session, by):
    """Whose contacts they are: of the worker who runs the session, the first named."""
    first = session.facilitators.filter(stood_down_at=None).select_related("worker").order_by("pk").first()
    return first.worker if first else by


def _check(seat, mark, *, seen, is_here):
    if seen is not None and seen != seat.version:
        said = queries.WORDS.get(seat.mark, "not marked")
        raise ValidationError(
            f"Somebody else changed this while you had it open: {seat.person.name} is now “{said}”. Choose again if that is wrong.",
            code="stale",
        )
    if not is_here and mark != queries.MOVED:
        raise ValidationError(f"{seat.person.name} had left the prison by then. Choose “Moved away”.")


def _mark(seat, mark, *, session, worker, by):
    late, before = mark == LATE, seat.mark
    outcome = Contact.Outcome.TOOK_PLACE if late else Contact.Outcome(mark)
    if seat.contact is None:
        seat.contact = sessions.log(
            person=seat.person,
            type=ContactType.objects.get(code=session.kind),
            at=session.period.lower,
            minutes=_minutes(session),
            place=str(session.room or session.wing or ""),
            outcome=outcome,
            late=late,
            worker=worker,
            nonce=uuid.uuid5(seat.nonce, "contact"),
            by=by,
        )
    else:
        seat.contact.outcome, seat.contact.late = outcome, late
        seat.contact.full_clean()
        seat.contact.save(update_fields=["outcome", "late"])
        _keep(seat, before=before, after=mark, before_note=seat.contact.note, after_note=seat.contact.note, by=by)
    seat.raise_version(None)
    seat.save(update_fields=["contact", "version"])


def _minutes(session):
    """How long it took, as a contact can say it."""
    return min(max(round((session.period.upper - session.period.lower).total_seconds() / 60), 1), LONGEST)


def _close(session, seats, by):
    if left := sum(seat.contact is None for seat in seats):
        are = "1 person is" if left == 1 else f"{left} people are"
        raise ValidationError(f"{are} not marked yet, so the register cannot be closed.", code="unmarked")
    if session.closed_at is None:
        session.change(None, state=GroupSession.State.HELD, closed_at=timezone.now(), closed_by=by)
        session.save()


def _marked(seat):
    """The seat, held fast, of somebody whom the register says something of."""
    rows = Seat.objects.select_for_update(no_key=True, of=["self"]).select_related("contact", "person")
    row = rows.get(pk=seat.pk)
    if row.contact is None or row.removed_at:
        raise ValidationError("Mark this person in the register first.")
    return row


def _keep(seat, *, before, after, before_note, after_note, by):
    """Keep what the register said before."""
    RegisterChange.objects.create(
        seat=seat,
        person_id=seat.person_id,
        prison_id=seat.prison_id,
        before=before,
        after=after,
        before_note=before_note,
        after_note=after_note,
        by=by,
        at=timezone.now(),
    )
