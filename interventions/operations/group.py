"""Sessions of groups, and drop-ins: put down, confirmed, moved, called off, caught up with.

The database itself refuses a room or a worker twice at a time.
"""

import uuid
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from casework import audit
from interventions.models import Facilitator, GroupSession, Seat, Series
from interventions.operations import seat as seats
from interventions.queries import group as queries
from interventions.queries import places

TAKEN = {"room_held_once_at_a_time", "facilitator_in_one_session_at_a_time", "person_in_one_session_at_a_time"}


@transaction.atomic
def make(
    *, name, on, regime_time, capacity, by, begins=None, ends=None, kind="GROUP", audience="MAIN", wing=None, room=None,
    facilitators=(), series=None, nonce=None,
):  # fmt: skip
    """Put down one session on a day in a regime time, or in a part of it (``begins``, ``ends``). In a series it takes the next number."""
    nonce = nonce or uuid.uuid4()
    if made := GroupSession.objects.made_once(nonce):
        return made
    GroupSession.objects.one_at_a_time(by.prison_id)
    _must_go_on(series)
    period = queries.period_of(on, regime_time, begins, ends)
    given = {"name": name, "kind": kind, "audience": audience, "wing": wing, "room": room, "regime_time": regime_time}
    given |= {"capacity": capacity, "period": period, "series": series, "nonce": nonce}
    given["number"] = queries.last_number(series) + 1 if series else None
    (session,) = put_down(rows=[given], facilitators=facilitators, by=by)
    audit.record(
        by=by, action="group.made", target=session, on=on, room=room, workers=[each.pk for each in facilitators]
    )
    return session


@transaction.atomic
def put_down(*, rows, facilitators, by):
    """Write sessions, each from its values in ``rows``, and who runs them; all or none. Told by whoever calls, who waited for his turn."""
    now = timezone.now()
    sessions = [GroupSession(prison_id=by.prison_id, made_by=by, made_at=now, **values) for values in rows]
    sessions[0].clean_fields(exclude=["prison", "made_by"])
    _must_fit(sessions[0], facilitators)
    with _naming_who_has_it(sessions, facilitators):
        GroupSession.objects.bulk_create(sessions)
        Facilitator.objects.bulk_create(
            Facilitator(session=session, prison_id=by.prison_id, worker=worker, period=session.period)
            for session in sessions
            for worker in facilitators
        )
    audit.record(by=by, action="group.put_down", prison=by.prison, sessions=[session.pk for session in sessions])
    return sessions


@transaction.atomic
def confirm(*, session, by):
    """The room is booked and the staff are told. Needs both. The same again changes nothing."""
    session = _must_be_open(_locked(session))
    if session.state == GroupSession.State.CONFIRMED:
        return session
    missing = [] if session.room_id else ["a room"]
    if not session.facilitators.filter(stood_down_at=None).exists():
        missing.append("somebody who runs it")
    if missing:
        raise ValidationError(f"It needs {' and '.join(missing)} first. Move it, and choose.")
    session.change(None, state=GroupSession.State.CONFIRMED)
    session.save(update_fields=["state", "version"])
    audit.record(by=by, action="group.confirmed", target=session)
    return session


@transaction.atomic
def move(*, session, version, on, regime_time, facilitators, by, room=None, begins=None, ends=None):
    """Give a session another time, room or other workers. Who is expected comes along; who cannot is named, and then nothing is moved."""
    session = _must_be_open(_locked(session))
    period = queries.period_of(on, regime_time, begins, ends, was=session.period)
    changed = session.change(version, period=period, regime_time=regime_time, room=room)
    _must_fit(session, facilitators, seated=True)
    with _naming_who_has_it([session], facilitators, but=session):
        _stand_down(session, facilitators)
        session.save(update_fields=["period", "regime_time", "room", "version"])
        _take_on(session, facilitators)
    detail = {name: [str(value) for value in values] for name, values in changed.items()}
    audit.record(
        by=by, action="group.moved", target=session, changed=detail, workers=[each.pk for each in facilitators]
    )
    return session


@transaction.atomic
def cancel(*, session, why, by, note=""):
    """It could not run, and whose reason that was. Who was expected and who runs it is free again. The same again changes nothing."""
    session = _locked(session)
    if (session.state, session.cancelled_why) == (GroupSession.State.CANCELLED, why):
        return session
    _must_be_open(session)
    if Seat.objects.expected().filter(session=session, contact__isnull=False).exists():
        raise ValidationError("The register says who came, so it ran.")
    values = {"state": GroupSession.State.CANCELLED, "cancelled_why": why, "cancelled_note": note}
    session.change(None, **values, closed_at=timezone.now(), closed_by=by)
    session.clean_fields()
    session.save(update_fields=[*values, "closed_at", "closed_by", "version"])
    audit.record(by=by, action="group.cancelled", target=session, why=why)
    return session


@transaction.atomic
def catch_up(
    *,
    session,
    people,
    on,
    regime_time,
    capacity,
    by,
    room=None,
    facilitators=(),
    begins=None,
    ends=None,
    despite="",
    nonce=None,
):
    """A session for those of ``people`` who did not have ``session``: it stands for that one, and counts as its number."""
    nonce = nonce or uuid.uuid4()
    if made := GroupSession.objects.made_once(nonce):
        return made
    GroupSession.objects.one_at_a_time(by.prison_id)
    _must_go_on(session.series)
    given = {name: getattr(session, name) for name in ["kind", "series", "number", "audience", "wing"]}
    given |= {"name": f"{session.name[:69]}: catch-up", "room": room, "regime_time": regime_time, "capacity": capacity}
    given |= {"period": queries.period_of(on, regime_time, begins, ends), "stands_for": session, "nonce": nonce}
    (made,) = put_down(rows=[given], facilitators=facilitators, by=by)
    try:
        seats.add(session=made, people=people, despite=despite, by=by)
    except ValidationError as error:  # The form asks for people, not for their numbers.
        raise ValidationError({"people" if name == "numbers" else name: texts for name, texts in error}) from error
    audit.record(by=by, action="group.caught_up", target=made, session=session.pk, people=[each.pk for each in people])
    return made


@contextmanager
def _naming_who_has_it(sessions, workers, *, but=None):
    """What the database refuses inside is said in words beside the field: which session has the room, the worker or the person.

    It cannot refuse a room in which one person is seen or the recovery meeting is held; that is asked first.
    """
    room, periods = sessions[0].room, [session.period for session in sessions]
    if room and (taken := queries.has_room(room, periods)):
        raise ValidationError({"room": taken})
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = error.__cause__.diag.constraint_name
        if constraint not in TAKEN:
            raise
        if constraint == "person_in_one_session_at_a_time":
            raise ValidationError({"on": queries.elsewhere(but, periods[0])}) from error
        raise ValidationError(queries.clashes(room=room, workers=workers, periods=periods, but=but)) from error


def _locked(session):
    GroupSession.objects.one_at_a_time(session.prison_id)
    return GroupSession.objects.select_for_update(no_key=True, of=["self"]).select_related("room").get(pk=session.pk)


def _must_go_on(series):
    if series and (ended_on := Series.objects.values_list("ended_on", flat=True).get(pk=series.pk)):
        raise ValidationError(f"{series} ended on {ended_on:%-d %B %Y}, so it has no more sessions.")


def _must_be_open(session):
    if not session.is_open:
        raise ValidationError(f"This cannot be changed any more: {session.get_state_display().lower()}.")
    return session


def _must_fit(session, facilitators, *, seated=False):
    if session.room is None:
        return
    most, staff = session.room.capacity, len(facilitators)
    count = places.expected([session]).get(session.pk, 0) if seated else session.capacity
    if count + staff > most:
        who = f"{count} expected" if seated else f"{count} people"
        raise ValidationError(
            {
                "room"
                if seated
                else "capacity": f"{session.room} holds {most}, staff included: too few for {who} and {staff} who run it."
            }
        )


def _stand_down(session, facilitators):
    gone = session.facilitators.filter(stood_down_at=None).exclude(worker__in=facilitators)
    gone.update(stood_down_at=timezone.now())


def _take_on(session, facilitators):
    known = set(session.facilitators.filter(stood_down_at=None).values_list("worker", flat=True))
    Facilitator.objects.bulk_create(
        Facilitator(session=session, prison_id=session.prison_id, worker=worker, period=session.period)
        for worker in facilitators
        if worker.pk not in known
    )
