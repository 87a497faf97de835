"""Visits on the wings: whom a list names and in which order, and the visits that were written down."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q

from casework.models import Person
from partners.models import WingVisit, WingVisitLine

ROWS = 25
What = WingVisitLine.What


@dataclass(frozen=True)
class Planned:
    """Somebody whom an agency may be told of: key, number, name, wing (a key) and cell."""

    person: int
    number: str
    name: str
    wing: int | None
    cell: str


def planned(prison_id, agency_id, *, wing=None):
    """Whom visitors of an agency may see: people here who agreed to it, in the order of their cells; one query.

    The database says who (``ww.to_be_visited``): to the agency, and to the team but for people who are hidden from who asks.
    """
    select = "SELECT person_id, number, surname, forenames, wing_id, cell FROM ww.to_be_visited(%s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(f"{select} ORDER BY cell_key, surname, forenames, person_id", [prison_id, agency_id])
        rows = cursor.fetchall()
    return [
        Planned(key, number, Person(surname=surname, forenames=forenames).list_name, at, cell)
        for key, number, surname, forenames, at, cell in rows
        if wing is None or at == wing.pk
    ]


def may_name(visitor):
    """Whether a protocol in force lets people be named to the agency of ``visitor``: without one its planned list is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.protocol_allows(%s, %s, 'OUT_VISITS')", [visitor.prison_id, visitor.agency_id])
        return cursor.fetchone()[0]


def made(user, *, after=None):
    """A page of visits, newest first, behind the one with the key ``after``, each with how many were ``seen`` and ``missed``."""
    visits = WingVisit.objects.visible_to(user).select_related("visitor", "agency", "wing")
    if after and (day := visits.values_list("on", flat=True).filter(pk=after).first()):
        visits = visits.filter(Q(on__lt=day) | Q(on=day, pk__lt=after))
    found = list(visits.order_by("-on", "-pk")[: ROWS + 1])
    lines = WingVisitLine.objects.visible_to(user).filter(visit__in=found[:ROWS]).order_by().values("visit")
    missed = Count("pk", filter=Q(what=What.NOT_SEEN))
    counted = {key: (total - none, none) for key, total, none in _counts(lines, missed)}
    for visit in found:
        visit.seen, visit.missed = counted.get(visit.pk, (0, 0))
    return found[:ROWS], found[ROWS - 1].pk if len(found) > ROWS else None


def _counts(lines, missed):
    return lines.annotate(total=Count("pk"), missed=missed).values_list("visit", "total", "missed")


def lines(visit, user):
    """The lines of a visit as they were written, each with whom it is about (``whom``, ``name``) where ``user`` may know it."""
    rows = WingVisitLine.objects.visible_to(user).filter(visit=visit).select_related("outward").order_by("pk")
    if user.is_partner:
        names = {each.number: (each.person, each.name) for each in planned(visit.prison_id, visit.agency_id)}
        found = list(rows)
        for row in found:
            row.whom, row.name = names.get(row.number, (None, ""))
        return found
    found = list(rows.select_related("person"))
    for row in found:
        row.whom, row.name = row.person_id, row.person.list_name if row.person else ""
    return found


def waiting(user):
    """Lines that the team has to look at, oldest first."""
    lines = WingVisitLine.objects.visible_to(user).waiting()
    return lines.select_related("visit__visitor", "visit__wing", "agency", "person").order_by("pk")
