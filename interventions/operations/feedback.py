"""Feedback sheets: a pile typed in, and words chosen for reports. Nothing here knows whose a sheet was."""

import secrets
import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.formats import numbers
from interventions.models import FeedbackSheet, GroupSession
from interventions.queries import feedback as queries


@transaction.atomic
def enter(*, sheets, by, session=None, month=None, nonce=None):
    """Type in a pile of sheets from ``session``, or of a ``month`` (its first day), in no order. Returns how many.

    A sheet: its ratings, its ``words``, whether they are ``quotable``. The trail says who typed how many. No more than came can have filled
    one in. Where fewer than ``queries.FEW`` came, nothing that is kept ties a sheet to the session.
    """
    nonce = nonce or uuid.uuid4()
    if FeedbackSheet.objects.made_once(nonce):
        return 0
    if session:
        session, month = _of_session(session, len(sheets))
    if month > timezone.localdate():
        raise ValidationError({"month": "This month has not begun."})
    rows = [FeedbackSheet(prison_id=by.prison_id, session=session, month=month, **sheet) for sheet in sheets]
    secrets.SystemRandom().shuffle(rows)  # The order of a pile could tell who handed in which.
    rows[0].nonce = nonce
    for row in rows:
        row.full_clean()
    FeedbackSheet.objects.bulk_create(rows)
    audit.record(by=by, action="feedback.entered", target=session, prison=by.prison, month=month, sheets=len(rows))
    return len(rows)


def _of_session(session, count):
    """The session that ``count`` sheets are kept with, None where few came, and its month."""
    session = GroupSession.objects.select_for_update(no_key=True, of=["self"]).get(pk=session.pk)
    if session.period.lower > timezone.now():
        raise ValidationError("This session has not begun, so no sheet can have come back.")
    came, before = queries.attended(session), FeedbackSheet.objects.filter(session=session).count()
    if came is not None and before + count > came:
        already = f"{before} typed in already and " if before else ""
        raise ValidationError(f"{came} came, and these are {already}{count} sheets. Was the pile typed in twice?")
    month = timezone.localdate(session.period.lower).replace(day=1)
    return (None if came is not None and came < queries.FEW else session), month


@transaction.atomic
def choose(*, sheet, chosen, by):
    """Let the words of a sheet stand in reports, or take them out again. The same again changes nothing."""
    sheet = FeedbackSheet.objects.select_for_update(no_key=True, of=["self"]).get(pk=sheet.pk)
    if chosen == bool(sheet.chosen_at):
        return sheet
    if chosen:
        _check(sheet)
    sheet.chosen_at, sheet.chosen_by = (timezone.now(), by) if chosen else (None, None)
    sheet.save(update_fields=["chosen_at", "chosen_by"])
    audit.record(by=by, action="feedback.quote_chosen" if chosen else "feedback.quote_taken_out", target=sheet)
    return sheet


def _check(sheet):
    if not sheet.words or not sheet.quotable:
        raise ValidationError("Whoever wrote this did not say that it may be used.")
    if numbers.prison_numbers_in(sheet.words) or queries.names_somebody(sheet):
        raise ValidationError("These words name somebody, so they cannot stand in a report.")
