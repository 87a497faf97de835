"""Who opened the record of a person, from the audit trail. The one page of the product that reads it (ADR 6)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from casework.models import AuditEntry, Person, RecordAccess

PAGE = 50
# What was opened, in the words of the page; anything else is “record”.
WORDS = {
    "person.opened": "timeline",
    "person.details.opened": "details",
    "person.consents.opened": "consents",
    "person.reason.opened": "asked for a reason",
    "person.viewers.opened": "who viewed",
    "referrals.opened": "referrals",
    "referral.opened": "referral",
    "sessions.opened": "sessions",
    "session.opened": "session",
    "event.opened": "event",
    "release.opened": "release",
    "handover.opened": "handover",
    "pack.opened": "pack",
}


@dataclass
class View:
    """What one person opened of the record on one day; ``reasons``: why, where it was outside his own work."""

    day: date
    by_id: int
    name: str
    count: int
    first_at: datetime
    last_at: datetime
    what: list
    reasons: list

    @property
    def key(self):
        return f"{self.day.isoformat()}_{self.by_id}"


@dataclass
class Page:
    rows: list
    more: bool


def page(person, user, *, after=""):
    """Who opened the record of ``person``, a line for each of them and day, newest day first, behind the line with the key ``after``."""
    keys = [person.pk, *Person.objects.filter(merged_into=person).values_list("pk", flat=True)]
    views = AuditEntry.objects.visible_to(user).filter(kind=AuditEntry.Kind.READ, person_id__in=keys)
    days = views.order_by().annotate(day=TruncDate("at")).values("day", "by_id", "by_name")
    if place := _place(after):
        days = days.filter(Q(day__lt=place[0]) | Q(day=place[0], by_id__gt=place[1]))
    days = days.annotate(
        count=Count("pk"), first_at=Min("at"), last_at=Max("at"), actions=ArrayAgg("action", distinct=True)
    )
    rows = [_view(row) for row in days.order_by("-day", "by_id")[: PAGE + 1]]
    _add_reasons(rows[:PAGE], person, user)
    return Page(rows[:PAGE], len(rows) > PAGE)


def _view(row):
    what = sorted({WORDS.get(action, action.removesuffix(".opened").replace(".", " ")) for action in row["actions"]})
    return View(row["day"], row["by_id"], row["by_name"], row["count"], row["first_at"], row["last_at"], what, [])


def _add_reasons(rows, person, user):
    given = RecordAccess.objects.visible_to(user).filter(person=person, user__in={row.by_id for row in rows})
    for access in given.order_by("from_at"):
        for row in rows:
            if (row.by_id, row.day) == (access.user_id, timezone.localdate(access.from_at)):
                row.reasons.append(access.reason)


def _place(after):
    day, _, key = after.partition("_")
    try:
        return date.fromisoformat(day), int(key)
    except ValueError:
        return None
