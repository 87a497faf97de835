"""The numbers of the first page, each defined once: the records behind it, and from them the number and the list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db.models import Count, OuterRef, Q, Subquery

from casework.models import Allocation, Case, ReleaseDate, RollImport, User
from interventions.models import Contact
from partners.models import Handover
from referrals.models import Referral
from reporting.models import MonthlyFigures
from reporting.queries.months import midnight

HORIZONS = [1, 14, 42, 84]  # days


@dataclass(frozen=True)
class Tally:
    """A number about now. ``records``: from a user and a day to the rows that count."""

    name: str
    title: str
    heading: str  # of the page with its list
    sentence: str
    records: Callable


def own_sessions(user, day):
    begins, ends = midnight(day), midnight(day + timedelta(days=1))
    return Contact.objects.visible_to(user).filter(worker=user, at__gte=begins, at__lt=ends)


def releases(user, day, *, within):
    """Open cases whose person is due out within so many days, with the first date as ``release_on``."""
    dates = ReleaseDate.objects.filter(spell=OuterRef("spell"), superseded_at=None, on__isnull=False)
    cases = Case.objects.visible_to(user).open().filter(spell__ended_at=None)
    cases = cases.annotate(release_on=Subquery(dates.order_by("on").values("on")[:1]))
    return cases.filter(release_on__lte=day + timedelta(days=within))


def own_releases(user, day):
    return releases(user, day, within=14).held_by(user)


OWN = [
    Tally(
        "own-releases",
        "Leaving within 14 days",
        "Your caseload: leaving within 14 days",
        "People on your caseload whose release date is at most 14 days away, or has passed while they are still here.",
        own_releases,
    ),
    Tally(
        "own-sessions",
        "Sessions today",
        "Your sessions today",
        "Sessions of yours today that are written up, those that did not take place included.",
        own_sessions,
    ),
]
RELEASES = [
    Tally(
        f"releases-{days}",
        f"Within {days} day{'s' if days > 1 else ''}",
        f"Caseload: leaving within {days} day{'s' if days > 1 else ''}",
        f"People on the caseload whose release date is at most {days} day{'s' if days > 1 else ''} away, or has passed.",
        partial(releases, within=days),
    )
    for days in HORIZONS
]
BY_NAME = {tally.name: tally for tally in [*OWN, *RELEASES]}


def counted(tallies, user, day):
    """Each of ``tallies`` with its number."""
    return [(tally, tally.records(user, day).count()) for tally in tallies]


def own_cases(user):
    """How many open cases ``user`` holds."""
    return Case.objects.visible_to(user).open().held_by(user).count()


def waiting(user):
    """How many people wait for triage."""
    return Referral.objects.visible_to(user).waiting().count()


def caseload_by_worker(user):
    """Everybody who may hold cases, and whoever still holds one, by name, each with his ``held`` cases. No league table."""
    held = Count("allocations", filter=Q(allocations__until_at=None, allocations__case__closed_on=None))
    staff = User.objects.visible_to(user).annotate(held=held)
    return staff.filter(Q(held__gt=0) | Q(pk__in=User.objects.caseworkers())).order_by("full_name", "pk")


def unallocated(user):
    """How many open cases nobody holds."""
    allocated = Allocation.objects.filter(until_at=None, prison_id=user.prison_id)
    return Case.objects.visible_to(user).open().exclude(pk__in=allocated.values("case")).count()


def last_figures(user, month):
    """The figures of ``month``, if they were computed."""
    months = MonthlyFigures.objects.visible_to(user).filter(computed_at__isnull=False)
    return months.filter(month=month.first).first()


def last_roll(user):
    """The newest upload of a roll, whatever became of it."""
    return RollImport.objects.visible_to(user).defer("content", "report").first()


def coming(user):
    """What was handed over to the agency of ``user`` and is shared now: how many, and how many wait for an answer."""
    unanswered = Count("pk", filter=Q(state=Handover.State.SENT))
    shared = Handover.objects.visible_to(user).filter(sent_at__isnull=False).exclude(state=Handover.State.RECALLED)
    return shared.aggregate(coming=Count("pk"), unanswered=unanswered)
