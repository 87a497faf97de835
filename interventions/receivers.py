"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from interventions.operations import appointment, peer, session, unit


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    for noun in [session, unit, peer]:
        noun.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    for noun in [session, unit, peer]:
        noun.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    appointment.leave(spells=spells, at=at, by=by)
    unit.leave_prison(spells=spells, at=at, by=by)
    peer.leave_prison(spells=spells, at=at, by=by)
