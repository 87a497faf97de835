"""Links without an account: to whom they can go, what came of them, and what whoever reads by one may know."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Prefetch

from casework.models import AgencyPerson
from partners.models import Handover, HandoverLink, HandoverMove, LinkView

# Where an agency has something to answer, or an appointment to offer.
ANSWERABLE = [
    Handover.State.SENT,
    Handover.State.QUERIED,
    Handover.State.ACKNOWLEDGED,
    Handover.State.OFFERED,
    Handover.State.MISSED,
]


@dataclass(frozen=True)
class Way:
    """A way of the code to the agency: ``email`` where it goes by mail, else it is read out over the telephone."""

    key: str
    text: str
    email: str = ""


def mailboxes(agency):
    """The addresses of ``agency`` that the book has, its mailbox first."""
    found = [agency.mailbox, *_people(agency).exclude(email="").values_list("email", flat=True)]
    return list(dict.fromkeys(address for address in found if address))


def ways(agency):
    """The ways that the code can go to ``agency``."""
    people = list(_people(agency))
    found = [Way(f"CALL-{one.pk}", _called(one), "") for one in people if one.phone]
    found.append(Way("CALL", f"Read out to {agency.name}, {agency.phone or 'no number in the address book'}"))
    return found + [
        Way(f"MAIL-{one.pk}", f"By mail to {one.name}, {one.email}", one.email) for one in people if one.email
    ]


def of_handover(handover, user):
    """The links to ``handover``, newest first, each with its views, newest first."""
    views = LinkView.objects.visible_to(user).order_by("-at", "-pk")
    rows = HandoverLink.objects.visible_to(user).filter(handover=handover)
    return list(
        rows.select_related("made_by", "revoked_by").prefetch_related(Prefetch("views", views, to_attr="viewed"))
    )


def moves(handover):
    """What happened since ``handover`` was sent, for whoever reads by a link: he knows the two sides and no account."""
    rows = list(HandoverMove.objects.filter(handover=handover, after__in=Handover.SHARED).order_by("at", "pk"))
    for row in rows:
        ours = Handover.MOVES.get(row.before, {}).get(row.after) == Handover.Side.PRISON
        row.who = "the prison’s team" if ours else handover.agency.name
    return rows


def may_answer(handover):
    """Whether the protocol lets answers to ``handover`` pass, as the database tells whoever reads by a link."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.protocol_allows(%s, %s, 'IN_ANSWER')", [handover.prison_id, handover.agency_id])
        return cursor.fetchone()[0]


def _people(agency):
    return AgencyPerson.objects.filter(agency=agency, ended_on=None)


def _called(person):
    return f"Read out to {person.name}, {person.phone}"
