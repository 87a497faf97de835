"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from partners.operations import handovers


@receiver(events.person_merged)
def move(sender, removed, kept, at, by, **kwargs):
    handovers.move(removed=removed, kept=kept, at=at, by=by)
