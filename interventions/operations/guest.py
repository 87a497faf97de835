"""Guest speakers: kept with the day until which security lets them in, and asked to a session."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from casework import audit
from interventions.models import Guest, GuestVisit


@transaction.atomic
def add(*, by, nonce=None, **values):
    """Take up somebody from outside who may be asked to speak at the prison of ``by``."""
    nonce = nonce or uuid.uuid4()
    if made := Guest.objects.made_once(nonce):
        return made
    guest = Guest(prison_id=by.prison_id, nonce=nonce, **values)
    guest.full_clean()
    guest.save()
    audit.record(by=by, action="guest.added", target=guest)
    return guest


@transaction.atomic
def change(*, guest, version, by, **values):
    """Change what is kept of a guest, such as a new vetting date."""
    guest = _current(guest)
    changed = guest.change(version, **values)
    guest.full_clean()
    guest.save()
    audit.record(by=by, action="guest.changed", target=guest, changed=sorted(changed))
    return guest


@transaction.atomic
def end(*, guest, version, by):
    """Nobody asks this guest any more. Where he spoke stays."""
    guest = _current(guest)
    guest.change(version, ended_on=timezone.localdate())
    guest.save()
    audit.record(by=by, action="guest.ended", target=guest)
    return guest


@transaction.atomic
def ask(*, session, guest, by):
    """Have a guest speak at ``session``, if security lets him in on that day. The same again changes nothing."""
    guest, day = _current(guest), timezone.localdate(session.period.lower)
    visits = GuestVisit.objects.filter(session=session, removed_at=None)
    if visit := visits.filter(guest=guest).first():
        return visit
    if not guest.is_vetted_on(day):
        until = guest.vetted_until and date_format(guest.vetted_until, "j F Y")
        ends = f"ends on {until}" if until else "has not been done"
        raise ValidationError(
            f"The vetting of {guest.name} {ends}, so security does not let this guest in on {date_format(day, 'j F Y')}."
        )
    visit = GuestVisit.objects.create(session=session, prison_id=session.prison_id, guest=guest)
    audit.record(by=by, action="guest.asked", target=visit, session=session)
    return visit


@transaction.atomic
def uninvite(*, session, guest, by):
    """The guest does not speak at ``session`` after all."""
    gone = GuestVisit.objects.filter(session=session, guest=guest, removed_at=None).update(removed_at=timezone.now())
    if gone:
        audit.record(by=by, action="guest.uninvited", target=guest, session=session)
    return gone


def _current(guest):
    row = Guest.objects.select_for_update(no_key=True).get(pk=guest.pk)
    if row.ended_on:
        raise ValidationError(f"{row.name} is no longer among the guests.")
    return row
