"""What staff say of somebody's stay that no roll does."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.formats.movement import Movement as Kind
from casework.models import Alert, CourtDate, CustodySpell, LegalStatus, Location, Movement, ReleaseDate
from casework.queries.roll_plan import last_moment

End = CustodySpell.End
STILL_HERE = "STILL_HERE"
FURTHEST = timedelta(days=3 * 366)
# What staff may say that a gap in the roll meant → how the movement is called.
MEANINGS = {
    End.RELEASED: Kind.RELEASED,
    End.RELEASED_COURT: Kind.RELEASED,
    End.RELEASED_HOSPITAL: Kind.RELEASED_TO_HOSPITAL,
    End.TRANSFERRED: Kind.TRANSFER_OUT,
    End.DIED: Kind.DIED,
    End.OTHER: Kind.NOT_ON_ROLL,
    STILL_HERE: Kind.BACK_ON_ROLL,
}


@transaction.atomic
def confirm_departure(*, spell_id, meaning, on, at, by):
    """Say what it means that somebody is missing from the roll: how and on which day he left, or that he is still here."""
    spell = CustodySpell.objects.select_for_update(no_key=True).get(pk=spell_id)
    if spell.ended_at or spell.off_roll_on is None:
        raise ValidationError(
            "This person is no longer missing from the roll: somebody confirmed it, or a newer roll has them."
        )
    if meaning == STILL_HERE:
        spell.off_roll_on = None
        spell.save(update_fields=["off_roll_on"])
    else:
        _end(spell, End(meaning), on, at, by)
    moment, label = spell.ended_at or at, End(meaning).label if meaning != STILL_HERE else "Still here"
    Movement.objects.create(
        spell=spell,
        prison_id=spell.prison_id,
        kind=MEANINGS[meaning],
        reason=label,
        detail="Confirmed by staff",
        at=moment,
    )
    audit.record(by=by, action="custody.departure_confirmed", target=spell, meaning=str(meaning))
    if spell.ended_at:
        events.spells_ended.send(sender=CustodySpell, spells=[spell], by=by, at=at)
    return spell


def _end(spell, end, on, at, by):
    if on is None or not spell.received_on <= on <= timezone.localdate(at):
        said = f"Give a day between {spell.received_on:%-d %B %Y}, when the person came, and today."
        raise ValidationError({"on": said})
    spell.end, spell.end_reason, spell.ended_by, spell.ended_at = end, end.label, by, last_moment(on, at)
    spell.save(update_fields=["end", "end_reason", "ended_by", "ended_at"])
    for dated in (Location, LegalStatus):
        dated.objects.filter(spell=spell, until_at=None).update(until_at=at)
    ReleaseDate.objects.filter(spell=spell, superseded_at=None).update(superseded_at=at)
    alerts = Alert.objects.open().of_stay().filter(person_id=spell.person_id, prison_id=spell.prison_id)
    alerts.update(until_at=at)


@transaction.atomic
def note_court_date(*, person, on, said_by, by, court="", nonce=None):
    """Write down that ``person`` is at court ``on`` a day to come, and who said so: he may leave from there without notice."""
    nonce = nonce or uuid.uuid4()
    if made := CourtDate.objects.made_once(nonce):
        return made
    spells = CustodySpell.objects.current().filter(person=person, prison=by.prison_id)
    spell = spells.select_for_update(of=["self"], no_key=True).first()
    if spell is None:
        raise ValidationError(f"{person.name} is not in this prison now.")
    today = timezone.localdate()
    if not today <= on <= today + FURTHEST:
        raise ValidationError({"on": "Give a day from today on, within three years."})
    known = CourtDate.objects.filter(spell=spell, on=on, withdrawn_at=None)
    if known.exists():
        raise ValidationError({"on": "This court date is known already."})
    row = CourtDate(
        spell=spell,
        person_id=spell.person_id,
        prison_id=spell.prison_id,
        on=on,
        court=court,
        said_by=said_by,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    row.full_clean()
    row.save()
    audit.record(by=by, action="custody.court_date_noted", target=row, on=on)
    return row


@transaction.atomic
def withdraw_court_date(*, court_date, by):
    """Take back a court date that was wrong or has moved. The same again changes nothing."""
    row = CourtDate.objects.select_for_update(no_key=True).get(pk=court_date.pk)
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = timezone.now(), by
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(by=by, action="custody.court_date_withdrawn", target=row, on=row.on)
    return row
