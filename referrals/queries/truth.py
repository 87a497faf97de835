"""Whether anybody waits, for any day: how many, how long, from where, and how quickly those were seen who had been waiting.

Somebody waits from the day the referral was received until the day of the triage. Repeats are not counted.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.db.models import Q

from casework.formats import working_days
from referrals.models import Hold, Referral, Source, Triage
from referrals.queries import page as pages
from referrals.queries import target
from referrals.queries.duty import midnight

PAGE = 100
LEFT = Triage.Outcome.LEFT
# Working days waited, from and to, and how the band is called.
BANDS = [
    (0, 1, "0 or 1 working day"),
    (2, 5, "2 to 5 working days"),
    (6, 10, "6 to 10 working days"),
    (11, 20, "11 to 20 working days"),
    (21, 10_000, "More than 20 working days"),
]
GROUPS = [Source.Group.SELF, Source.Group.INTERNAL, Source.Group.EXTERNAL]


@dataclass(frozen=True)
class Row:
    """One referral as it stood on a day. ``days``: working days until then or, of one that was answered, until the triage."""

    referral: Referral
    days: int
    due_on: date

    @property
    def in_time(self):
        return self.referral.triage.done_on <= self.due_on

    @property
    def band(self):
        return next(number for number, (first, last, _) in enumerate(BANDS) if first <= self.days <= last)


@dataclass(frozen=True)
class Line:
    """One line of a table: what it is called, how many, the longest in working days, and what to ask for the rows behind it."""

    name: str
    count: int
    longest: int | None
    query: str


@dataclass(frozen=True)
class Truth:
    """The whole of it for the day ``on``. ``answered``: rows of the month up to it, ``seen`` those who did not leave before."""

    on: date
    first: date
    waiting: list
    answered: list
    held: int

    @property
    def count(self):
        return len(self.waiting)

    @property
    def that_day(self):
        return [row for row in self.answered if row.referral.triage.done_on == self.on]

    @property
    def seen(self):
        return [row for row in self.answered if row.referral.triage.outcome != LEFT]

    @property
    def left(self):
        return len(self.answered) - len(self.seen)

    @property
    def in_time(self):
        return [row for row in self.seen if row.in_time]

    @property
    def late(self):
        return [row for row in self.seen if not row.in_time]

    @property
    def share(self):
        """Per cent of those seen in the month who were seen by the day they were due, or None where nobody was."""
        return round(100 * len(self.in_time) / len(self.seen), 1) if self.seen else None

    @property
    def median(self):
        """Working days from the referral to the triage, of those seen in the month; None where nobody was."""
        return median(row.days for row in self.seen) if self.seen else None

    @property
    def longest(self):
        return max(self.waiting, key=lambda row: row.days, default=None)

    @property
    def bands(self):
        lines = [(name, [row for row in self.waiting if row.band == number]) for number, (*_, name) in enumerate(BANDS)]
        return [_line(name, rows, f"band={number}") for number, (name, rows) in enumerate(lines)]

    @property
    def groups(self):
        """A line for each group of sources, however few."""
        rows = {group: [row for row in self.waiting if row.referral.source.group == group] for group in GROUPS}
        return [_line(group.label, rows[group], f"group={group}") for group in GROUPS]

    @property
    def sources(self):
        """A line for each source from which anybody waited, most first."""
        found = {}
        for row in self.waiting:
            found.setdefault(row.referral.source, []).append(row)
        lines = [_line(source.name, rows, f"source={source.pk}") for source, rows in found.items()]
        return sorted(lines, key=lambda line: (-line.count, line.name))


def _line(name, rows, query):
    return Line(name, len(rows), max((row.days for row in rows), default=None), query)


def of(user, *, on):
    """The truth about the day ``on`` as ``user`` may see it. Three queries, however many waited."""
    first = month_before(on) + timedelta(days=1)
    return Truth(on, first, waiting(user, on=on), answered(user, first=first, on=on), _held(user, on))


def waiting(user, *, on):
    """Rows of those who waited at the end of the day ``on``, the longest waiting first: one query."""
    untriaged = Q(triaged_at=None) | Q(triaged_at__gte=midnight(on + timedelta(days=1)), triage__done_on__gt=on)
    found = _counted(user).filter(untriaged, received_on__lte=on).order_by("received_on", "pk")
    return [_row(referral, on, user.prison) for referral in found]


def answered(user, *, first, on):
    """Rows of those who were triaged from ``first`` to ``on``, the latest first: one query."""
    found = _counted(user).filter(triage__done_on__range=(first, on)).order_by("-triage__done_on", "-pk")
    return [_row(referral, referral.triage.done_on, user.prison) for referral in found]


def _counted(user):
    referrals = Referral.objects.visible_to(user).filter(repeat_of=None)
    return target.measured(referrals).select_related("person", "source", "triage")


def _row(referral, until, prison):
    return Row(referral, working_days.between(referral.received_on, until), target.due_on(referral, prison))


def _held(user, on):
    """How many of those who waited at the end of ``on`` were on hold then."""
    end = midnight(on + timedelta(days=1))
    stood = Hold.objects.visible_to(user).filter(Q(lifted_at=None) | Q(lifted_at__gte=end), from_on__lte=on)
    return stood.filter(until_on__gt=on).values("referral").distinct().count()


def month_before(day):
    """The same day a month earlier, or the last of that month."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


# What a number of the page leads to → its heading and the rows it counts.
PARTS = {
    "waiting": ("Waiting at the end of the day", lambda truth: truth.waiting),
    "that_day": ("Triaged that day", lambda truth: truth.that_day),
    "seen": ("Triaged in the month up to it", lambda truth: truth.seen),
    "in_time": ("Triaged within target", lambda truth: truth.in_time),
    "late": ("Triaged after target", lambda truth: truth.late),
    "left": ("Left before they were seen", lambda truth: [row for row in truth.answered if row not in truth.seen]),
}


def part(truth, name, *, band=None, group="", source=None, after=None):
    """A page of the rows behind one number; of those who waited, also of a band, group or source alone."""
    rows = PARTS[name][1](truth)
    rows = [
        row
        for row in rows
        if (band is None or row.band == band)
        and (not group or row.referral.source.group == group)
        and (source is None or row.referral.source_id == source)
    ]
    keys = [row.referral.pk for row in rows]
    begin = keys.index(after) + 1 if after in keys else 0
    shown = rows[begin : begin + PAGE]
    more = len(rows) > begin + PAGE
    return pages.Page(shown, shown[-1].referral.pk if more else None), len(rows)
