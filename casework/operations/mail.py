"""The queue of mails. Whoever does something asks for one; the worker sends it, and nobody waits for a mail server."""

import logging
import uuid
from datetime import timedelta
from smtplib import SMTPException

from django.db import transaction
from django.utils import timezone

from casework import audit, gateways
from casework.formats import mails
from casework.models import CustodySpell, Mail, Notice, NoticeOff, User

logger = logging.getLogger(__name__)
Because = Mail.GivenUp
# After these nobody is written to about somebody any more (issue of a handover's outcome follows a release).
GONE = {CustodySpell.End.DIED, CustodySpell.End.TRANSFERRED, CustodySpell.End.OTHER}


@transaction.atomic
def ask(*, kind, path, about, by, user=None, agency=None, to="", person=None, prison=None, at=None):
    """Queue a mail of ``kind`` (``casework.models.mail.Notice``) to ``user`` or to everybody of ``agency``, with a way to ``path``.
    Where ``to`` is given the mail goes to this address of the agency alone.

    ``about``: words that are the same whenever it is the same mail (such as ``handover 42 sent 3``): it is queued once. ``person``:
    whom it is about. Nothing is given back: who asks may not read the queue.
    """
    at = at or timezone.now()
    mail = Mail(
        nonce=uuid.uuid5(uuid.NAMESPACE_URL, f"{about} {kind} {user and user.pk} {agency and agency.pk}"),
        prison_id=prison.pk if prison else by.prison_id,
        user=user,
        agency=agency,
        to=to,
        person=person,
        kind=Notice(kind),
        path=path,
        asked_at=at,
        next_at=at,
    )
    Mail.objects.bulk_create([mail], ignore_conflicts=True)


@transaction.atomic
def claim(*, mail_id, by, at):
    """Count an attempt to send a waiting mail, before it is made. False where there is nothing to send, now or ever."""
    mail = Mail.objects.select_for_update(of=["self"], skip_locked=True).waiting(at).filter(pk=mail_id).first()
    if mail is None:
        return False
    if because := _in_the_way(mail):
        _give_up(mail, because, by, at)
    elif mail.agency_id and not mail.user_id and not mail.to:
        _pass_on(mail, by, at)
    elif mail.tries >= Mail.MOST_TRIES:
        _give_up(mail, Because.FAILED, by, at)
    else:
        mail.tries, mail.to = mail.tries + 1, mail.to or mail.user.email
        mail.next_at = at + timedelta(minutes=2**mail.tries)
        mail.save(update_fields=["tries", "to", "next_at"])
        audit.record(by=by, action="mail.attempted", target=mail, tries=mail.tries)
        return True
    return False


@transaction.atomic
def send(*, mail_id, by, at):
    """Send a mail that was claimed. One that the server does not take waits for its next attempt."""
    mail = Mail.objects.select_for_update().get(pk=mail_id)
    if mail.sent_at or mail.given_up_at:
        return
    try:
        gateways.send_mail(mail, mails.words(mail))
    except (SMTPException, OSError) as error:
        logger.warning("Mail %s was not taken: %s", mail.pk, type(error).__name__)
        return
    mail.sent_at = at
    mail.save(update_fields=["sent_at"])
    audit.record(by=by, action="mail.sent", target=mail, kind=mail.kind)


@transaction.atomic
def turn(*, kinds, by, at=None):
    """``by`` wants no mail of ``kinds``, and wants those of every other kind."""
    at = at or timezone.now()
    off = NoticeOff.objects.filter(user=by, until_at=None)
    off.exclude(kind__in=kinds).update(until_at=at)
    there = set(off.values_list("kind", flat=True))
    for kind in sorted(set(kinds) - there):
        NoticeOff.objects.create(user=by, prison_id=by.prison_id, kind=kind, from_at=at)
    audit.account("notices_turned", by=by, user=by, off=sorted(kinds))


def _in_the_way(mail):
    """Why a mail is not sent at all; nothing for the one that is."""
    if mail.person_id and _is_gone(mail.person_id):
        return Because.GONE
    if mail.user_id is None:
        return ""
    if not mail.user.is_active:
        return Because.NO_ACCOUNT
    if not mail.user.email:
        return Because.NO_ADDRESS
    off = NoticeOff.objects.filter(user=mail.user_id, kind=mail.kind, until_at=None)
    return Because.NOT_WANTED if off.exists() else ""


def _is_gone(person_id):
    """Whether somebody died, or left the last time otherwise than by release."""
    spells = (
        CustodySpell.objects.filter(person=person_id)
        .exclude(end=CustodySpell.End.MERGED)
        .order_by("-received_on", "-pk")
    )
    if spells.filter(end=CustodySpell.End.DIED).exists():
        return True
    last = spells.first()
    return bool(last and last.ended_at and last.end in GONE)


def _pass_on(mail, by, at):
    """A mail for an agency becomes one to its mailbox and one to everybody who signs in for it."""
    users = list(User.objects.filter(agency=mail.agency_id, is_active=True).exclude(email="").order_by("pk"))
    copies = [{"user": user} for user in users]
    taken = {user.email.lower() for user in users}
    if mail.agency.mailbox and mail.agency.mailbox.lower() not in taken:
        copies.append({"agency": mail.agency, "to": mail.agency.mailbox})
    if not copies:
        return _give_up(mail, Because.NO_ADDRESS, by, at)
    Mail.objects.bulk_create(
        [
            Mail(
                nonce=uuid.uuid5(mail.nonce, str(copy["user"].pk if "user" in copy else copy["to"])),
                prison_id=mail.prison_id,
                person_id=mail.person_id,
                kind=mail.kind,
                path=mail.path,
                asked_at=mail.asked_at,
                next_at=at,
                **copy,
            )
            for copy in copies
        ],
        ignore_conflicts=True,
    )
    return _give_up(mail, Because.PASSED_ON, by, at)


def _give_up(mail, because, by, at):
    mail.given_up_at, mail.given_up_because = at, because
    mail.save(update_fields=["given_up_at", "given_up_because"])
    audit.record(by=by, action="mail.given_up", target=mail, because=because)
