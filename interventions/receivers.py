"""Answers to what casework announces."""

from django.dispatch import receiver
from django.utils import timezone

from casework import events
from interventions.models import DrugTest
from interventions.operations import appointment, drug_test, enrolment, peer, register, seat, session, unit
from interventions.queries import enrolment as enrolments
from interventions.queries import seats

# In this order: what is put back later names what was put back before.
NOUNS = [session, enrolment, seat, register, drug_test, unit, peer]


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    for noun in NOUNS:
        noun.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    for noun in [appointment, seat, enrolment]:
        noun.leave(spells=spells, at=at, by=by)
    for noun in [unit, peer]:
        noun.leave_prison(spells=spells, at=at, by=by)


@receiver(events.own_work_asked)
def is_in_a_programme(sender, person, user, **kwargs):
    """Whoever is in a programme is the work of its link worker, and of those who run his series."""
    return enrolments.is_work_of(user, person)


@receiver(events.own_work_asked)
def is_to_be_tested(sender, person, user, **kwargs):
    """Whoever has a test in hand is the work of those who record tests."""
    return DrugTest.objects.visible_to(user).in_hand().filter(person=person).exists()


@receiver(events.own_work_asked)
def is_expected_at_a_session(sender, person, user, **kwargs):
    """Whoever is expected at a group or a drop-in is the work of those who run it, while they prepare it and write it up."""
    return seats.are_of(user, person, now=timezone.now())
