"""Links without an account: the team sends and revokes them; a browser gives the code, comes back, reads and answers."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from casework import audit
from casework.formats import links as formats
from casework.formats import mails
from casework.models import Notice
from casework.operations import mail
from partners.models import Handover, HandoverLink, LinkView, Visitor
from partners.queries import links as queries
from partners.queries import protocols

MADE = "This link was made already and its code was shown then. Send another one if the code is lost."


@transaction.atomic
def make(*, handover, mailbox, way, by, nonce, hours=HandoverLink.USUAL_HOURS, at=None):
    """Send a link to ``handover`` to ``mailbox`` of its agency; an earlier one ends. Returns it with its code.

    ``way`` (``queries.Way``): how the code goes there, never to the same address. Where it is read out, the worker sees it this once; a
    second sending of the same form shows it again while nobody has used the link.
    """
    if made := HandoverLink.objects.made_once(nonce):
        if made.made_by_id != by.pk or made.bound or not made.is_live:
            raise ValidationError(MADE)
        return made, formats.code(nonce)
    handover = Handover.objects.select_for_update(of=["self"]).select_related("agency").get(pk=handover.pk)
    _refuse(handover, mailbox, way)
    at = at or timezone.now()
    for earlier in handover.links.filter(revoked_at=None):
        _end(earlier, by, at)
    token, code = formats.token(nonce), formats.code(nonce)
    link = HandoverLink(
        nonce=nonce,
        handover=handover,
        prison_id=handover.prison_id,
        agency=handover.agency,
        mailbox=mailbox,
        code_to=way.text[:120],
        token_hash=formats.kept_of_token(token),
        code_hash=formats.kept_of_code(token, code),
        made_by=by,
        made_at=at,
        expires_at=at + timedelta(hours=hours),
    )
    link.full_clean()
    link.save()
    _ask(Notice.LINK, link, mailbox, by)
    if way.email:
        _ask(Notice.LINK_CODE, link, way.email, by)
    audit.record(by=by, action="link.made", target=link, handover=handover.pk, agency=handover.agency_id, hours=hours)
    return link, code


@transaction.atomic
def revoke(*, link, by, at=None):
    """End a link: nothing can be read or answered by it from the next click on. The same again changes nothing."""
    link = HandoverLink.objects.select_for_update().get(pk=link.pk)
    if link.revoked_at is None:
        _end(link, by, at or timezone.now())
        audit.record(by=by, action="link.revoked", target=link, handover=link.handover_id)
    return link


@transaction.atomic
def open_by_code(*, token, code, browser, by):
    """Give the code for a link: whether it opened. ``by`` is None: nobody has signed in. ``browser``: its cookie; the first right code
    binds the link to it. The database looks at everything itself, and notes what came of it.
    """
    kept = [formats.kept_of_token(token), formats.kept_of_code(token, code), formats.kept_of_browser(token, browser)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT link, prison, came FROM ww.open_link(%s, %s, %s)", kept)
        row = cursor.fetchone()
    if row is None:
        return False
    link, prison, came = row
    audit.record(by=by, action="link.tried", target=HandoverLink(pk=link, prison_id=prison), came=came)
    return came == LinkView.What.OPENED


@transaction.atomic
def enter(*, token, browser, by):
    """A click in the browser that gave the code: the ``Visitor``, and whether his link still lives; None for anybody else, and for him
    after some idle minutes. ``by`` is None: nobody has signed in.
    """
    kept = [formats.kept_of_token(token), formats.kept_of_browser(token, browser)]
    idle = timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT link, handover, prison, agency, agency_name, until, live FROM ww.enter_link(%s, %s, %s)",
            [*kept, idle],
        )
        row = cursor.fetchone()
    if row is None:
        return None, False
    visitor, live = Visitor(*row[:-1]), row[-1]
    audit.record(by=by, action="link.entered" if live else "link.turned_away", target=visitor.link)
    return visitor, live


@transaction.atomic
def note(*, what, by, at=None):
    """Write down that the ``Visitor`` ``by`` read something by his link, or was turned away from it (``LinkView.What``)."""
    view = LinkView(
        link_id=by.link_id,
        handover_id=by.handover_id,
        prison_id=by.prison_id,
        agency_id=by.agency_id,
        what=what,
        at=at or timezone.now(),
    )
    view.save()
    audit.record(by=by, action="link.used", target=by.link, what=what)


def _refuse(handover, mailbox, way):
    if handover.state not in queries.ANSWERABLE:
        raise ValidationError("This handover waits for no answer of the agency, so no link to it can be sent.")
    if lacking := protocols.lacking(handover):
        raise ValidationError(lacking)
    if mailbox not in queries.mailboxes(handover.agency):
        raise ValidationError({"mailbox": "This address is no longer in the address book. Choose another one."})
    if way not in queries.ways(handover.agency):
        raise ValidationError({"way": "This person is no longer in the address book. Choose another one."})
    if way.email.lower() == mailbox.lower():
        raise ValidationError({"way": "The code must not go to the address that the link goes to. Choose another way."})


def _end(link, by, at):
    link.revoked_at, link.revoked_by = at, by
    link.save(update_fields=["revoked_at", "revoked_by"])


def _ask(kind, link, to, by):
    """The queue holds what the key and the code are made of, and neither of them."""
    mail.ask(
        kind=kind,
        path=mails.link_path(link.nonce, link.expires_at),
        about=f"link {link.pk}",
        by=by,
        agency=link.agency,
        to=to,
        person=link.handover.person,
        prison=link.handover.prison,
    )
