"""What else stands in somebody's day: noted as staff hear of it, withdrawn where it was wrong or has moved."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import CustodySpell
from interventions.models import Commitment

FURTHEST = timedelta(days=366)


@transaction.atomic
def note(*, person, kind, starts_at, ends_at, said_by, by, nonce=None):
    """Write down that ``person`` is taken from ``starts_at`` to ``ends_at``, and who said so."""
    nonce = nonce or uuid.uuid4()
    if made := Commitment.objects.made_once(nonce):
        return made
    spells = CustodySpell.objects.current().filter(person=person, prison=by.prison_id)
    spell = spells.select_for_update(of=["self"], no_key=True).first()
    if spell is None:
        raise ValidationError(f"{person.name} is not in this prison now.")
    if ends_at <= starts_at:
        raise ValidationError({"ends": "Give a time after it begins."})
    now = timezone.now()
    if not now <= ends_at <= now + FURTHEST:
        raise ValidationError({"on": "Give a time that is not over yet, within a year."})
    row = Commitment(
        person_id=spell.person_id,
        prison_id=spell.prison_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        said_by=said_by,
        recorded_by=by,
        recorded_at=now,
        nonce=nonce,
    )
    row.full_clean()
    row.save()
    audit.record(by=by, action="commitment.noted", target=row, kind=kind)
    return row


@transaction.atomic
def withdraw(*, commitment, by):
    """Take back what was wrong or has moved. The same again changes nothing."""
    row = Commitment.objects.select_for_update(no_key=True).get(pk=commitment.pk)
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = timezone.now(), by
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(by=by, action="commitment.withdrawn", target=row, kind=row.kind)
    return row
