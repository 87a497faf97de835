"""Who holds a case, and who works it beside him. A case goes from one to another; bulk moves are done whole or not at all."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Absence, Allocation, Case, CoWorker, User
from casework.queries import restrictions

ANY = object()
CLOSED = "This case is closed, so nobody can hold it."


@transaction.atomic
def allocate(*, case, worker, by, reason=None, suggested=None, seen=ANY):
    """Give ``case`` to ``worker`` from now on; who held it before holds it no more.

    ``suggested``: whom the product proposed, if anybody; ``reason``: why it is somebody else, or somebody who is full (None where
    nobody was asked). ``seen``: key of the allocation that the user was looking at (None: nobody held it). If somebody else
    allocated the case since, it is refused. The same worker again changes nothing.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        raise ValidationError(CLOSED)
    former = case.allocations.filter(until_at=None).select_related("worker").first()
    if former and former.worker_id == worker.pk:
        return former
    if seen is not ANY and seen != (former and former.pk):
        raise ValidationError(_moved_meanwhile(former), code="stale")
    worker = _check_worker(worker, case, by)
    if reason == "":
        _ask_why(worker, suggested)
    made = _give(case, former, worker, suggested, reason or "", by)
    audit.record(by=by, action="case.allocated", target=case, **_told(made, former))
    return made


def _told(made, former):
    """What the trail keeps of an allocation."""
    detail = {"worker": made.worker_id, "former": former and former.worker_id}
    if made.suggested_id and made.suggested_id != made.worker_id:
        detail["suggested"] = made.suggested_id
    return detail


def _moved_meanwhile(former):
    holder = former.worker.full_name if former else "nobody"
    return f"Somebody else changed who holds this case while you had it open: now it is {holder}. Choose again if that is wrong."


def _ask_why(worker, suggested):
    """Nobody said why: fine where the proposal was taken and has room."""
    if suggested and suggested.pk != worker.pk:
        raise ValidationError(
            {"reason": f"{suggested.full_name} is suggested. Say why it shall be {worker.full_name}."}
        )
    held = Allocation.objects.filter(worker=worker, until_at=None).count()
    if held >= worker.capacity:
        said = f"{worker.full_name} holds {held} of {worker.capacity} cases already. Say why it shall be one more."
        raise ValidationError({"reason": said})


def _give(case, former, worker, suggested, reason, by):
    now = timezone.now()
    if former:
        former.until_at = now
        former.save(update_fields=["until_at"])
    case.co_workers.filter(worker=worker, until_at=None).update(until_at=now, ended_by=by)
    made = Allocation(
        case=case,
        prison_id=case.prison_id,
        worker=worker,
        suggested=suggested,
        reason=reason,
        from_at=now,
        made_by=by,
    )
    made.full_clean()
    made.save()
    return made


def _check_worker(worker, case, by, field="worker"):
    """The worker as he is now, unless he left the team, is away, or may not see the record."""
    name, worker = worker.full_name, _here(worker, case.prison_id, field)
    if not restrictions.may_see(worker, case.person_id):
        raise ValidationError({field: f"This record is restricted and does not name {name}. Choose somebody it names."})
    return worker


def _here(worker, prison_id, field):
    found = User.objects.caseworkers().filter(pk=worker.pk, prison_id=prison_id).first()
    if found is None:
        raise ValidationError({field: "Choose somebody who works on this team now."})
    today = timezone.localdate()
    away = Absence.objects.filter(user=found, withdrawn_at=None, from_on__lte=today, until_on__gte=today)
    if absence := away.order_by("-until_on").first():
        day = f"{absence.until_on:%-d %B %Y}"
        raise ValidationError({field: f"{found.full_name} is away until {day}. Choose somebody who is here."})
    return found


@dataclass(frozen=True)
class Move:
    """One case of a bulk move: the allocation that ends, who holds the case from now on, and whom the product proposed."""

    allocation_id: int
    worker: User
    suggested: User | None = None


@transaction.atomic
def reallocate(*, worker, moves, reason, by, override="", leave_co_work=False):
    """Give cases of ``worker`` to others: all ``moves`` or none. Where one goes against its proposal, ``override`` says why.

    Refused, with code "stale", if somebody else moved one of them meanwhile; a worker who cannot take his is refused beside his row,
    ``to_<key of the allocation>``. ``leave_co_work``: he is nobody's co-worker any more either.
    """
    keys = [move.allocation_id for move in moves]
    cases = (
        Case.objects.filter(allocations__in=keys, closed_on=None)
        .order_by("pk")
        .select_for_update(no_key=True, of=["self"])
    )
    cases = {case.pk: case for case in cases}
    held = Allocation.objects.filter(pk__in=keys, worker=worker, until_at=None, case__in=cases)
    held = {former.pk: former for former in held.select_related("case")}
    if len(held) < len(set(keys)):
        raise ValidationError(
            "Somebody else moved some of these cases while you had the page open. Nothing was saved: look again.",
            code="stale",
        )
    _check_moves(moves, held, by)
    for move in moves:
        former, own = held[move.allocation_id], bool(move.suggested and move.suggested.pk != move.worker.pk)
        why = f"{reason}. {override}" if override and own else reason
        made = _give(former.case, former, move.worker, move.suggested, why[:200], by)
        audit.record(by=by, action="case.allocated", target=former.case, **_told(made, former))
    beside = CoWorker.objects.filter(worker=worker, until_at=None) if leave_co_work else CoWorker.objects.none()
    left = beside.update(until_at=timezone.now(), ended_by=by)
    audit.record(by=by, action="staff.cases_moved", target=worker, cases=len(moves), co_work=left)
    return len(moves)


def _check_moves(moves, held, by):
    """Every worker who cannot take his case is told of, each beside his row."""
    errors = {}
    for move in moves:
        field = f"to_{move.allocation_id}"
        try:
            _check_worker(move.worker, held[move.allocation_id].case, by, field)
        except ValidationError as error:
            errors |= error.error_dict
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def add_co_worker(*, case, worker, by, reason=""):
    """From now on ``worker`` works ``case`` beside who holds it. The same again changes nothing."""
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        raise ValidationError(CLOSED)
    if row := case.co_workers.filter(worker=worker, until_at=None).first():
        return row
    worker = _check_worker(worker, case, by)
    if case.allocations.filter(worker=worker, until_at=None).exists():
        raise ValidationError({"worker": f"{worker.full_name} holds the case already."})
    row = CoWorker(
        case=case,
        person_id=case.person_id,
        prison_id=case.prison_id,
        worker=worker,
        reason=reason,
        from_at=timezone.now(),
        made_by=by,
    )
    row.full_clean()
    row.save()
    audit.record(by=by, action="case.co_worker_added", target=row, case=case.pk, worker=worker)
    return row


@transaction.atomic
def end_co_worker(*, co_worker, by):
    """Somebody works a case no more beside who holds it. The same again changes nothing."""
    row = CoWorker.objects.select_for_update(no_key=True).get(pk=co_worker.pk)
    if row.until_at is None:
        row.until_at, row.ended_by = timezone.now(), by
        row.save(update_fields=["until_at", "ended_by"])
        audit.record(by=by, action="case.co_worker_ended", target=row, case=row.case_id, worker=row.worker_id)
    return row
