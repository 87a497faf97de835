"""What came back on feedback sheets: by session, by month, and the words that may stand in a report. Nobody's name is on a sheet."""

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import Avg, Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from interventions.models import Contact, FeedbackSheet, GroupSession, Seat

RATINGS = {"useful": "It was useful", "understood": "I understood it", "respected": "I was treated with respect"}
# So few came that their words could be told apart: a quote then names the month and no session (domain.md 7.3).
FEW = 5
CAME = Q(removed_at=None, contact__outcome=Contact.Outcome.TOOK_PLACE)


@dataclass
class Result:
    """What came back: ``returned`` of ``attended`` (None where nobody wrote it down), the ``means`` in the order of the questions."""

    returned: int
    attended: int | None
    means: list

    @property
    def share(self):
        return round(100 * self.returned / self.attended) if self.attended else None


def attended(session):
    """How many came to ``session``: those marked in the register, or the heads that were counted; None while nothing is written."""
    named = Seat.objects.filter(CAME, session=session).count()
    return max(named, session.head_count or 0) or None


def of_session(session, user):
    """The result of ``session``."""
    sheets = FeedbackSheet.objects.visible_to(user).filter(session=session)
    return _result(sheets, attended(session))


def _result(sheets, attended):
    found = sheets.order_by().aggregate(count=Count("pk"), **{name: Avg(name) for name in RATINGS})
    return Result(found["count"], attended, [_mean(found[name]) for name in RATINGS])


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
        row.result = Result(row.returned, max(row.came, row.head_count or 0) or None, means)
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


def names_somebody(sheet):
    """Whether the words of ``sheet`` have a name in them of somebody who was expected at its session."""
    seats = Seat.objects.filter(session=sheet.session_id).values_list("person__surname", "person__forenames")
    names = {part for both in seats for name in both for part in re.split(r"[\s’'-]+", name) if len(part) > 2}
    return bool(names & set(re.findall(r"\w+", sheet.words)))
