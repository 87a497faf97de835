"""What came back on feedback sheets: by session, by month, and the words that may stand in a report. Nobody's name is on a sheet."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.db.models import Avg, Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from interventions.models import Contact, FeedbackSheet, GroupSession, Seat

RATINGS = {"useful": "It was useful", "understood": "I understood it", "respected": "I was treated with respect"}
# So few came that a sheet could lead back to somebody: it then stands with its month, and with no session (domain.md 7.3).
FEW = 5
NO_MEANS = [None] * len(RATINGS)
CAME = Q(removed_at=None, contact__outcome=Contact.Outcome.TOOK_PLACE)


@dataclass
class Result:
    """What came back: ``returned`` of ``attended`` (None where nobody wrote it down), the ``means`` in the order of the questions.

    ``apart``: how many of those returned are tied to no session, so that nobody knows of how many they are.
    """

    returned: int
    attended: int | None
    means: list
    apart: int = 0

    @property
    def share(self):
        return round(100 * (self.returned - self.apart) / self.attended) if self.attended else None

    @property
    def few(self):
        """Whether so few came, or may have, that a single sheet could lead back to somebody."""
        return (self.attended or 0) < FEW


def attended(session):
    """How many came to ``session``: those marked in the register, or the heads that were counted; None while nothing is written."""
    named = Seat.objects.filter(CAME, session=session).count()
    return max(named, session.head_count or 0) or None


def of_session(session, user):
    """The result of ``session``."""
    sheets = FeedbackSheet.objects.visible_to(user).filter(session=session)
    return _apart(_result(sheets, attended(session)))


def _result(sheets, attended):
    found = sheets.order_by().aggregate(
        count=Count("pk"), apart=Count("pk", filter=Q(session=None)), **{name: Avg(name) for name in RATINGS}
    )
    return Result(found["count"], attended, [_mean(found[name]) for name in RATINGS], found["apart"])


def _apart(result):
    """``result`` of a session, without means where they would be those of single sheets."""
    return replace(result, means=NO_MEANS) if result.few else result


def _mean(value):
    return None if value is None else round(float(value), 1)


def months(user):
    """The months for which sheets came back, the newest first."""
    return list(FeedbackSheet.objects.visible_to(user).order_by("-month").values_list("month", flat=True).distinct())


def read_month(text, known):
    """The first day of the month that an address names; the newest of ``known``, or this month, for anything else."""
    if found := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text):
        return date(max(int(found[1]), 1), int(found[2]), 1)
    return known[0] if known else timezone.localdate().replace(day=1)


def by_session(user, month):
    """Sessions of ``month`` from which sheets came back, the newest first, each with its ``result``; one query."""
    sheets = FeedbackSheet.objects.visible_to(user).filter(session=OuterRef("pk"), month=month).order_by()
    came = Seat.objects.visible_to(user).filter(CAME, session=OuterRef("pk")).order_by().values("session")
    counts = {name: _part(sheets, Avg(name)) for name in RATINGS}
    rows = GroupSession.objects.visible_to(user).annotate(
        returned=_part(sheets, Count("pk")),
        came=Coalesce(Subquery(came.annotate(found=Count("pk")).values("found")), 0),
        **{f"mean_{name}": part for name, part in counts.items()},
    )
    rows = list(rows.filter(returned__gt=0).order_by("-period", "-pk"))
    for row in rows:
        means = [_mean(getattr(row, f"mean_{name}")) for name in RATINGS]
        row.result = _apart(Result(row.returned, max(row.came, row.head_count or 0) or None, means))
    return rows


def _part(sheets, what):
    return Subquery(sheets.values("session").annotate(found=what).values("found"))


def of_month(user, month, sessions):
    """The result of ``month``: of all its sheets, against those who came to its ``sessions``."""
    counted = [row.result.attended for row in sessions if row.result.attended]
    return _result(FeedbackSheet.objects.visible_to(user).filter(month=month), sum(counted) or None)


def quotes(user, month, sessions):
    """The words chosen for reports of ``month``: (words, name of the session, or nothing where few came). In order of the words."""
    named = {row.pk: row.name for row in sessions if min(row.result.attended or 0, row.returned) >= FEW}
    chosen = FeedbackSheet.objects.visible_to(user).filter(month=month, chosen_at__isnull=False)
    return sorted((sheet.words, named.get(sheet.session_id, "")) for sheet in chosen)


def without_session(user, month, sessions):
    """Sheets of ``month`` that are shown with no session, in order of their words: those tied to none, and those of few people."""
    many = [row.pk for row in sessions if not row.result.few]
    rows = FeedbackSheet.objects.visible_to(user).filter(Q(session=None) | ~Q(session__in=many), month=month)
    return rows.order_by("words", "useful", "understood", "respected", "pk")


def names_somebody(sheet):
    """Whether the words of ``sheet`` have a name in them of somebody who was expected at its session, or at any of that month."""
    zone = timezone.get_current_timezone()
    begins = datetime.combine(sheet.month, time(), zone)
    ends = datetime.combine(
        date(sheet.month.year + sheet.month.month // 12, sheet.month.month % 12 + 1, 1), time(), zone
    )
    seats = Seat.objects.filter(prison=sheet.prison_id, period__startswith__gte=begins, period__startswith__lt=ends)
    if sheet.session_id:
        seats = Seat.objects.filter(session=sheet.session_id)
    seats = seats.values_list("person__surname", "person__forenames")
    names = {part for both in seats for name in both for part in re.split(r"[\s’'-]+", name) if len(part) > 2}
    return bool(names & set(re.findall(r"\w+", sheet.words)))
