"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from casework.models import Consent
from partners.models import InwardNotice
from partners.operations import (
    aftercare,
    consents,
    handovers,
    meeting_lists,
    notices,
    outward,
    plans,
    releases,
    visits,
)
from partners.queries import rooms

# In this order: what is put back later names what was put back before.
NOUNS = [handovers, plans, aftercare, meeting_lists, notices, outward, visits]


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.case_opened)
def begin_plan(sender, case, by, **kwargs):
    plans.begin(case=case, by=by)


@receiver(events.release_dates_changed)
def follow_releases(sender, spells, by, at, **kwargs):
    releases.follow(spells=spells, by=by, at=at)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    """Somebody who walks free from court is on the street tonight."""
    plans.hand_over_at_once(spells=spells, by=by, at=at)
    outward.leave(spells=spells, at=at, by=by)


@receiver(events.consent_given)
def take_out(sender, consent, by, at, **kwargs):
    if consent.purpose == Consent.Purpose.HANDOVER:
        consents.take_out(consent=consent, by=by, at=at)


@receiver(events.own_work_asked)
def is_for_the_duty_worker(sender, person, user, **kwargs):
    """Of whom a department told something is the work of all who may be on duty, until somebody has dealt with it."""
    return InwardNotice.objects.visible_to(user).waiting().filter(person=person).exists()


@receiver(events.room_asked)
def has_room(sender, room, periods, **kwargs):
    return rooms.had_by_meetings(room, periods)
