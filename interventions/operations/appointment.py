"""Sessions that are meant to be held: planned, called off, owed until they are written up."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import CustodySpell
from interventions.models import Appointment

FURTHEST = timedelta(days=366)


@transaction.atomic
def plan(*, person, type, at, by, minutes=None, place="", worker=None, nonce=None):
    """Put a session of ``worker`` (``by`` himself unless named) with ``person`` in the diary, at a moment still to come."""
    nonce = nonce or uuid.uuid4()
    if made := Appointment.objects.made_once(nonce):
        return made
    worker, now = worker or by, timezone.now()
    if not now <= at <= now + FURTHEST:
        raise ValidationError(
            {"at": "Give a time from now on, within a year. What is over is written up, not planned."}
        )
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
        made_by=by,
        made_at=now,
        nonce=nonce,
    )
    appointment.full_clean()
    appointment.save()
    audit.record(by=by, action="appointment.planned", target=appointment, type=type.code, worker=worker)
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
    """People left: what was still planned with them is called off."""
    people, prisons = {spell.person_id for spell in spells}, {spell.prison_id for spell in spells}
    planned = Appointment.objects.standing().filter(person__in=people, prison__in=prisons, at__gt=at)
    keys = list(planned.select_for_update().values_list("pk", flat=True))
    why = "The person left the prison."
    Appointment.objects.filter(pk__in=keys).update(called_off_at=at, called_off_by=by, called_off_why=why)
    if keys:
        audit.record(by=by, action="appointment.left", prison=spells[0].prison, appointments=keys)
