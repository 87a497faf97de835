"""What a mail of the queue says, made of its kind when it is sent: that something waits, and where."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from casework.formats import links


def words(mail):
    """The paragraphs of a mail."""
    return WORDS.get(mail.kind, _something_waits)(mail)


def link_path(nonce, until):
    """What stands in the queue for a link with this nonce, which works until a moment: its key is made of it when it is sent."""
    return f"/link/{nonce}/?until={until:%Y-%m-%dT%H:%M%z}"


def _something_waits(mail):
    return [
        f"{mail.get_kind_display()}.",
        f"{settings.SITE_URL}{mail.path}",
        "What it is about is not in this mail, and you sign in to read it. Please do not answer: nobody reads this address.",
        "In Wingwalk you choose, under your name, which of these mails you get.",
    ]


def _link(mail):
    nonce, until = _of_link(mail)
    return [
        f"Something waits for your team at {settings.SITE_URL}.",
        f"{settings.SITE_URL}/link/{links.token(nonce)}/",
        f"It asks for a code of {links.DIGITS} digits, which comes to you apart from this mail. You need no account.",
        (
            f"The link works until {until:%H:%M on %A %-d %B %Y} (London time), and only in the browser in which you open it first. "
            "There is no use in passing it on."
        ),
        "What it is about is not in this mail. Please do not answer: nobody reads this address.",
    ]


def _link_code(mail):
    nonce, until = _of_link(mail)
    return [
        f"The code is {links.spoken(links.code(nonce))}.",
        "It belongs to a link that your team has in its mailbox. Give it to nobody who telephones or writes for it.",
        f"It works until {until:%H:%M on %A %-d %B %Y} (London time). Please do not answer: nobody reads this address.",
    ]


def _of_link(mail):
    nonce, _, until = mail.path.removeprefix("/link/").partition("/?until=")
    return nonce, timezone.localtime(datetime.strptime(until, "%Y-%m-%dT%H:%M%z"))


# Kinds of mail whose words are their own; their addresses do not stand in the queue.
WORDS = {"LINK": _link, "LINK_CODE": _link_code}
