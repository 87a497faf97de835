"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from interventions import operations


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    operations.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    operations.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    operations.leave(spells=spells, at=at, by=by)
