"""Writing down the support that somebody is given after his release."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from casework import audit
from partners.models import Aftercare
from partners.queries import aftercare as queries

OVER = "There is no support after release for this person now: it lasts eight weeks, and ends when somebody comes back."


@transaction.atomic
def record(*, case, on, how, outcome, by, note="", nonce=None, at=None):
    """Write down a contact with somebody who was released with an open case, from the day of the release until eight weeks after it."""
    nonce, at = nonce or uuid.uuid4(), at or timezone.now()
    if made := Aftercare.objects.made_once(nonce):
        return made
    today = timezone.localdate(at)
    support = next((one for one in queries.supported(by, today=today, person=case.person_id) if one.case == case), None)
    if support is None:
        raise ValidationError(OVER)
    if not support.on <= on <= today:
        since = date_format(support.on, "j F Y")
        raise ValidationError({"on": f"Give a day from the release, {since}, until today."})
    made = Aftercare(
        case=case,
        person_id=case.person_id,
        prison_id=case.prison_id,
        on=on,
        how=how,
        outcome=outcome,
        note=note,
        by=by,
        recorded_at=at,
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    audit.record(by=by, action="aftercare.recorded", target=made, how=how, outcome=outcome)
    return made


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: the support that he was given moves to the one that is kept."""
    moved = journal.change(Aftercare.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="aftercare.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([Aftercare])
    journal.check([Aftercare], [removed, kept])
    audit.record(by=by, action="aftercare.moved_back", target=removed, kept=kept.pk)
