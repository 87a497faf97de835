"""Rows about drug tests for tests: lists as they are drawn, and somebody who records."""

import uuid

from casework.models import User
from interventions.models import DrugTest, TestList
from interventions.operations import drug_test as operations
from tests import factories

OCTOBER = factories.DAY.replace(day=1)
SUNDAY, MONDAY = factories.DAY.replace(day=11), factories.DAY.replace(day=12)


def recorder(**given):
    """A keyworker with the duty."""
    return factories.user(duties=[User.Duty.TESTS], **given)


def people(count, **given):
    """So many who are held here since September, each with a number of his own."""
    return [
        factories.spell(factories.person(surname=f"Testerton{chr(65 + n % 26)}"), **given).person for n in range(count)
    ]


def drawn(main=2, reserve=2, by=None, month=OCTOBER):
    """The list of October with so many people: as many as are five percent."""
    by = by or recorder()
    given = {"main": people(main), "reserve": people(reserve), "population": 20 * main, "percent": 5}
    return operations.draw(month=month, by=by, nonce=uuid.uuid4(), **given)


def on(row, place):
    """The test at a place of a list, such as “Main 1”."""
    part, number = place.split()
    return row.tests.get(part=part.upper(), number=number)


def other(kind="SUSPICION", of=None, **given):
    """A test of another kind, just chosen."""
    stay = factories.spell() if of is None else of.spells.first()
    if kind == "COMPACT":
        given["stay"] = given.get("stay") or living(stay.person)
    given = {"selected_on": MONDAY, "recorded_by": factories.user(), "recorded_at": factories.at(), **given}
    return DrugTest.objects.create(person=stay.person, prison=stay.prison, kind=kind, **given)


def living(person):
    """A stay on the drug-free unit, from the first of the month."""
    day = factories.DAY.replace(day=1)
    return factories.unit_stay(person, "LIVING", asked_on=day, joined_on=day)


# What a step needs beside its name.
NEEDS = {
    "SAMPLED": {"sampled_at": factories.at(MONDAY, 9)},
    "UNABLE": {"unable_why": "VISIT"},
    "POSITIVE": {"groups": ["CANNABIS"]},
    "MITIGATED": {"groups": ["METHADONE"], "mitigation": "Methadone 40 ml, says healthcare"},
}
WAYS = {
    "SELECTED": [],
    "SAMPLED": ["SAMPLED"],
    "NEGATIVE": ["SAMPLED", "NEGATIVE"],
    "POSITIVE": ["SAMPLED", "POSITIVE"],
    "MITIGATED": ["SAMPLED", "MITIGATED"],
    "POSITIVE_CHARGED": ["SAMPLED", "POSITIVE", "POSITIVE_CHARGED"],
    "REFUSED": ["REFUSED"],
    "REFUSED_CHARGED": ["REFUSED", "REFUSED_CHARGED"],
    "UNABLE": ["UNABLE"],
    "MISTAKE": [],
}


def record(test, to, by, **given):
    return operations.record(test=test, to=to, by=by, **{**NEEDS.get(to, {}), **given})


def brought(test, standing, by):
    """``test`` taken step by step to ``standing``."""
    for to in WAYS[standing]:
        test = record(test, to, by)
    if standing == "MISTAKE":
        given = {"to": standing, "why": "Not this person", "nonce": uuid.uuid4()}
        operations.put_right(test=test, version=test.version, by=by, **given)
        test.refresh_from_db()
    return test


def moved_on(row, *ways, by):
    """Each test of the main list taken to a standing, in the order of the numbers."""
    for number, standing in enumerate(ways, start=1):
        brought(on(row, f"Main {number}"), standing, by)


def lists():
    return TestList.objects.order_by("pk")
