"""Records that are, or look like, a second record of somebody: one pair to find, one that was merged, one whose merge was undone."""

import random
from datetime import time, timedelta

from casework.formats import names as written
from casework.models import CustodySpell, Person, PersonMerge
from casework.operations import person
from reporting.operations.demo import days, names

SPELLINGS = [
    ("ph", "f"),
    ("ck", "k"),
    ("y", "i"),
    ("tt", "t"),
    ("ll", "l"),
    ("nn", "n"),
    ("ee", "i"),
    ("s", "ss"),
    ("t", "tt"),
]


def fill(world):
    """Three people of the caseload were here before, under other numbers, their names written otherwise. Dice of its own."""
    dice = random.Random(f"doubles {world.prison.code} {world.today}")
    able = [stay for stay in world.caseload.values() if respelt(stay.person.surname) and not stay.returned]
    world.doubles = [(_second(world, stay, dice), stay.person) for stay in dice.sample(able, 3)]


def respelt(surname):
    """The surname as it sounds, written otherwise; empty where we know no such way."""
    for old, new in SPELLINGS:
        other = surname.replace(old, new, 1)
        if other != surname and written.sound(other) == written.sound(surname):
            return other
    return ""


def _second(world, stay, dice):
    """Another record of the person of ``stay``: born on the same day, held here for some weeks before the story begins."""
    surname = respelt(stay.person.surname)
    came = world.start - timedelta(days=dice.randint(500, 900))
    left = days.between(dice, came + timedelta(days=dice.randint(20, 90)), 9, 12)
    row = world.add(
        Person,
        number=names.number(world),
        surname=surname,
        forenames=stay.person.forenames,
        **written.keys(surname, stay.person.forenames),
        date_of_birth=stay.person.date_of_birth,
        sex=stay.person.sex,
        prison_ids=[world.prison.pk],
    )
    ended = {"ended_at": left, "end": CustodySpell.End.RELEASED, "end_reason": "Released", "ended_by": world.importer}
    world.add(CustodySpell, person=row, received_on=came, **ended)
    return row


def join(world):
    """Merge two of the pairs, as a manager asked, once everything is written; part one of them again, because it was a mistake."""
    (merged, kept), (mistaken, other), _ = world.doubles
    at = days.moment(days.working_before(world.today, 3), time(10, 20))
    _ask(world, merged, kept, at, "Same fingerprints: reception found the old number")
    asked = _ask(world, mistaken, other, at + timedelta(minutes=12), "Same name and date of birth")
    asked.undo_why, asked.undo_by = "Two cousins of one name. Reception compared photographs.", world.manager
    asked.save(update_fields=["undo_why", "undo_by"])
    person.unmerge(asked=asked, at=at + timedelta(hours=4), by=world.manager)


def _ask(world, removed, kept, at, reason):
    asked = PersonMerge(
        prison=world.prison, removed=removed, kept=kept, reason=reason, asked_by=world.manager, asked_at=at
    )
    person.merge(removed=removed, kept=kept, at=at, by=world.manager, prison=world.prison, asked=asked)
    return PersonMerge.objects.get(pk=asked.pk)
