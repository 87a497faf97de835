"""Who waits for triage, and how the queue stands."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q

from casework.formats import working_days
from casework.models import Location
from referrals.models import Referral
from referrals.queries import page as pages

PAGE = 100
PRIORITY = Referral.Urgency.PRIORITY
# What says that somebody is seen the next working day (domain.md 8.4).
PRIORITY_ALERTS = {"HA": "an ACCT is open"}
PRIORITY_WINGS = {"SEGREGATION": "the person is on the segregation unit"}


@dataclass
class Waiting:
    """One row of the queue. ``age`` and ``late`` are working days; ``late`` is none until the day it was due has passed."""

    referral: Referral
    location: Location | None
    age: int
    due_on: object
    late: int
    due_today: bool

    @property
    def where(self):
        """The cell or, failing that, where else the person is."""
        return self.location and (self.location.cell or self.location.get_whereabouts_display())

    @property
    def lateness(self):
        return f"{self.late} day{'' if self.late == 1 else 's'} late"


@dataclass
class Standing:
    """The whole queue in four numbers; ``longest`` in working days."""

    waiting: int
    priority: int
    late: int
    longest: int


def due_on(referral, prison):
    """The last day on which triage is within the target of ``prison``."""
    return _due_on(referral.urgency, referral.received_on, prison)


def _due_on(urgency, received_on, prison):
    days = prison.priority_working_days if urgency == PRIORITY else prison.triage_working_days
    return working_days.after(received_on, days)


def standing(user, *, today):
    """How the prison of ``user`` stands; one query of two columns, however long the queue."""
    waiting = Referral.objects.visible_to(user).waiting().values_list("urgency", "received_on")
    rows = [(urgency, received, _due_on(urgency, received, user.prison)) for urgency, received in waiting]
    return Standing(
        waiting=len(rows),
        priority=sum(urgency == PRIORITY for urgency, _, _ in rows),
        late=sum(due < today for _, _, due in rows),
        longest=max((working_days.between(received, today) for _, received, _ in rows), default=0),
    )


def queue(user, *, today, wing=None, urgency="", after=None):
    """Referrals that wait for triage: priority first, then the oldest. ``after``: the referral that the page before ended with."""
    here = Prefetch("spell__locations", Location.objects.filter(until_at=None).select_related("wing"), to_attr="now")
    waiting = Referral.objects.visible_to(user).waiting().select_related("person", "spell", "source")
    waiting = (
        waiting.prefetch_related(here).annotate(asked_again=Count("repeats")).order_by("-urgency", "received_on", "pk")
    )
    if wing:
        waiting = waiting.filter(spell__in=Location.objects.filter(until_at=None, wing=wing).values("spell"))
    if urgency:
        waiting = waiting.filter(urgency=urgency)
    if after:
        same = Q(urgency=after.urgency)
        later = Q(received_on__gt=after.received_on) | Q(received_on=after.received_on, pk__gt=after.pk)
        waiting = waiting.filter(Q(urgency__lt=after.urgency) | (same & later))
    page = pages.of(waiting, PAGE)
    return pages.Page([_waiting(referral, user.prison, today) for referral in page.rows], page.next_key)


def _waiting(referral, prison, today):
    due = due_on(referral, prison)
    return Waiting(
        referral=referral,
        location=next(iter(referral.spell.now), None),
        age=working_days.between(referral.received_on, today),
        due_on=due,
        late=working_days.between(due, today),
        due_today=due == today,
    )


def why_priority(header):
    """Why the person of ``header`` is to be seen the next working day, or nothing."""
    kind = header.location.wing.kind if header.location and header.location.wing else ""
    codes = [alert["code"] for alert in header.alerts]
    return PRIORITY_WINGS.get(kind) or next((PRIORITY_ALERTS[code] for code in codes if code in PRIORITY_ALERTS), "")
