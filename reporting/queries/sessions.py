"""The sessions of a day: planned, waiting to be written up, and written up."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse

from casework.models import Person
from interventions.models import Appointment, Contact, GroupSession
from interventions.queries import session as interventions
from reporting.queries.months import midnight

PLANNED, UNWRITTEN, WRITTEN = "Planned", "Not written up", "Written up"
COLOURS = {PLANNED: "blue", UNWRITTEN: "orange", WRITTEN: "green"}


@dataclass
class Session:
    """One session, planned or held: ``url`` leads to what is planned, to the form that writes it up, or to what was written.

    ``on_round``: it was one line of a wing round.
    """

    at: datetime
    person: Person
    kind: str
    place: str
    worker: int
    worker_name: str
    state: str
    url: str
    on_round: bool = False

    @property
    def colour(self):
        return COLOURS[self.state]


def of_day(user, day, *, now, worker=None):
    """Sessions of ``day``, of one ``worker`` (a key) or all, in order of time: what was planned, and what was held without a plan."""
    planned, held = (found.select_related("person", "type", "worker") for found in _of_day(user, day, worker))
    rows = [*(_planned(row, now) for row in planned.select_related("room")), *(_held(row) for row in held)]
    return sorted(rows, key=lambda row: (row.at, row.person.pk))


def groups_of_day(user, day, *, worker, now):
    """Groups and drop-ins of ``day`` that ``worker`` (a key) runs, each with how many are ``expected`` and where to go on."""
    rows = GroupSession.objects.visible_to(user).filter(
        facilitators__worker=worker,
        facilitators__stood_down_at=None,
        period__startswith__gte=midnight(day),
        period__startswith__lt=midnight(day + timedelta(days=1)),
    )
    rows = rows.exclude(state=GroupSession.State.CANCELLED).select_related("room", "wing").order_by("period", "pk")
    rows = list(rows.annotate(expected=Count("seats", filter=Q(seats__removed_at=None), distinct=True)))
    for row in rows:
        row.over = row.ends_at < now
        group = "register" if row.over else "group"
        page = "drop_in" if row.kind == GroupSession.Kind.DROP_IN else group
        row.said = UNWRITTEN if row.over and row.closed_at is None else row.get_state_display()
        row.colour = COLOURS.get(row.said, "blue")
        row.url = reverse(f"interventions:{page}", args=[row.pk])
    return rows


def unwritten(user, *, now, worker=None):
    """Planned sessions that are over and not written up, the oldest first."""
    rows = interventions.unwritten(user, now=now)
    rows = rows.filter(worker=worker) if worker else rows
    return [_planned(row, now) for row in rows]


def count_of_day(user, day):
    """Worker (a key) → how many sessions of ``day`` are his."""
    return _by_worker(*_of_day(user, day))


def count_unwritten(user, *, now):
    """Worker (a key) → how many of his sessions are over and not written up."""
    return _by_worker(interventions.unwritten(user, now=now))


def _of_day(user, day, worker=None):
    workers = {"worker": worker} if worker else {}
    within = {"at__gte": midnight(day), "at__lt": midnight(day + timedelta(days=1))}
    planned = Appointment.objects.visible_to(user).filter(**within, called_off_at=None, **workers)
    held = Contact.objects.visible_to(user).filter(**within, appointment=None, **workers)
    return planned, held


def _by_worker(*found):
    return Counter(worker for rows in found for worker in rows.values_list("worker", flat=True))


def _planned(row, now):
    if row.contact_id:
        state, url = WRITTEN, reverse("interventions:show", args=[row.contact_id])
    elif row.at < now:
        state, url = UNWRITTEN, f"{reverse('interventions:log', args=[row.person_id])}?appointment={row.pk}"
    else:
        state, url = PLANNED, reverse("interventions:appointment", args=[row.pk])
    return _session(row, row.where, state, url)


def _held(row):
    url = reverse("interventions:show", args=[row.pk])
    return _session(row, row.place, WRITTEN, url, on_round=row.round_id is not None)


def _session(row, where, state, url, *, on_round=False):
    return Session(row.at, row.person, row.type.name, where, row.worker_id, row.worker.full_name, state, url, on_round)
