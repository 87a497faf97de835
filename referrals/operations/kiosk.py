"""Kiosks: an administrator issues and revokes their links, a browser without an account hands in slips."""

import secrets

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from casework import audit
from referrals.models import KioskLink
from referrals.queries import kiosk as queries

ISSUED = "This link has been issued already, and its address was shown then. If it is lost, revoke the link and issue another."


@transaction.atomic
def issue(*, wing, label, expires_on, by, nonce):
    """Make a link for ``wing``; returns it with its token, which is kept nowhere."""
    if KioskLink.objects.made_once(nonce):
        raise ValidationError(ISSUED)
    now, token = timezone.now(), secrets.token_urlsafe(24)
    if expires_on <= timezone.localdate(now):
        raise ValidationError({"expires_on": "The last day must be after today."})
    if expires_on.year > now.year + 1:
        raise ValidationError({"expires_on": "Choose a day in this year or the next."})
    link = KioskLink(
        prison_id=by.prison_id,
        wing=wing,
        label=label,
        token_hash=queries.fingerprint(token),
        issued_by=by,
        issued_at=now,
        expires_on=expires_on,
        nonce=nonce,
    )
    link.full_clean()
    link.save()
    audit.record(by=by, action="kiosk.issued", target=link, wing=wing.pk)
    return link, token


@transaction.atomic
def revoke(*, link, by):
    """Nothing can be handed in at this link any more, from now on."""
    link = KioskLink.objects.select_for_update().get(pk=link.pk)
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by = timezone.now(), by
        link.save(update_fields=["revoked_at", "revoked_by"])
        audit.record(by=by, action="kiosk.revoked", target=link)
    return link


@transaction.atomic
def hand_in(*, kiosk, token, nonce, officer, number, name, date_of_birth, cell, worry, urgent, asked_himself, by):
    """Keep a slip for the duty worker, once. ``by`` is None: nobody has signed in. Tells nothing about anybody.

    The database looks at the link again itself, and writes its prison and wing.
    """
    values = [
        queries.fingerprint(token),
        nonce,
        officer,
        number,
        name,
        date_of_birth,
        cell,
        worry,
        urgent,
        asked_himself,
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT ww.hand_in_slip(%s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s)", values)
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != "P0002":
            raise
        raise ValidationError("This kiosk is closed.", code="closed") from error  # Revoked in this very moment.
    audit.record(by=by, action="slip.handed_in", target=kiosk.link)
