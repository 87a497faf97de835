"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from partners.operations import handovers, meeting_lists


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    handovers.move(removed=removed, kept=kept, journal=journal, by=by)
    meeting_lists.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    handovers.move_back(removed=removed, kept=kept, journal=journal, by=by)
    meeting_lists.move_back(removed=removed, kept=kept, journal=journal, by=by)
