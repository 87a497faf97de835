"""Drop-ins: opened, and who came: a head count, and the names that were given."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from casework import audit, events
from casework.models import Wing
from interventions.models import Audience, Contact, ContactType, Facilitator, GroupSession, Seat
from interventions.operations import session as sessions
from interventions.queries import audience as audiences
from interventions.queries import group as groups

HOLDS = 30  # where it is in no room
SOURCE = "DROP_IN"


@transaction.atomic
def open(*, name, audience, wing, on, regime_time, by, room=None, nonce=None):
    """Put a drop-in into the calendar, run by ``by``: ``on`` that day at a time of the core day."""
    nonce = nonce or uuid.uuid4()
    if made := GroupSession.objects.made_once(nonce):
        return made
    _alone(by.prison_id)
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
    if room and (taken := list(groups.one_to_ones(room, [DateTimeTZRange(*period)]))):
        raise ValidationError({"room": taken})
    _insert(session, beside="room")
    _insert(Facilitator(session=session, prison_id=by.prison_id, worker=by, period=period), beside="regime_time")
    audit.record(by=by, action="drop_in.opened", target=session)
    return session


@transaction.atomic
def write_down(*, session, came, by, head_count=None, version=None, close=False):
    """Write down who came to a drop-in, all of it or nothing. Whoever is named gets one contact.

    ``came``: for each ``row``, ``person``, ``words``, ``refer`` (becomes a referral) and ``nonce``; an error names ``who_<row>``. Fewer
    cannot have come than were named. With ``close`` the head count must be known.
    """
    session = _begun(session)
    _alone(session.prison_id)
    misfits = audiences.misfits(session.audience, [one["person"].pk for one in came], session.prison_id)
    errors, made = {}, []
    for one in came:
        try:
            with transaction.atomic():
                if one["person"].pk in misfits:
                    raise ValidationError(audiences.why_not(one["person"], session.audience))
                made.append(_come(session, one, by))
        except ValidationError as error:
            errors[f"who_{one['row']}"] = error.messages
    if errors:
        raise ValidationError(errors)
    _count(session, head_count, version, close=close)
    if close and session.closed_at is None:
        session.change(None, state=GroupSession.State.HELD, closed_at=timezone.now(), closed_by=by)
    session.clean_fields()
    session.save()
    audit.record(
        by=by,
        action="drop_in.written_down",
        target=session,
        seats=[seat.pk for seat in made],
        head_count=session.head_count,
        closed=bool(session.closed_at),
    )
    return session


def _alone(prison_id):
    """Wait until nobody else plans rooms, workers or places in this prison: two who exclude each other would wait for one another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"groups of {prison_id}"])


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
