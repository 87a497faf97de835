"""The diary: what is planned, of one worker or the whole prison, on a day or in a week, by the regime's times."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone

from casework.models import Absence, Person, RegimeTime
from interventions.models import Appointment, AppointmentMove, Facilitator, GroupSession
from interventions.queries import conflicts

PLANNED, UNWRITTEN, WRITTEN = "Planned", "Not written up", "Written up"
COLOURS = {PLANNED: "blue", UNWRITTEN: "orange", WRITTEN: "green", "Confirmed": "blue", "Held": "green"}
OTHER = "Other times"
# Where a group or a drop-in is looked at, and where it is written up.
PAGES = {GroupSession.Kind.GROUP: ("group", "register"), GroupSession.Kind.DROP_IN: ("drop_in", "drop_in")}
DAY = timedelta(days=1)


@dataclass
class Entry:
    """One thing in the diary: a session with a ``person``, or with a group that has a ``name``. ``owed``: where it is written up.

    ``moved``: it stood at another time, or with somebody else, before; its own page says when and why.
    """

    at: datetime
    until: datetime
    kind: str
    where: str
    who: str
    state: str
    person: Person | None = None
    name: str = ""
    expected: int = 0
    url: str = ""
    owed: str = ""
    moved: bool = False
    conflicts: list = field(default_factory=list)

    @property
    def whose(self):
        """The person or the group, as a sentence names it."""
        return self.person.name if self.person else self.name

    @property
    def colour(self):
        return COLOURS.get(self.state, "blue")


@dataclass
class Line:
    """One time of the regime, or what falls outside them all: for each day what stands in it."""

    name: str
    hours: str
    cells: list

    @property
    def empty(self):
        return not any(entries for _, entries in self.cells)


@dataclass
class Diary:
    """Days with their ``lines``; ``away``: who is not there; then how many are planned, clash, wait to be written up."""

    days: list
    lines: list
    away: list
    planned: int
    clashes: int
    unwritten: int
    people: set


def of(user, on, *, now, week=False, worker=None):
    """The diary of the prison of ``user``, or of one ``worker`` (a key), for the day or the week of ``on``."""
    days = [on - on.weekday() * DAY + number * DAY for number in range(7)] if week else [on]
    within = (_midnight(days[0]), _midnight(days[-1] + DAY))
    appointments = _appointments(user, within, worker)
    conflicts.mark([row for row in appointments if row.stands and row.until > now], user)
    absences = _away(user, days)
    entries = [*(_entry(row, now) for row in appointments), *_groups(user, within, worker, absences, now)]
    if week:
        days = _without_empty_weekend(days, entries)
    counts = [one.state for one in entries]
    return Diary(
        days=days,
        lines=list(_lines(user, days, sorted(entries, key=lambda one: (one.at, one.who, one.url)))),
        away=[one for one in absences if worker in {None, one.user_id}],
        planned=len(counts),
        clashes=sum(bool(one.conflicts) for one in entries),
        unwritten=counts.count(UNWRITTEN),
        people={row.person_id for row in appointments},
    )


def caseload(user):
    """The people whose case ``user`` holds, by name."""
    held = Q(cases__closed_on=None, cases__allocations__worker=user, cases__allocations__until_at=None)
    return Person.objects.visible_to(user).filter(held).distinct().order_by("surname", "forenames", "pk")


def _appointments(user, within, worker):
    first, until = within
    rows = Appointment.objects.visible_to(user).filter(at__gte=first, at__lt=until, called_off_at=None)
    rows = rows.filter(worker=worker) if worker else rows
    rows = rows.annotate(moved=Exists(AppointmentMove.objects.filter(appointment=OuterRef("pk"))))
    return list(rows.select_related("person", "type", "worker", "room"))


def _entry(row, now):
    state = WRITTEN if row.contact_id else UNWRITTEN if row.at < now else PLANNED
    owed = f"{reverse('interventions:log', args=[row.person_id])}?appointment={row.pk}" if state == UNWRITTEN else ""
    return Entry(
        at=row.at,
        until=row.until,
        kind=row.type.name,
        where=row.where,
        who=row.worker.full_name,
        state=state,
        person=row.person,
        url=reverse("interventions:appointment", args=[row.pk]),
        owed=owed,
        moved=row.moved,
        conflicts=getattr(row, "conflicts", []),
    )


def _groups(user, within, worker, absences, now):
    """Groups and drop-ins that could run, each with who runs it and how many are expected. Once it is over its register is owed."""
    running = Facilitator.objects.visible_to(user).filter(stood_down_at=None).select_related("worker")
    rows = GroupSession.objects.visible_to(user).filter(period__overlap=within)
    rows = rows.exclude(state=GroupSession.State.CANCELLED)
    if worker:
        rows = rows.filter(pk__in=running.filter(worker=worker).values("session"))
    rows = rows.annotate(expected=Count("seats", filter=Q(seats__removed_at=None)))
    rows = rows.select_related("room", "wing").prefetch_related(Prefetch("facilitators", running, to_attr="running"))
    for row in rows:
        page, register = PAGES[row.kind]
        owed = (
            reverse(f"interventions:{register}", args=[row.pk]) if row.closed_at is None and row.ends_at < now else ""
        )
        yield Entry(
            at=row.starts_at,
            until=row.ends_at,
            kind=row.get_kind_display(),
            where=str(row.room or row.wing or ""),
            who=", ".join(one.worker.full_name for one in row.running),
            state=UNWRITTEN if owed else row.get_state_display(),
            name=row.name,
            expected=row.expected,
            url=reverse(f"interventions:{page}", args=[row.pk]),
            owed=owed,
            conflicts=[] if row.ends_at < now else list(_missed(row, absences)),
        )


def _missed(session, absences):
    """Who is to run a session and is away that day."""
    day, workers = timezone.localdate(session.starts_at), {one.worker_id for one in session.running}
    for one in absences:
        if one.user_id in workers and one.from_on <= day <= one.until_on:
            yield f"{one.user} is away until {one.until_on:%-d %B}."


def _lines(user, days, entries):
    """What falls into no time of the regime stands below them."""
    times = list(RegimeTime.objects.visible_to(user).current().order_by("starts_at", "pk"))
    held = defaultdict(list)
    for one in entries:
        at = timezone.localtime(one.at)
        within = next((slot.pk for slot in times if slot.starts_at <= at.time() < slot.ends_at), None)
        held[within, at.date()].append(one)
    for slot in times:
        hours = f"{slot.starts_at:%H:%M} to {slot.ends_at:%H:%M}"
        yield Line(slot.name, hours, [(day, held[slot.pk, day]) for day in days])
    other = Line(OTHER if times else "All day", "", [(day, held[None, day]) for day in days])
    if not (times and other.empty):
        yield other


def _without_empty_weekend(days, entries):
    busy = {timezone.localdate(one.at) for one in entries}
    return [day for day in days if day.weekday() < 5 or day in busy]


def _away(user, days):
    rows = Absence.objects.filter(prison=user.prison_id, withdrawn_at=None, user__is_active=True)
    rows = rows.filter(from_on__lte=days[-1], until_on__gte=days[0])
    return list(rows.select_related("user").order_by("user__full_name", "from_on"))


def _midnight(day: date):
    return datetime.combine(day, time(), timezone.get_current_timezone())
