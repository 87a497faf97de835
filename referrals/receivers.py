"""Answers to what casework announces."""

from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from casework import events
from referrals.models import Referral, Source
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


@receiver(events.own_work_asked)
def is_for_the_duty_worker(sender, person, user, **kwargs):
    """Whoever waits for triage is the work of all who may be on duty."""
    return Referral.objects.visible_to(user).waiting().filter(person=person).exists()


@receiver(events.waiting_asked)
def tell_who_waits(sender, people, user, **kwargs):
    """Where each of ``people`` who waits for triage is to be found at the front door; one query."""
    waiting = Referral.objects.visible_to(user).waiting().filter(person__in=people)
    return {person: reverse("referrals:show", args=[key]) for key, person in waiting.values_list("pk", "person")}


@receiver(events.referral_wanted)
def make(sender, person, source, reason, by, referrer="", signs=(), nonce=None, **kwargs):
    given = {"reason": reason, "referrer": referrer, "signs": signs, "received_on": timezone.localdate()}
    return referral.make(person=person, source=Source.objects.get(code=source), by=by, nonce=nonce, **given)
