"""Wing rounds: a walk along a wing, saved at once."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.models import Person
from interventions.models import WingRound
from interventions.operations import session

# Somebody met on his wing counts as internal, like whom a wing officer names: it was the team that came to him.
SOURCE = "WING"


@transaction.atomic
def write_up(*, wing, type, at, rows, by, landing="", minutes=None, worker=None, nonce=None):
    """Write up a round of ``worker`` (``by`` himself unless named) along ``wing``: a session for each of the ``rows``, all or none.

    A row: ``person``, ``outcome``, ``note``, ``type`` and ``minutes`` (None: as for the round), ``referral`` (whether he is to be
    referred), ``beside``: the field of the page beside which ValidationError says what is wrong with the row.
    """
    nonce = nonce or uuid.uuid4()
    if made := WingRound.objects.made_once(nonce):
        return made
    if not rows:
        raise ValidationError("Tick who was seen, or say why somebody was not.", code="nobody")
    if at > timezone.now():
        raise ValidationError({"at": session.FUTURE})
    made = WingRound(
        prison_id=wing.prison_id,
        wing=wing,
        landing=landing,
        worker=worker or by,
        type=type,
        at=at,
        minutes=type.usual_minutes if minutes is None else minutes,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    contacts, errors = _contacts(made, rows, minutes, by)
    for row in rows:
        if row["referral"] and row["beside"] not in errors:
            try:
                _refer(made, row, by)
            except ValidationError as error:
                errors[row["beside"]] = error.messages
    if errors:
        raise ValidationError(errors)
    audit.record(by=by, action="round.saved", target=made, wing=wing, sessions=[row.pk for row in contacts])
    return made


def _contacts(made, rows, minutes, by):
    """The sessions of a round, or what is wrong with them. A kind of its own takes as long as usual, unless minutes were given."""
    given = [
        {
            "person": row["person"],
            "type": row["type"] or made.type,
            "minutes": row["minutes"] or minutes,
            "outcome": row["outcome"],
            "note": row["note"],
            "nonce": _nonce(made, row),
            "beside": row["beside"],
        }
        for row in rows
    ]
    try:
        return session.log_several(
            rows=given, at=made.at, place=made.wing.name, worker=made.worker, round=made, by=by
        ), {}
    except ValidationError as error:
        return [], error.message_dict


def _refer(made, row, by):
    events.referral_wanted.send(
        sender=Person,
        person=row["person"],
        source=SOURCE,
        reason=f"Asked on a wing round of {made.wing}. {row['note']}".strip(),
        referrer=f"{made.worker}, wing round"[:120],
        nonce=uuid.uuid5(_nonce(made, row), "referral"),
        by=by,
    )


def _nonce(made, row):
    return uuid.uuid5(made.nonce, str(row["person"].pk))
