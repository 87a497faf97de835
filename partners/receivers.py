"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from partners.operations import aftercare, handovers, releases


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    handovers.move(removed=removed, kept=kept, journal=journal, by=by)
    aftercare.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.release_dates_changed)
def follow_releases(sender, spells, by, at, **kwargs):
    releases.follow(spells=spells, by=by, at=at)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    handovers.move_back(removed=removed, kept=kept, journal=journal, by=by)
    aftercare.move_back(removed=removed, kept=kept, journal=journal, by=by)
