"""What tests of key-holders, wing visits and referrals to agencies do again and again."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Consent, Location
from partners.models import KeyHolder, Protocol
from partners.operations import outward, visits
from tests import factories


def holder(**given):
    """Somebody of Liverpool DIP who may walk today, with an account unless told otherwise."""
    today = timezone.localdate()
    given.setdefault("agency", factories.agency())
    given.setdefault("prison", factories.prison())
    given.setdefault("name", f"Val Visitor {next(factories.counter)}")
    if "user" not in given:
        given["user"] = factories.user(Role.PARTNER, agency=given["agency"])
    for name in ["vetted_until", "key_talk_until"]:
        given.setdefault(name, today + timedelta(days=200))
    return KeyHolder.objects.create(**given)


def agreement(agency=None):
    """A protocol with the agency, unless there is one."""
    agency = agency or factories.agency()
    found = Protocol.objects.filter(prison=factories.prison(), agency=agency, ended_on=None).first()
    return found or factories.protocol(agency=agency)


def on_wing(wing, cell="A-1-001", *, agreed=True, agency=None, purpose=Consent.Purpose.WING_VISITS, **given):
    """Somebody in a cell on ``wing``, who agreed to be seen there unless told otherwise."""
    spell = factories.spell(factories.person(**given))
    Location.objects.filter(spell=spell).update(wing=wing, cell=cell, cell_key=cell)
    if agreed:
        factories.consent(spell.person, purpose=purpose, agency=agency or factories.agency())
    return spell.person


def row(number, what="ADVICE", **given):
    return {"number": number, "what": what, "note": "", "planned": False, "person": None, **given}


def write(visitor, *rows, by=None, **given):
    """A visit of today, written by the visitor unless told otherwise."""
    agreement(visitor.agency)
    given.setdefault("wing", factories.wing(f"W{next(factories.counter)}"))
    given.setdefault("on", timezone.localdate())
    return visits.write(visitor=visitor, rows=rows, by=by or visitor.user, **given)


def refer(person=None, **given):
    given.setdefault("agency", factories.agency())
    agreement(given["agency"])
    if person is None:
        person = factories.spell().person
        factories.consent(person, agency=given["agency"])
    given.setdefault("why", "Wants a worker before he goes out")
    given.setdefault("by", factories.user())
    return outward.make(person=person, prison=factories.prison(), **given)


def raw(user, sql, *given):
    """What a database session of ``user`` reads, whatever the query."""
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()
