"""Bringing in a roll: uploaded, read for a preview, confirmed, made live in one transaction."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.formats.roll import RollRefused
from casework.models import (
    Alert,
    CustodySpell,
    FormerNumber,
    LegalStatus,
    Location,
    Movement,
    Person,
    Prison,
    ReleaseDate,
    RollImport,
)
from casework.operations import person
from casework.queries import roll_person, roll_plan
from casework.queries.roll_known import Known

State = RollImport.State
# Model → the fields that an import may change in rows that are there.
CHANGES = {
    Person: ["number", *roll_person.WRITTEN],
    FormerNumber: ["prison_ids"],
    CustodySpell: [
        "booking",
        "book_number",
        "received_on",
        "off_roll_on",
        "ended_at",
        "end",
        "end_reason",
        "ended_by",
    ],
    Location: ["wing", "until_at"],
    LegalStatus: ["until_at"],
    ReleaseDate: ["superseded_at"],
    Alert: ["until_at"],
}
NEW = [Person, FormerNumber, CustodySpell, Location, LegalStatus, ReleaseDate, Alert, Movement]
OVERTAKEN = "A newer roll has been imported since this one was uploaded. Upload the newest one."


@transaction.atomic
def upload(*, prison, filename, content, by, at, nonce):
    """Keep a roll file until it has been read and confirmed. The next sweep reads it."""
    if made := RollImport.objects.made_once(nonce):
        return made
    made = RollImport.objects.create(
        prison=prison, nonce=nonce, filename=filename[-120:], content=content, uploaded_by=by, uploaded_at=at
    )
    audit.record(by=by, action="roll.uploaded", target=made)
    return made


@transaction.atomic
def begin(*, import_id, by):
    """Count an attempt at the next step of an import, before it is made: whatever kills a worker kills it five times only."""
    row = RollImport.objects.waiting().select_for_update(skip_locked=True).filter(pk=import_id).first()
    if row:
        row.attempts += 1
        row.progress = 60 if row.state == State.CONFIRMED else 10
        row.save(update_fields=["attempts", "progress"])
        audit.record(by=by, action="roll.begun", target=row, attempt=row.attempts)
    return row


@transaction.atomic
def proceed(*, import_id, at, by):
    """Take an import its next step: preview what was uploaded, make live what was confirmed, on behalf of who uploaded it."""
    rows = RollImport.objects.filter(state__in=RollImport.IN_HAND).select_for_update(skip_locked=True, of=("self",))
    row = rows.select_related("prison", "uploaded_by").filter(pk=import_id).first()
    if row is None:
        return
    try:
        if row.state == State.CONFIRMED:
            _import(row, at)
        else:
            _preview(row, at)
    except RollRefused as refusal:
        _finish(row, State.REFUSED, at, row.report | {"refusal": str(refusal)})
        audit.record(by=row.uploaded_by, action="roll.refused", target=row)


@transaction.atomic
def confirm(*, import_id, accept_shrink, by):
    """Say that what the preview showed shall become live. The next sweep does it."""
    row = RollImport.objects.select_for_update().get(pk=import_id)
    if row.state in (State.CONFIRMED, State.DONE):
        return row
    if row.state != State.PREVIEWED:
        raise ValidationError("This roll is not waiting to be confirmed.")
    if _newer(row):
        raise ValidationError(OVERTAKEN)
    if row.report["shrinks"] and not accept_shrink:
        raise ValidationError({"accept_shrink": "Tick the box if that many people really left. If not, cancel."})
    row.state, row.accept_shrink, row.attempts = State.CONFIRMED, accept_shrink, 0
    row.save(update_fields=["state", "accept_shrink", "attempts"])
    audit.record(by=by, action="roll.confirmed", target=row, accept_shrink=accept_shrink)
    return row


@transaction.atomic
def cancel(*, import_id, at, by):
    """Put a roll away that is not to be imported."""
    row = RollImport.objects.select_for_update().get(pk=import_id)
    if row.state in (State.DONE, State.REFUSED):
        raise ValidationError("This roll cannot be cancelled any more.")
    if row.state != State.CANCELLED:
        _finish(row, State.CANCELLED, at, {})
        audit.record(by=by, action="roll.cancelled", target=row)
    return row


@transaction.atomic
def bring(*, prison, filename, content, accept_shrink, at, by):
    """Import a roll at once, without a preview. Raises RollRefused, and then nothing is kept."""
    row = RollImport.objects.create(
        prison=prison,
        filename=filename[-120:],
        content=content,
        state=State.CONFIRMED,
        accept_shrink=accept_shrink,
        uploaded_by=by,
        uploaded_at=at,
    )
    _import(row, at)
    audit.record(by=by, action="roll.brought", target=row)
    return row


def _preview(row, at):
    found = roll_plan.read(bytes(row.content), row.prison, timezone.localdate(at))
    known = Known(found, row.prison)
    shrinks = roll_plan.shrinks(found, known)
    plan = roll_plan.Plan(found, known, by=row.uploaded_by, at=at)
    row.state, row.progress, row.report = State.PREVIEWED, 50, plan.report.as_dict() | {"shrinks": shrinks}
    row.save(update_fields=["state", "progress", "report"])
    audit.record(by=row.uploaded_by, action="roll.previewed", target=row)


def _import(row, at):
    """Make one roll live. Rolls of one prison wait for each other here."""
    prison = Prison.objects.select_for_update(no_key=True).get(pk=row.prison_id)
    if _newer(row):
        raise RollRefused(OVERTAKEN)
    found = roll_plan.read(bytes(row.content), prison, timezone.localdate(at))
    known = Known(found, prison, lock=True)
    shrinks = roll_plan.shrinks(found, known)
    if shrinks and not row.accept_shrink:
        raise RollRefused(shrinks)
    joined = [[removed.number, kept.number] for removed, kept in known.joined]
    if joined:
        for removed, kept in known.joined:
            person.merge(removed=removed, kept=kept, at=at, by=row.uploaded_by, prison=prison)
        known = Known(found, prison, lock=True)
    plan = roll_plan.Plan(found, known, by=row.uploaded_by, at=at)
    _write(plan)
    dated = {row.spell_id for row in [*plan.new[ReleaseDate], *plan.changed[ReleaseDate].values()]}
    if dated := dated - {spell.pk for spell in plan.left}:
        events.release_dates_changed.send(sender=ReleaseDate, spells=dated, by=row.uploaded_by, at=at)
    if plan.left:
        events.spells_ended.send(sender=CustodySpell, spells=plan.left, by=row.uploaded_by, at=at)
    report = plan.report.as_dict() | {"shrinks": shrinks}
    report["merges"] = joined + report["merges"]
    _finish(row, State.DONE, at, report)
    moved = {kind: told["count"] for kind, told in report["movements"].items()}
    audit.record(by=row.uploaded_by, action="roll.imported", target=row, movements=moved, on_file=report["on_file"])


def _write(plan):
    """Carry out a plan: one statement for each model that changes and one for each that grows.

    What is there is changed by inserting it again over itself, which takes one pass; an update with a case for each row takes
    a time that grows with the square.
    """
    for model, fields in CHANGES.items():
        rows = plan.changed[model].values()
        if rows:
            model.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields)
    for model in NEW:
        model.objects.bulk_create(plan.new[model])


def _newer(row):
    """Whether a roll that was uploaded after this one has become live."""
    done = RollImport.objects.filter(prison_id=row.prison_id, state=State.DONE)
    return done.filter(uploaded_at__gt=row.uploaded_at).exists()


def _finish(row, state, at, report):
    row.state, row.report, row.content, row.progress, row.finished_at = state, report, b"", 100, at
    row.save(update_fields=["state", "report", "content", "progress", "finished_at"])
