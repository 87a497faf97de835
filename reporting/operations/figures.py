"""Having a month's figures computed, and keeping what was computed."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from reporting.models import MonthlyFigures, MonthlyPeople

State = MonthlyFigures.State


@transaction.atomic
def ask(*, prison, month, by):
    """Have the figures of ``month`` computed, again if they were before: the next sweep does it. Asking twice is asking once."""
    if not month.has_begun:
        raise ValidationError(f"{month.name} has not begun.")
    asked = {"asked_at": timezone.now(), "asked_by": by}
    row, made = MonthlyFigures.objects.get_or_create(prison=prison, month=month.first, defaults=asked)
    row = MonthlyFigures.objects.select_for_update().get(pk=row.pk)
    if not made and row.is_awaited:
        return row
    row.state, row.attempts, row.progress = State.WAITING, 0, 0
    row.asked_at, row.asked_by = asked.values()
    row.save()
    audit.record(by=by, action="figures.asked", target=row, month=str(month))
    return row


@transaction.atomic
def claim(*, figures_id, by):
    """Begin one attempt at a waiting month, counted before anything can go wrong; None when there is nothing to do."""
    waiting = MonthlyFigures.objects.waiting().select_for_update(skip_locked=True, of=["self"])
    row = waiting.select_related("prison").filter(pk=figures_id).first()
    if row:
        row.attempts += 1
        row.progress = 0
        row.save(update_fields=["attempts", "progress"])
        audit.record(by=by, action="figures.begun", target=row, attempt=row.attempts)
    return row


@transaction.atomic
def advance(*, figures_id, progress, by):
    """Note how much of a waiting month is done, in per cent."""
    row = MonthlyFigures.objects.select_for_update().get(pk=figures_id)
    if row.state == State.WAITING:
        row.progress = progress
        row.save(update_fields=["progress"])
        audit.record(by=by, action="figures.advanced", target=row, progress=progress)


@transaction.atomic
def keep(*, figures_id, figures, by, people=None):
    """Keep what was computed, unless another worker has done so meanwhile. ``people``: whose records were counted (``MonthlyPeople``)."""
    row = MonthlyFigures.objects.select_for_update().get(pk=figures_id)
    if row.state != State.COMPUTED:
        row.state, row.progress, row.figures, row.computed_at = State.COMPUTED, 100, figures, timezone.now()
        row.save()
        counts = {"counts": people or {}, "prison": row.prison}
        MonthlyPeople.objects.update_or_create(figures=row, defaults=counts)
        audit.record(by=by, action="figures.computed", target=row)


@transaction.atomic
def give_up(*, figures_id, by):
    """After the last attempt a month waits for a person to ask again."""
    row = MonthlyFigures.objects.exhausted().select_for_update().filter(pk=figures_id).first()
    if row:
        row.state = State.FAILED
        row.save(update_fields=["state"])
        audit.record(by=by, action="figures.failed", target=row)
