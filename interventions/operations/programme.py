"""The catalogue of programmes and which wings have them: kept by managers and administrators; ended, never deleted."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from interventions.models import Coverage, Programme
from interventions.queries import programme as queries

# What teams like ours usually offer (domain.md 2.4 and 2.9), to be changed to what the prison has.
USUAL = [
    {
        "code": "SDP",
        "name": "Short duration programme",
        "told": "Twenty sessions in four weeks. You find out what drugs and drink do for you, what they cost you, and how to do without.",
        "suits": "People with a short sentence or on remand who used drugs before prison or use them here.",
        "sessions": 20,
        "needed": 17,
        "weeks": 4,
        "certificate": True,
    },
    {
        "code": "SMART",
        "name": "SMART meeting",
        "told": "A meeting every week. You help each other to stay motivated and to cope with urges. Come as long as you like.",
        "suits": "Anybody who wants to stop or has stopped, whatever the drug.",
        "capacity": 12,
    },
    {
        "code": "TRIGGERS",
        "name": "Triggers and cravings",
        "told": "Six sessions. You learn what sets off a craving, how long it lasts and what helps until it is over.",
        "suits": "People who stopped and want to stay stopped, or who are getting ready for release.",
        "sessions": 6,
        "needed": 5,
        "weeks": 6,
        "certificate": True,
    },
    {
        "code": "STEROIDS",
        "name": "Steroid awareness",
        "told": "Two sessions about what steroids and other gym drugs do to body and mind.",
        "suits": "People who take steroids, or think about it.",
        "sessions": 2,
        "needed": 2,
        "weeks": 2,
    },
    {
        "code": "GAMBLING",
        "name": "Gambling",
        "told": "Four sessions about betting and debt: how it starts, what keeps it going, how to stop.",
        "suits": "People who gamble, or who owe because of it.",
        "sessions": 4,
        "needed": 3,
        "weeks": 4,
        "certificate": True,
    },
    {
        "code": "FAMILIES",
        "name": "Families",
        "told": "Six sessions about what drugs and drink do to those at home, and how to build trust again.",
        "suits": "People who are in touch with their family, or want to be.",
        "sessions": 6,
        "needed": 5,
        "weeks": 6,
        "certificate": True,
        "remand": False,
    },
]


@transaction.atomic
def add(*, by, **values):
    """Take a programme into the catalogue of the prison of ``by``."""
    programme = _added(by, **values)
    audit.record(by=by, action="programme.added", target=programme, code=programme.code)
    return programme


@transaction.atomic
def add_usual(*, by):
    """Add what teams usually offer and this catalogue does not have yet, by name; returns what was added."""
    known = {name.lower() for name in Programme.objects.filter(prison=by.prison_id).values_list("name", flat=True)}
    made = [_added(by, **usual) for usual in USUAL if usual["name"].lower() not in known]
    audit.record(by=by, action="programme.usual_added", prison=by.prison, codes=[programme.code for programme in made])
    return made


@transaction.atomic
def change(*, programme, version, by, **values):
    """Change a programme that is in the catalogue."""
    programme = _current(programme)
    changed = programme.change(version, **values)
    programme.full_clean()
    programme.save()
    names = sorted(changed)
    audit.record(by=by, action="programme.changed", target=programme, changed=names)
    return programme


@transaction.atomic
def end(*, programme, version, by):
    """Take a programme out of the catalogue from today. Those who are still in it, or wait for it, come first."""
    programme = _current(programme)
    if count := queries.people_in(programme):
        are = "person is still in it or waits" if count == 1 else "people are still in it or wait"
        raise ValidationError(f"{count} {are} for it. End that first.")
    programme.change(version, ended_on=timezone.localdate())
    programme.save()
    programme.coverage.filter(until_on=None).update(until_on=timezone.localdate())
    audit.record(by=by, action="programme.ended", target=programme)
    return programme


@transaction.atomic
def cover(*, programme, wings, by):
    """Say on which ``wings`` people are offered a programme from today on; what was, is kept. The same again changes nothing."""
    programme, today = _current(programme), timezone.localdate()
    standing = {row.wing_id: row for row in Coverage.objects.filter(programme=programme, until_on=None)}
    wanted = {wing.pk: wing for wing in wings}
    gone = [row.pk for key, row in standing.items() if key not in wanted]
    Coverage.objects.filter(pk__in=gone).update(until_on=today)
    new = [wing for key, wing in wanted.items() if key not in standing]
    Coverage.objects.bulk_create(
        Coverage(programme=programme, prison_id=programme.prison_id, wing=wing, from_on=today) for wing in new
    )
    taken = sorted(standing.keys() - wanted.keys())
    audit.record(
        by=by, action="programme.covered", target=programme, added=sorted(wing.pk for wing in new), taken=taken
    )


def _added(by, *, name, code="", **values):
    Programme.objects.one_at_a_time(by.prison_id)
    code = code or re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")[:20] or "PROGRAMME"
    programme = Programme(prison_id=by.prison_id, name=name, code=code, **values)
    programme.full_clean()
    programme.save()
    return programme


def _current(programme):
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    if programme.ended_on:
        raise ValidationError(f"{programme} has been ended already.")
    return programme
