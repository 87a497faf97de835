"""The sessions of one person, and what a form begins with."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from interventions.models import Appointment, Contact, ContactType

PAGE = 25
# Whose reason an outcome was: the first word of its code.
COLOURS = {"TOOK": "green", "PERSON": "yellow", "REGIME": "purple", "TEAM": "orange"}


@dataclass
class Page:
    """Sessions that fit on one page, and the key of the last if there are more."""

    rows: list
    next_key: int | None


def of_person(person, user, *, type=None, outcome="", after=None):
    """Sessions with ``person`` in the prison of ``user``, newest first. ``after``: the one that the page before ended with."""
    sessions = Contact.objects.visible_to(user).filter(person=person).select_related("type", "worker")
    if type:
        sessions = sessions.filter(type=type)
    if outcome:
        sessions = sessions.filter(outcome=outcome)
    if after:
        sessions = sessions.filter(Q(at__lt=after.at) | Q(at=after.at, pk__lt=after.pk))
    found = list(sessions.order_by("-at", "-pk")[: PAGE + 1])
    for session in found:
        session.colour = colour(session)
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def colour(session):
    return COLOURS[session.outcome.partition("_")[0]]


def planned(person, user):
    """Sessions with ``person`` that are planned or wait to be written up, the next one first."""
    rows = Appointment.objects.visible_to(user).standing().filter(person=person)
    return rows.select_related("type", "worker").order_by("at", "pk")


def unwritten(user, *, now):
    """Planned sessions that are over and not written up, the oldest first, with the person, the kind and the worker."""
    rows = Appointment.objects.visible_to(user).standing().filter(at__lt=now)
    return rows.select_related("person", "type", "worker").order_by("at", "pk")


def beginning(header, user, appointment=None):
    """What the form for a session with the person of ``header`` is filled with: the ``appointment``, or now, here, by ``user``."""
    if appointment:
        planned = {name: getattr(appointment, name) for name in ["type", "at", "minutes", "place", "worker"]}
        return {**planned, "at": timezone.localtime(appointment.at), "appointment": appointment}
    now = timezone.localtime().replace(second=0, microsecond=0)
    return {
        "type": ContactType.objects.filter(code="ONE_TO_ONE" if header.case else "BRIEF", ended_on=None).first(),
        "at": now - timedelta(minutes=now.minute % 5),
        "worker": user,
        "place": _usual_place(header, user),
    }


def _usual_place(header, user):
    """Where ``user`` last saw the person, else the wing."""
    sessions = Contact.objects.visible_to(user).filter(person=header.person, worker=user).exclude(place="")
    last = sessions.order_by("-at").values_list("place", flat=True).first()
    return last or (header.location.wing.name if header.location and header.location.wing else "")
