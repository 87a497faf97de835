"""Guest speakers, and where they speak."""

from django.db.models import Count, Q
from django.utils import timezone

from interventions.models import Guest, GuestVisit


def current(user, *, now):
    """Guests who may be asked, in order of name, each with ``vetted`` today and how many sessions are ``ahead`` of him."""
    ahead = Q(visits__removed_at=None, visits__session__period__startswith__gte=now)
    rows = Guest.objects.visible_to(user).current().annotate(ahead=Count("visits", filter=ahead))
    for row in (rows := list(rows)):
        row.vetted = row.is_vetted_on(timezone.localdate(now))
    return rows


def of(session, user):
    """Visits to ``session`` that stand, in order of name, each with ``vetted``: whether the guest is on that day."""
    visits = GuestVisit.objects.visible_to(user).filter(session=session, removed_at=None).select_related("guest")
    day = timezone.localdate(session.period.lower)
    for visit in (visits := list(visits.order_by("guest__name"))):
        visit.vetted = visit.guest.is_vetted_on(day)
    return visits
