"""Sessions that are meant to be held: planned, moved, called off, owed until they are written up."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import CustodySpell
from interventions.models import Appointment, AppointmentMove, Commitment, GroupSession
from interventions.queries import conflicts

FURTHEST = timedelta(days=366)
CONFLICT = "conflict"  # the code of a refusal that whoever plans may set aside


@transaction.atomic
def plan(*, person, type, at, by, minutes=None, place="", room=None, worker=None, anyway=False, nonce=None):
    """Put a session of ``worker`` (``by`` himself unless named) with ``person`` in the diary, at a moment still to come.

    What stands against it is refused with the code ``CONFLICT``, unless it is to be planned ``anyway``. A room is never had twice.
    """
    nonce = nonce or uuid.uuid4()
    if made := Appointment.objects.made_once(nonce):
        return made
    worker, now = worker or by, timezone.now()
    if room:
        GroupSession.objects.one_at_a_time(worker.prison_id)
    _is_to_come(at, now)
    spells = CustodySpell.objects.current().filter(person=person, prison=worker.prison_id)
    spell = spells.select_for_update(of=["self"], no_key=True).first()
    if spell is None:
        raise ValidationError(f"{person.name} is not in this prison now, so no session can be planned.")
    appointment = Appointment(
        person=person,
        prison_id=spell.prison_id,
        worker=worker,
        type=type,
        at=at,
        minutes=type.usual_minutes if minutes is None else minutes,
        place=place,
        room=room,
        made_by=by,
        made_at=now,
        nonce=nonce,
    )
    appointment.full_clean()
    _fits(appointment, by, anyway, room_of=appointment)
    appointment.save()
    audit.record(
        by=by, action="appointment.planned", target=appointment, type=type.code, worker=worker, anyway=bool(anyway)
    )
    return appointment


@transaction.atomic
def move(*, appointment, version, why, by, anyway=False, **values):
    """Give a session that is owed another time, length, place, room or worker (``values``); what it was before is kept with ``why``."""
    GroupSession.objects.one_at_a_time(appointment.prison_id)
    appointment = Appointment.objects.owed(appointment)
    before = {f"before_{name}": getattr(appointment, name) for name in ["at", "minutes", "place", "room", "worker"]}
    changed = appointment.change(version, **values)
    if not changed:
        raise ValidationError("Nothing is different yet. Change the time, the place or the worker, or go back.")
    if "at" in changed:
        _is_to_come(appointment.at, timezone.now())
    appointment.full_clean()
    _fits(appointment, by, anyway, room_of=appointment if changed.keys() & {"at", "minutes", "room"} else None)
    appointment.save()
    AppointmentMove.objects.create(
        appointment=appointment,
        person_id=appointment.person_id,
        prison_id=appointment.prison_id,
        why=why,
        by=by,
        at=timezone.now(),
        **before,
    )
    audit.record(by=by, action="appointment.moved", target=appointment, changed=sorted(changed), anyway=bool(anyway))
    return appointment


@transaction.atomic
def call_off(*, appointment, why, by):
    """Take a session out of the diary that will not be held, and say why. The same again changes nothing."""
    appointment = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    if appointment.called_off_at:
        return appointment
    appointment = Appointment.objects.owed(appointment)
    appointment.called_off_at, appointment.called_off_by, appointment.called_off_why = timezone.now(), by, why
    appointment.full_clean()
    appointment.save(update_fields=["called_off_at", "called_off_by", "called_off_why"])
    audit.record(by=by, action="appointment.called_off", target=appointment)
    return appointment


@transaction.atomic
def leave(*, spells, at, by):
    """People left: what was still planned with them is called off, and what else stood in their days is withdrawn."""
    people, prisons = {spell.person_id for spell in spells}, {spell.prison_id for spell in spells}
    theirs = {"person__in": people, "prison__in": prisons}
    planned = Appointment.objects.standing().filter(**theirs, at__gt=at)
    keys = list(planned.select_for_update().values_list("pk", flat=True))
    why = "The person left the prison."
    Appointment.objects.filter(pk__in=keys).update(called_off_at=at, called_off_by=by, called_off_why=why)
    others = Commitment.objects.filter(**theirs, withdrawn_at=None, starts_at__gt=at)
    withdrawn = others.update(withdrawn_at=at, withdrawn_by=by)
    if keys or withdrawn:
        audit.record(
            by=by, action="appointment.left", prison=spells[0].prison, appointments=keys, commitments=withdrawn
        )


def _is_to_come(at, now):
    if not now <= at <= now + FURTHEST:
        raise ValidationError(
            {"at": "Give a time from now on, within a year. What is over is written up, not planned."}
        )


def _fits(appointment, by, anyway, *, room_of):
    """Nobody else has the room (of ``room_of``, if it is to be asked), and nothing else stands against it or that is to be set aside."""
    taken, errors = conflicts.of_room(room_of, by) if room_of else [], {}
    if taken:
        errors["room"] = [f"{one} Choose another room, or another time." for one in taken]
    if not anyway:
        conflicts.mark([appointment], by)
        others = [one for one in appointment.conflicts if one not in taken]
        errors |= {"at": [ValidationError(one, code=CONFLICT) for one in others]} if others else {}
    if errors:
        raise ValidationError(errors)
