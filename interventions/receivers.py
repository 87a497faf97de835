"""Answers to what casework announces."""

from django.dispatch import receiver

from casework import events
from interventions.models import DrugTest
from interventions.operations import appointment, drug_test, enrolment, peer, register, seat, session, unit


@receiver(events.person_merged)
def move(sender, removed, kept, journal, by, **kwargs):
    session.move(removed=removed, kept=kept, journal=journal, by=by)
    register.move(removed=removed, kept=kept, journal=journal, by=by)
    drug_test.move(removed=removed, kept=kept, journal=journal, by=by)
    seat.move(removed=removed, kept=kept, journal=journal, by=by)
    enrolment.move(removed=removed, kept=kept, journal=journal, by=by)
    for noun in [session, unit, peer]:
        noun.move(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.person_unmerged)
def move_back(sender, removed, kept, journal, by, **kwargs):
    session.move_back(removed=removed, kept=kept, journal=journal, by=by)
    register.move_back(removed=removed, kept=kept, journal=journal, by=by)
    drug_test.move_back(removed=removed, kept=kept, journal=journal, by=by)
    seat.move_back(removed=removed, kept=kept, journal=journal, by=by)
    enrolment.move_back(removed=removed, kept=kept, journal=journal, by=by)
    for noun in [session, unit, peer]:
        noun.move_back(removed=removed, kept=kept, journal=journal, by=by)


@receiver(events.spells_ended)
def leave(sender, spells, at, by, **kwargs):
    appointment.leave(spells=spells, at=at, by=by)
    seat.leave(spells=spells, at=at, by=by)


@receiver(events.own_work_asked)
def is_to_be_tested(sender, person, user, **kwargs):
    """Whoever has a test in hand is the work of those who record tests."""
    return DrugTest.objects.visible_to(user).in_hand().filter(person=person).exists()
    enrolment.leave(spells=spells, at=at, by=by)
    unit.leave_prison(spells=spells, at=at, by=by)
    peer.leave_prison(spells=spells, at=at, by=by)
