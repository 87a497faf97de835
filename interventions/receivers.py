"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from interventions.operations import appointment, enrolment, session


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    session.move(removed=removed, kept=kept, journal=journal, by=by)
    enrolment.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    session.move_back(removed=removed, kept=kept, journal=journal, by=by)
    enrolment.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    appointment.leave(spells=spells, at=at, by=by)
    enrolment.leave(spells=spells, at=at, by=by)
