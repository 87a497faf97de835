"""Who must not meet whom. The trail says that it was recorded, of each of the two by himself: never who the other is."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import KeepApart, Person


@transaction.atomic
def record(*, person, other, scope, reason, said_by, from_on, by, nonce=None):
    """Keep ``person`` and ``other`` apart from ``from_on`` until somebody says that they may meet."""
    nonce = nonce or uuid.uuid4()
    if made := KeepApart.objects.made_once(nonce):
        return made
    first, second = sorted([person, other], key=lambda one: one.pk)
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=[first.pk, second.pk]).order_by("pk"))
    _check(first, second, from_on, by)
    made = KeepApart(
        person=first,
        other=second,
        prison_id=by.prison_id,
        scope=scope,
        reason=reason,
        said_by=said_by,
        from_on=from_on,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    for one in (first, second):
        audit.record(by=by, action="keep_apart.recorded", target=one, scope=scope, reason=reason)
    return made


def _check(first, second, from_on, by):
    if first.pk == second.pk:
        raise ValidationError({"number": "This is the same person. Give the number of the other one."})
    if KeepApart.objects.current().filter(person=first, other=second, prison_id=by.prison_id).exists():
        raise ValidationError({"number": "These two are kept apart already."})
    if from_on > timezone.localdate():
        raise ValidationError({"from_on": "It cannot begin in the future."})
    for one in (first, second):
        if one.date_of_birth and from_on < one.date_of_birth:
            raise ValidationError({"from_on": f"{one.name} was born on {one.date_of_birth:%-d %B %Y}."})


@transaction.atomic
def end(*, keep_apart, said_by, why, by):
    """Let two people meet again from today on. The same again changes nothing."""
    row = KeepApart.objects.select_for_update(no_key=True, of=("self",)).select_related("person", "other")
    row = row.get(pk=keep_apart.pk)
    if row.ended_on:
        if (row.ended_by_id, row.end_said_by, row.end_why) == (by.pk, said_by, why):
            return row
        raise ValidationError(f"This ended already, on {row.ended_on:%-d %B %Y}.")
    row.ended_on, row.ended_by, row.end_said_by, row.end_why = timezone.localdate(), by, said_by, why
    row.save(update_fields=["ended_on", "ended_by", "end_said_by", "end_why"])
    for one in (row.person, row.other):
        audit.record(by=by, action="keep_apart.ended", target=one, scope=row.scope)
    return row
