"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from interventions import operations


@receiver(events.person_merged)
def move(sender, removed, kept, at, by, **kwargs):
    operations.move(removed=removed, kept=kept, at=at, by=by)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    operations.leave(spells=spells, at=at, by=by)
