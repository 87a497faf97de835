"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from referrals import operations


@receiver(events.person_merged)
def move(sender, removed, kept, spells, at, by, **kwargs):
    operations.move(removed=removed, kept=kept, spells=spells, at=at, by=by)


@receiver(events.spells_ended)
def close_unseen(sender, spells, at, by, **kwargs):
    operations.close_unseen(spells=spells, at=at, by=by)
