"""Making the minutes of a meeting that was closed, as files."""

import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from partners.formats import minutes as formats
from partners.models import MeetingMinutes
from partners.queries import minutes as queries

State = MeetingMinutes.State
GIVEN_UP = (
    f"The minutes could not be built in {MeetingMinutes.MOST_ATTEMPTS} attempts. Try again, and tell the administrator if that"
    " does not help."
)


@transaction.atomic
def claim(*, minutes_id, by):
    """Count an attempt to build waiting minutes, before it is made. False where there is nothing to build, or it has failed too often."""
    row = _waiting(minutes_id)
    if row is None:
        return False
    if given_up := row.attempts >= row.MOST_ATTEMPTS:
        row.state, row.failure = State.FAILED, GIVEN_UP
    else:
        row.attempts, row.progress = row.attempts + 1, 20
    row.save(update_fields=["state", "failure", "attempts", "progress"])
    audit.record(
        by=by, action="minutes.given_up" if given_up else "minutes.attempted", target=row, attempts=row.attempts
    )
    return not given_up


@transaction.atomic
def build(*, minutes_id, by, at=None):
    """Gather and typeset waiting minutes, unless another worker does or has done so: of an agency's people as it may hear of them now.

    ``by`` is the system, who sees everybody: whoever closed the meeting may not.
    """
    row = _waiting(minutes_id)
    if row is None:
        return
    built_at = at or timezone.now()
    row.content, row.items = queries.compose(row)
    try:
        pdf = formats.typeset(row.content, made_at=built_at)
    except formats.PackError as error:
        row.state, row.failure, row.progress, row.items = State.FAILED, str(error), 0, []
    else:
        row.state, row.progress, row.built_at = State.BUILT, 100, built_at
        row.pdf, row.sha256 = pdf, hashlib.sha256(pdf).hexdigest()
    row.save(update_fields=["state", "failure", "progress", "built_at", "pdf", "sha256", "content", "items"])
    audit.record(by=by, action=f"minutes.{row.state.lower()}", target=row, number=row.number, sha256=row.sha256)


@transaction.atomic
def again(*, minutes, by, at=None):
    """Have minutes made again under the next number, without whomever the agency may not hear of any more; or, where that failed, tried
    again. The ones before are set aside, and no agency reads them.
    """
    row = MeetingMinutes.objects.select_for_update(of=["self"]).without_bytes().get(pk=minutes.pk)
    if row.state == State.WAITING:
        return row
    if row.state == State.STALE:
        raise ValidationError("These minutes were made again already.")
    row.state = State.STALE
    row.save(update_fields=["state"])
    made = MeetingMinutes(
        meeting_id=row.meeting_id,
        prison_id=row.prison_id,
        agency_id=row.agency_id,
        number=row.number + 1,
        asked_by=by,
        asked_at=at or timezone.now(),
    )
    made.full_clean()
    made.save()
    audit.record(by=by, action="minutes.asked_again", target=made, number=made.number, agency=made.agency_id)
    return made


def _waiting(minutes_id):
    rows = MeetingMinutes.objects.waiting().select_for_update(of=["self"], skip_locked=True)
    return rows.select_related("meeting", "meeting__room", "prison", "agency").filter(pk=minutes_id).first()
