"""Who opened the record of a person, from the audit trail. The one page of the product that reads it (ADR 6)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, F, Max, Min, Q, Value, When
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
    """What one person opened of the record on one day; ``reasons``: why, where it was outside his own work.

    Whoever read by a link has no account (ADR 12): no ``by_id``, and the ``name`` of the link.
    """

    day: date
    by_id: int | None
    name: str
    count: int
    first_at: datetime
    last_at: datetime
    what: list
    reasons: list

    @property
    def key(self):
        return f"{self.day.isoformat()}_{self.by_id or self.name}"


@dataclass
class Page:
    rows: list
    more: bool


def page(person, user, *, after=""):
    """Who opened the record of ``person``, a line for each of them and day, newest day first, behind the line with the key ``after``."""
    keys = [person.pk, *Person.objects.filter(merged_into=person).values_list("pk", flat=True)]
    views = AuditEntry.objects.visible_to(user).filter(kind=AuditEntry.Kind.READ, person_id__in=keys)
    link = Case(When(by_id=None, then=F("by_name")), default=Value(""))
    days = views.order_by().annotate(day=TruncDate("at"), link=link).values("day", "by_id", "link")
    if place := _place(after):
        days = days.filter(_behind(*place))
    days = days.annotate(
        name=Max("by_name"),
        count=Count("pk"),
        first_at=Min("at"),
        last_at=Max("at"),
        actions=ArrayAgg("action", distinct=True),
    )
    rows = [_view(row) for row in days.order_by("-day", F("by_id").asc(nulls_last=True), "link")[: PAGE + 1]]
    _add_reasons(rows[:PAGE], person, user)
    return Page(rows[:PAGE], len(rows) > PAGE)


def _view(row):
    what = sorted({WORDS.get(action, action.removesuffix(".opened").replace(".", " ")) for action in row["actions"]})
    return View(row["day"], row["by_id"], row["name"], row["count"], row["first_at"], row["last_at"], what, [])


def _add_reasons(rows, person, user):
    given = RecordAccess.objects.visible_to(user).filter(person=person, user__in={row.by_id for row in rows})
    for access in given.order_by("from_at"):
        for row in rows:
            if (row.by_id, row.day) == (access.user_id, timezone.localdate(access.from_at)):
                row.reasons.append(access.reason)


def _behind(day, account, link):
    """Lines behind the one of ``account`` on ``day``, or of ``link``: those of links stand behind those of accounts."""
    of_day = Q(by_id=None, link__gt=link) if account is None else Q(by_id__gt=account) | Q(by_id=None)
    return Q(day__lt=day) | Q(day=day) & of_day


def _place(after):
    day, _, who = after.partition("_")
    try:
        day = date.fromisoformat(day)
    except ValueError:
        return None
    if "\0" in who or not who:
        return None
    return (day, int(who), "") if who.isascii() and who.isdigit() and len(who) < 19 else (day, None, who)
