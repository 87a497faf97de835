"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from partners.operations import handovers, outward, visits

# In this order: what is put back later names what was put back before.
NOUNS = [handovers, outward, visits]


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    outward.leave(spells=spells, at=at, by=by)
