"""The numbers of the first page. Those that other pages list are counted from the same rows as there."""

from datetime import timedelta

from django.db.models import Count, Q

from casework.models import Allocation, Case, RollImport, User
from interventions.models import Contact
from partners.models import Handover
from partners.queries import handovers, received
from referrals.models import Referral
from reporting.models import MonthlyFigures
from reporting.queries.months import midnight

HORIZONS = [("1", "Today or tomorrow"), ("14", "Within 2 weeks"), ("42", "Within 6 weeks"), ("84", "Within 12 weeks")]


def own_sessions(user, day):
    """Sessions of ``user`` on ``day``, those that did not take place included."""
    begins, ends = midnight(day), midnight(day + timedelta(days=1))
    return Contact.objects.visible_to(user).filter(worker=user, at__gte=begins, at__lt=ends)


def own_cases(user):
    """How many open cases ``user`` holds."""
    return Case.objects.visible_to(user).open().held_by(user).count()


def own_releases(user):
    """How many people on the caseload of ``user`` are due out within two weeks."""
    return handovers.due_out(user, within=14, mine=True).count()


def waiting(user):
    """How many people wait for triage."""
    return Referral.objects.visible_to(user).waiting().count()


def releases(user):
    """For each horizon its days, its name and how many people of the caseload are due out in it."""
    return [(days, name, handovers.due_out(user, within=int(days)).count()) for days, name in HORIZONS]


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
    """How many people are coming to the agency of ``user``, and how many of them wait for its answer."""
    unanswered = Count("pk", filter=Q(state=Handover.State.SENT))
    return received.coming(user).order_by().aggregate(coming=Count("pk"), unanswered=unanswered)
