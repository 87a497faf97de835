"""Drop-ins: opened, and who came: a head count, and the names that were given."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from casework import audit, events
from casework.models import Wing
from interventions.models import Audience, Contact, ContactType, Facilitator, GroupSession, Seat
from interventions.operations import session as sessions
from interventions.queries import drop_in as queries
from interventions.queries import group as groups

HOLDS = 30  # where it is in no room
SOURCE = "DROP_IN"
LATEST, FURTHEST = timedelta(days=60), timedelta(days=366)


@transaction.atomic
def open(*, name, audience, wing, on, regime_time, by, room=None, nonce=None):
    """Put a drop-in into the calendar, run by ``by``: ``on`` that day at a time of the core day."""
    nonce = nonce or uuid.uuid4()
    if made := GroupSession.objects.made_once(nonce):
        return made
    GroupSession.objects.one_at_a_time(by.prison_id)
    if not -LATEST <= on - timezone.localdate() <= FURTHEST:
        raise ValidationError({"on": "Give a day of the last 60 days, or within a year from today."})
    if wing and (wing.kind == Wing.Kind.VULNERABLE) != (audience == Audience.VULNERABLE):
        raise ValidationError({"audience": f"{wing} and this do not go together."})
    zone = timezone.get_current_timezone()
    period = tuple(datetime.combine(on, at, zone) for at in [regime_time.starts_at, regime_time.ends_at])
    session = GroupSession(
        prison_id=by.prison_id,
        kind=GroupSession.Kind.DROP_IN,
        name=name,
        audience=audience,
        wing=wing,
        room=room,
        regime_time=regime_time,
        period=period,
        capacity=room.capacity if room else HOLDS,
        state=GroupSession.State.CONFIRMED,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
    )
    if room and (taken := groups.has_room(room, [DateTimeTZRange(*period)])):
        raise ValidationError({"room": taken})
    _insert(session, beside="room")
    _insert(Facilitator(session=session, prison_id=by.prison_id, worker=by, period=period), beside="regime_time")
    audit.record(by=by, action="drop_in.opened", target=session)
    return session


@transaction.atomic
def write_down(*, session, came, by, head_count=None, version=None, close=False):
    """Write down who came to a drop-in, all of it or nothing. Whoever is named gets one contact.

    ``came``: for each ``row``, ``person``, ``words``, ``refer`` (becomes a referral) and ``nonce``; an error names ``who_<row>``. Fewer
    cannot have come than were named. With ``close`` the head count must be known. Whoever should not have been there came all the same:
    ``told`` of the session that comes back says of whom (person, what) is to be acted on.
    """
    GroupSession.objects.one_at_a_time(session.prison_id)
    session = _begun(session)
    people = [one["person"] for one in came]
    against = queries.against(session, people, by, now=timezone.now())
    errors, made = {}, []
    for one in came:
        try:
            with transaction.atomic():
                made.append(_come(session, one, by))
        except ValidationError as error:
            errors[f"who_{one['row']}"] = error.messages
    if errors:
        raise ValidationError(errors)
    before = session.head_count
    _count(session, head_count, version, close=close)
    if close and session.closed_at is None:
        session.change(None, state=GroupSession.State.HELD, closed_at=timezone.now(), closed_by=by)
    session.clean_fields()
    session.save()
    session.told = [(person, against[person.pk]) for person in people if against[person.pk]]
    audit.record(
        by=by,
        action="drop_in.written_down",
        target=session,
        seats=[seat.pk for seat in made],
        head_count=session.head_count,
        before=before,
        told=[person.pk for person, _ in session.told],
        closed=bool(session.closed_at),
    )
    return session


def _insert(row, *, beside=None):
    """Save a row, unless the database refuses it because the room, the worker or the person is taken.

    The database alone is asked: what Django makes of these constraints does not compare the keys.
    """
    row.clean_fields()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        told = {each.name: each.violation_error_message for each in row._meta.constraints}
        words = told[error.__cause__.diag.constraint_name]
        raise ValidationError({beside: words} if beside else words) from error


def _begun(session):
    row = GroupSession.objects.select_for_update(no_key=True, of=["self"]).get(pk=session.pk)
    if row.state == GroupSession.State.CANCELLED:
        raise ValidationError("This drop-in did not run, so nobody can have come.")
    if row.period.lower > timezone.now():
        raise ValidationError("This drop-in has not begun. Write it down when people come.")
    return row


def _come(session, one, by):
    """The seat of somebody who came, with his contact, and a referral where one is wanted. The same again changes nothing."""
    if made := Seat.objects.made_once(one["nonce"]):
        return made
    person, kind = one["person"], ContactType.objects.get(code=session.kind)
    if Seat.objects.expected().filter(session=session, person=person, contact__isnull=False).exists():
        raise ValidationError(f"{person.name} is on the list already.")
    if elsewhere := queries.elsewhere(session, person):
        raise ValidationError(
            f"{person.name} is expected at {elsewhere.session} at this time. If they came here instead, take them off there first."
        )
    at, stayed = session.period.lower, timedelta(minutes=kind.usual_minutes)
    seat = Seat.objects.expected().filter(session=session, person=person).first() or Seat(
        session=session,
        person=person,
        prison_id=session.prison_id,
        period=(at, at + stayed),
        added_by=by,
        added_at=timezone.now(),
        nonce=one["nonce"],
    )
    seat.contact = sessions.log(
        person=person,
        type=kind,
        at=at,
        place=str(session.room or session.wing or ""),
        outcome=Contact.Outcome.TOOK_PLACE,
        note=one["words"],
        nonce=uuid.uuid5(one["nonce"], "contact"),
        by=by,
    )
    _insert(seat)
    if one["refer"]:
        reason = one["words"] or f"Came to {session.name} and asked to be seen."
        nonce = uuid.uuid5(one["nonce"], "referral")
        events.referral_wanted.send(sender=Seat, person=person, source=SOURCE, reason=reason, nonce=nonce, by=by)
    return seat


def _count(session, head_count, version, *, close):
    named = Seat.objects.expected().filter(session=session, contact__isnull=False).count()
    if head_count is None and close:
        raise ValidationError({"head_count": "Count the heads before you close the drop-in."})
    if head_count is None or head_count == session.head_count:
        head_count = session.head_count
    elif version is not None and version != session.version:
        said = "no number" if session.head_count is None else session.head_count
        raise ValidationError({"head_count": f"Somebody else wrote {said} meanwhile. Say which is right."})
    if head_count is not None and head_count < named:
        raise ValidationError({"head_count": f"{named} came by name, so it cannot be fewer."})
    if head_count != session.head_count:
        session.change(None, head_count=head_count)
