"""The sessions of a day: planned, waiting to be written up, and written up."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from casework.models import Person
from interventions.models import Appointment, Contact
from interventions.queries import session as interventions
from reporting.queries.months import midnight

PLANNED, UNWRITTEN, WRITTEN = "Planned", "Not written up", "Written up"
COLOURS = {PLANNED: "blue", UNWRITTEN: "orange", WRITTEN: "green"}


@dataclass
class Session:
    """One session, planned or held: ``url`` leads to the form that writes it up, or to what was written."""

    at: datetime
    person: Person
    kind: str
    place: str
    worker: int
    worker_name: str
    state: str
    url: str

    @property
    def colour(self):
        return COLOURS[self.state]


def of_day(user, day, *, now, worker=None):
    """Sessions of ``day``, of one ``worker`` (a key) or all, in order of time: what was planned, and what was held without a plan."""
    workers = {"worker": worker} if worker else {}
    begins, ends = midnight(day), midnight(day + timedelta(days=1))
    planned = Appointment.objects.visible_to(user).filter(at__gte=begins, at__lt=ends, called_off_at=None, **workers)
    held = Contact.objects.visible_to(user).filter(at__gte=begins, at__lt=ends, appointment=None, **workers)
    rows = [_planned(row, now) for row in planned.select_related("person", "type", "worker")]
    rows += [_held(row) for row in held.select_related("person", "type", "worker")]
    return sorted(rows, key=lambda row: (row.at, row.person.pk))


def unwritten(user, *, now, worker=None):
    """Planned sessions that are over and not written up, the oldest first."""
    rows = interventions.unwritten(user, now=now)
    rows = rows.filter(worker=worker) if worker else rows
    return [_planned(row, now) for row in rows]


def by_worker(rows):
    """Worker (a key) → how many of ``rows`` are his."""
    return Counter(row.worker for row in rows)


def _planned(row, now):
    if row.contact_id:
        state, url = WRITTEN, reverse("interventions:show", args=[row.contact_id])
    else:
        state = UNWRITTEN if row.at < now else PLANNED
        url = f"{reverse('interventions:log', args=[row.person_id])}?appointment={row.pk}"
    return _session(row, state, url)


def _held(row):
    return _session(row, WRITTEN, reverse("interventions:show", args=[row.pk]))


def _session(row, state, url):
    return Session(row.at, row.person, row.type.name, row.place, row.worker_id, row.worker.full_name, state, url)
