"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from referrals import operations
from referrals.models import Referral


@receiver(events.person_merged)
def move(sender, removed, kept, spells, at, by, **kwargs):
    operations.move(removed=removed, kept=kept, spells=spells, at=at, by=by)


@receiver(events.spells_ended)
def close_unseen(sender, spells, at, by, **kwargs):
    operations.close_unseen(spells=spells, at=at, by=by)


@receiver(events.own_work_asked)
def is_for_the_duty_worker(sender, person, user, **kwargs):
    """Whoever waits for triage is the work of all who may be on duty."""
    return Referral.objects.visible_to(user).waiting().filter(person=person).exists()
