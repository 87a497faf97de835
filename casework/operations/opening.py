"""Records opened outside one's own work: the reason given, and the manager who read it."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import RecordAccess


@transaction.atomic
def give_reason(*, person, reason, by, nonce=None):
    """Open the record of ``person`` to ``by`` for three hours, for a ``reason`` that a manager reads."""
    nonce = nonce or uuid.uuid4()
    if made := RecordAccess.objects.made_once(nonce):
        return made
    now = timezone.now()
    access = RecordAccess(
        person=person,
        prison_id=by.prison_id,
        user=by,
        reason=reason,
        from_at=now,
        until_at=now + timedelta(hours=RecordAccess.HOURS),
        nonce=nonce,
    )
    access.full_clean()
    access.save()
    audit.record(by=by, action="record.opened_for_a_reason", target=access, until=access.until_at)
    return access


@transaction.atomic
def read(*, openings, by):
    """Mark ``openings`` as read by a manager; those that were read already stay as they are. How many were marked."""
    rows = RecordAccess.objects.select_for_update(no_key=True).filter(pk__in=[row.pk for row in openings], read_at=None)
    keys = sorted(rows.values_list("pk", flat=True))
    RecordAccess.objects.filter(pk__in=keys).update(read_at=timezone.now(), read_by=by)
    audit.record(by=by, action="record.openings_read", openings=keys)
    return len(keys)
