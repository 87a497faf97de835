"""Opening, allocating and closing cases."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Absence, Allocation, Case, CustodySpell, User
from casework.queries import restrictions

ANY = object()


@transaction.atomic
def open(*, person, spell, opened_on, by, worker=None, nonce=None):
    """Open a case for ``person`` in ``spell``, held by ``worker`` where one is named, linked to his previous case here."""
    nonce = nonce or uuid.uuid4()
    if made := Case.objects.made_once(nonce):
        return made
    spell = CustodySpell.objects.select_for_update(no_key=True).get(pk=spell.pk, person=person)
    _check_spell(spell, opened_on)
    case = Case(
        person=person,
        prison_id=spell.prison_id,
        spell=spell,
        previous=Case.objects.filter(person=person, prison_id=spell.prison_id).first(),
        opened_on=opened_on,
        opened_by=by,
        nonce=nonce,
    )
    case.full_clean()
    case.save()
    audit.record(by=by, action="case.opened", target=case, opened_on=opened_on, previous=case.previous_id)
    if worker:
        allocate(case=case, worker=worker, by=by)
    return case


def _check_spell(spell, opened_on):
    if spell.ended_at:
        raise ValidationError("This person has left the prison, so no case can be opened.")
    if opened_on < spell.received_on:
        day = f"{spell.received_on:%-d %B %Y}"
        raise ValidationError({"opened_on": f"A case opens on or after the day the person was received, {day}."})
    if opened_on > timezone.localdate():
        raise ValidationError({"opened_on": "A case cannot open in the future."})


@transaction.atomic
def allocate(*, case, worker, by, reason="", seen=ANY):
    """Give ``case`` to ``worker`` from now on; who held it before holds it no more.

    ``seen``: key of the allocation that the user was looking at (None: nobody held it). If somebody else allocated the case since, it
    is refused. The same worker again changes nothing.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        raise ValidationError("This case is closed, so nobody can hold it.")
    former = case.allocations.filter(until_at=None).select_related("worker").first()
    if former and former.worker_id == worker.pk:
        return former
    if seen is not ANY and seen != (former and former.pk):
        raise ValidationError(_moved_meanwhile(former), code="stale")
    _check_worker(worker, case)
    now = timezone.now()
    if former:
        former.until_at = now
        former.save(update_fields=["until_at"])
    allocation = Allocation(case=case, prison_id=case.prison_id, worker=worker, reason=reason, from_at=now, made_by=by)
    allocation.full_clean()
    allocation.save()
    audit.record(by=by, action="case.allocated", target=case, worker=worker, former=former and former.worker_id)
    return allocation


def _moved_meanwhile(former):
    holder = former.worker.full_name if former else "nobody"
    return f"Somebody else changed who holds this case while you had it open: now it is {holder}. Choose again if that is wrong."


def _check_worker(worker, case):
    worker = User.objects.caseworkers().filter(pk=worker.pk, prison_id=case.prison_id).first()
    if worker is None:
        raise ValidationError({"worker": "Choose somebody who works on this team now."})
    if not restrictions.may_see(worker, case.person_id):
        raise ValidationError(
            {"worker": f"This record is restricted and does not name {worker.full_name}. Name them first."}
        )
    today = timezone.localdate()
    away = Absence.objects.filter(user=worker, withdrawn_at=None, from_on__lte=today, until_on__gte=today)
    if absence := away.order_by("-until_on").first():
        day = f"{absence.until_on:%-d %B %Y}"
        raise ValidationError({"worker": f"{worker.full_name} is away until {day}. Choose somebody who is here."})


@transaction.atomic
def close(*, case, reason, closed_on, by):
    """Close ``case`` for a coded ``reason``; whoever held it holds it no more. The same again changes nothing."""
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        if (case.closed_on, case.close_reason) == (closed_on, reason):
            return case
        raise ValidationError(f"This case was already closed, on {case.closed_on:%-d %B %Y}.")
    if closed_on < case.opened_on:
        day = f"{case.opened_on:%-d %B %Y}"
        raise ValidationError({"closed_on": f"A case closes on or after the day it was opened, {day}."})
    if closed_on > timezone.localdate():
        raise ValidationError({"closed_on": "A case cannot close in the future."})
    case.closed_on, case.close_reason, case.closed_by = closed_on, reason, by
    case.full_clean()
    case.save(update_fields=["closed_on", "close_reason", "closed_by"])
    case.allocations.filter(until_at=None).update(until_at=timezone.now())
    audit.record(by=by, action="case.closed", target=case, closed_on=closed_on, reason=reason)
    return case
