"""What tests of links without an account do again and again."""

import uuid
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone

from casework.formats import links as formats
from casework.models import AgencyPerson
from partners.models import HandoverLink, LinkView
from partners.operations import links
from partners.queries import links as queries
from tests import factories

MAILBOX = "spoc@dip.example"


def sent(of=None, **given):
    """A link to a handover that waits for its answer, with the key in its address and its code."""
    of = of or handover()
    given.setdefault("by", of.made_by)
    given.setdefault("nonce", uuid.uuid4())
    given.setdefault("way", queries.ways(of.agency)[-1])
    link, code = links.make(handover=of, mailbox=MAILBOX, **given)
    return link, formats.token(link.nonce), code


def handover(**given):
    """One that was sent to an agency with a mailbox and somebody to ring, with its pack."""
    agency = given.pop("agency", None) or factories.agency(mailbox=MAILBOX, phone="0151 496 0000")
    made = factories.handover(agency=agency, **given)
    factories.pack(made)
    return made


def contact(agency, **given):
    given = {"name": "Jo Contact", "phone": "0151 496 0001", "email": "jo@dip.example", **given}
    return AgencyPerson.objects.update_or_create(agency=agency, is_contact=True, defaults=given)[0]


def at(name, token, *args):
    return reverse(f"partners:{name}", args=[token, *args])


def give(client, token, code):
    """Look at the page, then give the code, as a browser does."""
    client.get(at("link", token))
    return client.post(at("link", token), {"code": code})


def opened(client, of=None):
    """A link that this browser opened; its key."""
    link, token, code = sent(of)
    answer = give(client, token, code)
    assert urlsplit(answer.url).path == at("link_handover", token)
    return link, token


def seen(link):
    return list(LinkView.objects.filter(link=link).order_by("pk").values_list("what", flat=True))


def bound(link):
    """Make a link one that some browser opened, past its pages."""
    HandoverLink.objects.filter(pk=link.pk).update(bound="b" * 64, first_used_at=timezone.now(), seen_at=timezone.now())
    return link
