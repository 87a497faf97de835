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
    contacts, errors = [], {}
    for row in rows:
        try:
            contacts.append(_line(made, row, minutes, by))
        except ValidationError as error:
            errors[row["beside"]] = error.messages
    if errors:
        raise ValidationError(errors)
    audit.record(by=by, action="round.saved", target=made, wing=wing, sessions=[row.pk for row in contacts])
    return made


def _line(made, row, minutes, by):
    """The session with one person. A kind of his own takes as long as it usually does, unless minutes were given to him or to all."""
    person, note = row["person"], row["note"]
    nonce = uuid.uuid5(made.nonce, str(person.pk))
    with transaction.atomic():
        contact = session.log(
            person=person,
            type=row["type"] or made.type,
            at=made.at,
            minutes=row["minutes"] or minutes,
            outcome=row["outcome"],
            place=made.wing.name,
            note=note,
            worker=made.worker,
            round=made,
            nonce=nonce,
            by=by,
        )
        if row["referral"]:
            events.referral_wanted.send(
                sender=Person,
                person=person,
                source=SOURCE,
                reason=f"Asked on a wing round of {made.wing}. {note}".strip(),
                referrer=f"{made.worker}, wing round"[:120],
                nonce=uuid.uuid5(nonce, "referral"),
                by=by,
            )
    return contact
