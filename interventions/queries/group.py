"""Groups and drop-ins: the week, one session, one series, and what stands in the way of a time."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Max, Min, Prefetch, Q
from django.utils import timezone

from casework.models import Location
from interventions.models import Appointment, Enrolment, Facilitator, GroupSession, GuestVisit, Seat, Series
from interventions.queries import conflicts, places

WEEK = timedelta(days=7)
FURTHEST = timedelta(days=366)
OWNERS = {"TEAM": "team", "REGIME": "prison", "OTHER": "other"}
COLOURS = {"PLANNED": "yellow", "CONFIRMED": "blue", "HELD": "green", "CANCELLED": "red"}
SEATED = [Enrolment.State.ALLOCATED, Enrolment.State.ACTIVE]


@dataclass
class Week:
    """The sessions of one week as ``days`` (day, sessions). ``states``: how many of each; ``owners``: of those that could not run."""

    first: object
    days: list
    count: int
    states: Counter
    owners: Counter

    @property
    def last(self):
        return self.first + WEEK - timedelta(days=1)

    @property
    def before(self):
        return self.first - WEEK

    @property
    def behind(self):
        return self.first + WEEK

    @property
    def could_not_run(self):
        return self.states[GroupSession.State.CANCELLED]


def monday(day):
    return day - timedelta(days=day.weekday())


def moment(day, clock):
    return timezone.make_aware(datetime.combine(day, clock))


def week(user, first, *, wing=None, programme=None, worker=None, state=""):
    """The week that begins on ``first``: its sessions in order of time with who runs them and how many are expected; three queries."""
    rows = _told(GroupSession.objects.visible_to(user))
    start = moment(first, datetime.min.time())
    rows = rows.filter(period__startswith__gte=start, period__startswith__lt=moment(first + WEEK, datetime.min.time()))
    if wing:
        rows = rows.filter(Q(wing=wing) | Q(room__wing=wing))
    if programme:
        rows = rows.filter(series__programme=programme)
    if worker:
        rows = rows.filter(facilitators__worker=worker, facilitators__stood_down_at=None)
    if state:
        rows = rows.filter(state=state)
    rows = list(rows.order_by("period", "pk"))
    counted(rows)
    days = defaultdict(list)
    for row in rows:
        days[timezone.localdate(row.starts_at)].append(row)
    states = Counter(row.state for row in rows)
    owners = Counter(row.cancelled_why.partition("_")[0] for row in rows if row.cancelled_why)
    return Week(
        first, sorted(days.items()), len(rows), states, Counter({OWNERS[name]: n for name, n in owners.items()})
    )


def could_not_run(user, *, since, until):
    """Why → how many sessions that began between two days could not run, the most frequent first."""
    rows = GroupSession.objects.visible_to(user).filter(state=GroupSession.State.CANCELLED)
    rows = rows.filter(period__startswith__gte=moment(since, datetime.min.time()))
    rows = rows.filter(period__startswith__lt=moment(until, datetime.min.time()))
    whys = Counter(rows.values_list("cancelled_why", flat=True))
    return [(GroupSession.Why(why).label, count) for why, count in whys.most_common()]


def counted(sessions):
    """Put on each of ``sessions`` what pages say of it: who runs it, how many are expected, its colour."""
    counts = places.expected(sessions)
    for row in sessions:
        row.expected = counts.get(row.pk, 0)
        row.colour = COLOURS[row.state]
        row.runs = [each.worker for each in row.running]


def one(user):
    """Sessions with all that their own page says."""
    guests = GuestVisit.objects.filter(removed_at=None).select_related("guest").order_by("guest__name", "pk")
    rows = _told(GroupSession.objects.visible_to(user)).select_related("stands_for", "made_by", "closed_by")
    return rows.prefetch_related(Prefetch("guests", guests, to_attr="coming"), "catch_ups")


def _told(rows):
    runs = Facilitator.objects.filter(Q(stood_down_at=None) | Q(session__state=GroupSession.State.CANCELLED))
    runs = runs.select_related("worker").order_by("worker__full_name", "pk")
    rows = rows.select_related("room", "wing", "regime_time", "series__programme")
    return rows.prefetch_related(Prefetch("facilitators", runs, to_attr="running"))


def seats(session, user):
    """Who is expected at ``session``, in order of name; of one that could not run, who was. Each with his ``cell``."""
    rows = Seat.objects.visible_to(user).filter(session=session).select_related("person", "contact", "enrolment")
    if session.state == GroupSession.State.CANCELLED:
        rows = rows.filter(removed_at=session.closed_at)
    else:
        rows = rows.expected()
    rows = list(rows.order_by("person__surname_key", "person__forenames_key", "pk"))
    here = Location.objects.filter(
        spell__person__in=[row.person_id for row in rows], prison=user.prison_id, until_at=None
    )
    cells = {place.spell.person_id: place for place in here.select_related("spell", "wing")}
    for row in rows:
        place = cells.get(row.person_id)
        row.cell = place.cell if place and place.whereabouts == Location.Whereabouts.IN else ""
        row.whereabouts = "" if row.cell or place is None else place.get_whereabouts_display()
    return rows


def taken_off(session, user):
    """Who was expected and was taken off, the last first."""
    rows = Seat.objects.visible_to(user).filter(session=session, removed_at__isnull=False)
    if session.state == GroupSession.State.CANCELLED:
        rows = rows.exclude(removed_at=session.closed_at)
    return rows.select_related("person", "removed_by").order_by("-removed_at", "-pk")


def may_catch_up(session, user):
    """The seats of those who did not have this session: it could not run, they did not come, or they were taken off."""
    rows = Seat.objects.visible_to(user).filter(session=session).exclude(contact__outcome="TOOK_PLACE")
    return rows.select_related("person").order_by("person__surname_key", "person__forenames_key", "pk")


def enrolled(session, user):
    """People who have a place in the series of ``session``, are not expected there, and were not taken off.

    A session that stands for another has none: it is for those who missed that one, by name.
    """
    if session.series_id is None or session.stands_for_id:
        return Enrolment.objects.none()
    rows = with_places(session.series_id, user)
    seated = Seat.objects.visible_to(user).filter(session=session)
    return rows.exclude(person__in=seated.values("person")).select_related("person").order_by("proposed_on", "pk")


def places_in(series, people, user):
    """Key of each of ``people`` who has a place in the series with this key → his enrolment."""
    rows = with_places(series, user).filter(person__in=people) if series else []
    return {row.person_id: row for row in rows}


def with_places(series, user):
    """Enrolments of those who have a place in ``series``."""
    return Enrolment.objects.visible_to(user).live().filter(series=series, state__in=SEATED)


def to_come(series):
    """The sessions of ``series`` that are still to begin, in order of time."""
    rows = GroupSession.objects.filter(series=series, period__startswith__gt=timezone.now()).open()
    return rows.select_related("room").order_by("period", "pk")


def series(user):
    """Series with how far they reach."""
    rows = Series.objects.visible_to(user).select_related("programme", "room", "wing", "regime_time")
    return rows.annotate(first=Min("sessions__period__startswith"), last=Max("sessions__period__startswith"))


def sessions_of(series, user):
    rows = list(_told(GroupSession.objects.visible_to(user).filter(series=series)).order_by("period", "pk"))
    counted(rows)
    return rows


def last_number(series):
    return series.sessions.aggregate(last=Max("number"))["last"] or 0


# A time, and what stands in its way


def period_of(on, regime_time, begins=None, ends=None, *, was=None):
    """The time on a day that a regime time, or a part of it, means. One that is over is refused, but if it already ``was`` so."""
    begins, ends = begins or regime_time.starts_at, ends or regime_time.ends_at
    slot = f"{regime_time} is from {regime_time.starts_at:%H:%M} to {regime_time.ends_at:%H:%M}."
    if not regime_time.starts_at <= begins < regime_time.ends_at:
        raise ValidationError({"begins": slot})
    if not begins < ends <= regime_time.ends_at:
        raise ValidationError({"ends": slot if ends > regime_time.ends_at else "It ends after it begins."})
    period = DateTimeTZRange(moment(on, begins), moment(on, ends))
    now = timezone.now()
    if not now <= period.upper <= now + FURTHEST and period != was:
        raise ValidationError({"on": "Give a day from today on, within a year."})
    return period


def elsewhere(session, period):
    """What to say of those expected at ``session`` who are expected elsewhere during ``period``."""
    people = session.seats.filter(removed_at=None).values("person")
    rows = Seat.objects.expected().filter(person__in=people, period__overlap=period).exclude(session=session)
    rows = rows.select_related("person", "session").order_by("person__surname_key", "pk")
    said = [f"{row.person.name} is expected at {row.session.name} at that time." for row in rows]
    return said or ["Somebody who comes here is expected elsewhere at that time."]


def clashes(*, room, workers, periods, but=None):
    """What is refused of ``periods``, beside which field, each naming the other session. ``but``: the session that is moved itself."""
    found = defaultdict(list)
    reach = (min(period.lower for period in periods), max(period.upper for period in periods))
    if room:
        rows = GroupSession.objects.filter(room=room, period__overlap=reach).exclude(state="CANCELLED")
        for row in rows.exclude(pk=but and but.pk).order_by("period"):
            if _overlaps(row.period, periods):
                found["room"].append(f"{room} is taken on {_when(row.period)}, by {row.name}.")
    rows = Facilitator.objects.filter(worker__in=workers, stood_down_at=None, period__overlap=reach)
    for row in rows.exclude(session=but).select_related("worker", "session").order_by("period", "pk"):
        if _overlaps(row.period, periods):
            found["facilitators"].append(f"{row.worker} runs {row.session.name} on {_when(row.period)}.")
    return {name: texts for name, texts in found.items() if texts}


def has_room(room, periods):
    """Whoever has ``room`` in one of ``periods`` for something that is no group, in sentences."""
    return [*one_to_ones(room, periods), *conflicts.had_above(room, periods)]


def one_to_ones(room, periods):
    """What is refused because somebody sees one person in ``room`` then."""
    reach = (min(period.lower for period in periods), max(period.upper for period in periods))
    rows, seen = Appointment.objects.standing().filter(room=room), False
    rows = rows.filter(at__lt=reach[1], at__gt=reach[0] - timedelta(hours=8))
    for row in rows.select_related("worker").order_by("at", "pk"):
        until = row.at + timedelta(minutes=row.minutes)
        if any(row.at < period.upper and until > period.lower for period in periods):
            at = timezone.localtime(row.at)
            yield f"{room} is taken on {at:%A %-d %B} at {at:%H:%M} by {row.worker}, who sees somebody there."
            seen = True
    if not seen and conflicts.room_is_taken(room, periods):
        yield f"{room} is taken by somebody else {'at that time' if len(periods) == 1 else 'at one of these times'}."


def _overlaps(period, periods):
    return any(period.lower < other.upper and period.upper > other.lower for other in periods)


def _when(period):
    first, last = timezone.localtime(period.lower), timezone.localtime(period.upper)
    return f"{first:%A %-d %B}, {first:%H:%M} to {last:%H:%M}"
