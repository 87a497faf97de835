"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from referrals.operations import referral


@receiver(events.person_merged)
def move(sender, removed, kept, spells, journal, at, by, **kwargs):
    referral.move(removed=removed, kept=kept, spells=spells, journal=journal, at=at, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    referral.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.spells_ended)
def close_unseen(sender, spells, at, by, **kwargs):
    referral.close_unseen(spells=spells, at=at, by=by)
