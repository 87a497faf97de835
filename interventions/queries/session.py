"""The sessions of one person, and what a form begins with."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from casework.models import CourtDate, Goal, Plan
from casework.queries import cases
from interventions.models import Appointment, AppointmentMove, Commitment, Contact, ContactType, GoalTouched, Seat
from interventions.queries import catalogue, conflicts

PAGE = 25
PLACE = Contact._meta.get_field("place").max_length
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
    return rows.select_related("type", "worker", "room").order_by("at", "pk")


def coming(person, user, *, now):
    """What ``planned`` tells, as a list: each with ``is_to_come`` and, if it is, its ``conflicts``."""
    rows = list(planned(person, user))
    for row in rows:
        row.is_to_come = row.at > now
    conflicts.mark([row for row in rows if row.until > now], user)
    return rows


def moves(appointment, user):
    """What an appointment was before each of its moves, the last one first."""
    rows = AppointmentMove.objects.visible_to(user).filter(appointment=appointment)
    return rows.select_related("before_worker", "before_room", "by")


def conflicts_of(appointment, user, *, now):
    """What stands against an appointment that is still to come."""
    due = [appointment] if appointment.stands and appointment.until > now else []
    return conflicts.mark(due, user)[0].conflicts if due else []


@dataclass
class Beside:
    """What else stands in somebody's days from now on: ``courts`` and ``commitments``, soonest first."""

    courts: list
    commitments: list


def other_things(person, user, *, now):
    """What stands in the days of ``person`` beside our sessions; two queries."""
    courts = CourtDate.objects.visible_to(user).filter(
        person=person, withdrawn_at=None, on__gte=timezone.localdate(now)
    )
    commitments = Commitment.objects.visible_to(user).filter(person=person, withdrawn_at=None, ends_at__gte=now)
    return Beside(list(courts.order_by("on", "pk")), list(commitments.order_by("starts_at", "pk")))


def goals(person, user):
    """The open goals of the plan in force of ``person``."""
    theirs = Goal.objects.visible_to(user).filter(person=person, removed_at=None, outcome=Goal.Outcome.OPEN)
    return theirs.filter(plan__in=Plan.objects.in_force()).order_by("place", "pk")


def worked_on(session, user):
    """What a session was about: names of topics, goals."""
    touched = GoalTouched.objects.visible_to(user).filter(contact=session).select_related("goal")
    return catalogue.topic_names(session.topics), [row.goal for row in touched.order_by("goal__place", "pk")]


def seat(session, user):
    """The seat at a group or a drop-in that ``session`` belongs to, whether or not it was taken back; else None."""
    return (
        Seat.objects.visible_to(user).filter(contact=session).select_related("session__room", "session__wing").first()
    )


@dataclass
class Bound:
    """What hangs on a session: its ``seat``; the ``answered`` appointment and the ``following`` one; where the person waits for triage."""

    seat: Seat | None
    answered: Appointment | None
    following: Appointment | None
    referral_url: str


def bound(session, user):
    """What hangs on ``session``, to be told before it is taken back."""
    planned = Appointment.objects.visible_to(user).select_related("type")
    return Bound(
        seat=seat(session, user),
        answered=planned.filter(contact=session).first(),
        following=planned.standing().filter(nonce=uuid.uuid5(session.nonce, "next")).first(),
        referral_url=cases.referred([session.person_id], user).get(session.person_id, ""),
    )


def unwritten(user, *, now):
    """Planned sessions that are over and not written up, the oldest first, with the person, the kind and the worker."""
    rows = Appointment.objects.visible_to(user).standing().filter(at__lt=now)
    return rows.select_related("person", "type", "worker", "room").order_by("at", "pk")


def beginning(header, user, appointment=None):
    """What the form for a session with the person of ``header`` is filled with: the ``appointment``, or just now, here, by ``user``."""
    if appointment:
        planned = {name: getattr(appointment, name) for name in ["type", "at", "minutes", "worker"]}
        where = appointment.where[:PLACE]
        return {**planned, "at": timezone.localtime(appointment.at), "place": where, "appointment": appointment}
    kind = ContactType.objects.get(code=ContactType.ONE_TO_ONE if header.case else ContactType.BRIEF)
    began = timezone.localtime().replace(second=0, microsecond=0) - timedelta(minutes=kind.usual_minutes)
    return {
        "type": kind,
        "at": began - timedelta(minutes=began.minute % 5),
        "worker": user,
        "place": _usual_place(header, user),
    }


def _usual_place(header, user):
    """Where ``user`` last saw the person, else the wing."""
    sessions = Contact.objects.visible_to(user).filter(person=header.person, worker=user).exclude(place="")
    last = sessions.order_by("-at").values_list("place", flat=True).first()
    return last or (header.location.wing.name if header.location and header.location.wing else "")
