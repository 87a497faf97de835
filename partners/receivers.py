"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from partners.operations import handovers, plans

# In this order: what is put back later names what was put back before.
NOUNS = [handovers, plans]


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.case_opened)
def begin_plan(sender, case, by, **kwargs):
    plans.begin(case=case, by=by)


@receiver(events.spells_ended)
def hand_over_at_once(sender, spells, at, by, **kwargs):
    """Somebody who walks free from court is on the street tonight."""
    plans.hand_over_at_once(spells=spells, by=by, at=at)
