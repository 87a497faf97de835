"""Merging two records by hand: a manager asks, the system does it, because it sees the rows of every prison."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import PersonMerge
from casework.operations import person

State = PersonMerge.State


@transaction.atomic
def ask(*, removed, kept, reason, by, nonce):
    """Ask that two records become one, under the number of ``kept``. The next sweep does it."""
    if made := PersonMerge.objects.made_once(nonce):
        return made
    _check(removed, kept)
    row = PersonMerge(
        prison=by.prison, removed=removed, kept=kept, reason=reason, asked_by=by, asked_at=timezone.now(), nonce=nonce
    )
    row.full_clean()
    row.save()
    audit.record(by=by, action="merge.asked", target=row, person=kept, removed=removed.pk)
    return row


@transaction.atomic
def ask_undo(*, merge, why, by):
    """Ask that a merge be undone. The next sweep does it, or says why it cannot be."""
    row = PersonMerge.objects.select_for_update().get(pk=merge.pk)
    if row.state in (State.UNDO_ASKED, State.UNDONE):
        return row
    if row.state != State.DONE:
        raise ValidationError("These records are not merged.")
    row.state, row.undo_why, row.undo_by, row.undo_at = State.UNDO_ASKED, why, by, timezone.now()
    row.refusal, row.attempts = "", 0
    row.full_clean(validate_constraints=False)
    row.save()
    audit.record(by=by, action="merge.undo_asked", target=row, person=row.kept)
    return row


@transaction.atomic
def are_two(*, removed, kept, reason, by, nonce):
    """Two records that look alike are two people: they are not offered as a pair again."""
    if made := PersonMerge.objects.made_once(nonce):
        return made
    _check(removed, kept)
    values = {"prison": by.prison, "removed": removed, "kept": kept, "reason": reason, "nonce": nonce}
    row = PersonMerge(state=State.TWO_PEOPLE, asked_by=by, asked_at=timezone.now(), **values)
    row.full_clean()
    row.save()
    audit.record(by=by, action="merge.two_people", target=row, person=kept, other=removed.pk)
    return row


@transaction.atomic
def begin(*, merge_id, by):
    """Count an attempt before it is made: whatever kills a worker kills it five times only."""
    row = PersonMerge.objects.waiting().select_for_update(skip_locked=True).filter(pk=merge_id).first()
    if row:
        row.attempts += 1
        row.save(update_fields=["attempts"])
        audit.record(by=by, action="merge.begun", target=row, attempt=row.attempts)
    return row


@transaction.atomic
def proceed(*, merge_id, at, by):
    """Do what was asked, on behalf of who asked; where it cannot be done, the row says why and nothing has changed."""
    rows = PersonMerge.objects.filter(state__in=PersonMerge.IN_HAND).select_for_update(skip_locked=True, of=("self",))
    row = rows.select_related("removed", "kept", "asked_by", "undo_by", "prison").filter(pk=merge_id).first()
    if row is None:
        return
    undoing = row.state == State.UNDO_ASKED
    try:
        with transaction.atomic():
            if undoing:
                person.unmerge(asked=row, at=at, by=row.undo_by)
            else:
                person.merge(removed=row.removed, kept=row.kept, at=at, by=row.asked_by, asked=row)
    except ValidationError as error:
        row.state, row.refusal = (State.DONE if undoing else State.REFUSED), " ".join(error.messages)[:300]
        row.save(update_fields=["state", "refusal"])
        audit.record(by=by, action="merge.refused", target=row, undoing=undoing)
        return
    audit.record(by=by, action="merge.proceeded", target=row, undoing=undoing)


def _check(removed, kept):
    if removed.pk == kept.pk:
        raise ValidationError("Choose two different records.")
    if removed.merged_into_id or kept.merged_into_id:
        raise ValidationError("These two records are one already.")
