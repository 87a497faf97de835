"""The numbers of the first page. Those that other pages list are counted from the same rows as there."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from casework.formats import deadlines
from casework.models import CoWorker, RollImport, User
from partners.models import Handover
from partners.queries import meetings, received
from reporting.models import MonthlyFigures
from reporting.queries import due, leaving, sessions


@dataclass
class Worker:
    """One line of the team: somebody who may hold cases, or still does, with what is on his desk. ``pk`` None: what nobody holds.

    ``held``: cases that are his; ``shared``: those that he works on beside who holds them.
    """

    pk: int | None
    name: str
    held: int
    shared: int
    capacity: int | None
    overdue: int
    today: int
    soon: int
    sessions: int
    unwritten: int


def team(user, cases, *, today, now):
    """Everybody on the team by name with what he owes in ``cases``, then what nobody holds. It says where help is needed."""
    owed = defaultdict(list)
    for row in due.owed(cases, user.prison, today=today):
        owed[row.worker].append(row)
    held_today, unwritten = sessions.count_of_day(user, today), sessions.count_unwritten(user, now=now)
    rows = [(one.pk, one.full_name, one.held, one.shared, one.capacity) for one in _caseworkers(user)]
    if nobodys := sum(case.worker is None for case in cases):
        rows.append((None, "Nobody", nobodys, 0, None))
    return [
        Worker(
            pk,
            name,
            held,
            shared,
            capacity,
            **due.counts(owed[pk]),
            sessions=held_today[pk],
            unwritten=unwritten[pk],
        )
        for pk, name, held, shared, capacity in rows
    ]


def totals(workers):
    """The sums of the team's columns, by name."""
    return {
        name: sum(getattr(one, name) for one in workers)
        for name in ["overdue", "today", "soon", "sessions", "unwritten"]
    }


def _caseworkers(user):
    """Everybody who may hold cases, and whoever still holds one, by name, each with the number of cases ``held`` and ``shared``."""
    held = Count("allocations", filter=Q(allocations__until_at=None, allocations__case__closed_on=None))
    beside = CoWorker.objects.filter(worker=OuterRef("pk"), until_at=None, case__closed_on=None).order_by()
    shared = Coalesce(Subquery(beside.values("worker").annotate(count=Count("pk")).values("count")), 0)
    staff = User.objects.visible_to(user).annotate(held=held, shared=shared)
    return staff.filter(Q(held__gt=0) | Q(pk__in=User.objects.caseworkers())).order_by("full_name", "pk")


def horizons(rows):
    """For each horizon its days, its name and how many of the leavers ``rows`` are in it; then those on remand without a court date."""
    found = [(str(days), name, len(leaving.within(rows, days))) for days, name in leaving.HORIZONS]
    return [*found, (leaving.UNKNOWN, "On remand, no court date known", len(leaving.within(rows, leaving.UNKNOWN)))]


def last_figures(user, month):
    """The figures of ``month``, if they were computed."""
    months = MonthlyFigures.objects.visible_to(user).filter(computed_at__isnull=False)
    return months.filter(month=month.first).first()


def return_due(user, month, row):
    """The day on which the return for ``month`` is due, unless its figures (``row``) were computed."""
    return None if row else deadlines.monthly_return_on(month.first, user.prison)


def last_roll(user):
    """The newest upload of a roll, whatever became of it."""
    return RollImport.objects.visible_to(user).defer("content", "report").first()


def coming(user):
    """How many people are coming to the agency of ``user``, and how many of them wait for its answer."""
    unanswered = Count("pk", filter=Q(state=Handover.State.SENT))
    return received.coming(user).order_by().aggregate(coming=Count("pk"), unanswered=unanswered)


def meeting_actions(user, *, today):
    """Actions that recovery meetings gave to ``user``, or to his agency, and that are not done: how many, and how many are overdue."""
    late = Count("pk", filter=Q(due_on__lt=today))
    return meetings.own_actions(user).order_by().aggregate(actions=Count("pk"), actions_late=late)
