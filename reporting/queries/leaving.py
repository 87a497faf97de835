"""Who could leave, and what is still missing for him: by release date, or free from court while on remand (domain.md 2.9, 8.8)."""

from dataclasses import dataclass
from datetime import date

from casework.formats import reference
from casework.models import CourtDate, LegalStatus
from reporting.queries import facts

HORIZONS = [(1, "Today or tomorrow"), (14, "Within 2 weeks"), (42, "Within 6 weeks"), (84, "Within 12 weeks")]
UNKNOWN = "unknown"  # on remand, and nobody knows of a court date
UNTRIED = {"REMAND", "CONVICTED_UNSENTENCED"}
PAGE = 50


@dataclass
class Leaver:
    """Somebody on the caseload who could leave ``on`` a day, in so many ``days`` (None: any day). ``missing``: most urgent first."""

    case: facts.Open
    on: date | None
    days: int | None
    why: str
    status: str
    missing: list

    @property
    def key(self):
        """His place in the list, as an address carries it."""
        return f"{self.on or UNKNOWN}_{self.case.pk}"


def leavers(user, cases, *, today):
    """Those of ``cases`` (facts.Open) with a release or a court date ahead, or on remand without one; soonest first. Two queries."""
    spells = facts.among(case.spell for case in cases)
    statuses = dict(LegalStatus.objects.filter(spell__in=spells, until_at=None).values_list("spell", "status"))
    courts = {}
    dates = CourtDate.objects.visible_to(user).filter(spell__in=spells, withdrawn_at=None, on__gte=today)
    for spell, on, court in dates.order_by("on", "pk").values_list("spell", "on", "court"):
        courts.setdefault(spell, (on, court))
    found = [_leaver(case, statuses.get(case.spell, ""), courts.get(case.spell), today) for case in cases]
    return sorted(filter(None, found), key=lambda one: (one.on is None, one.on or today, one.case.pk))


def within(rows, horizon):
    """The leavers of one horizon: those due within so many days, or ``UNKNOWN``."""
    if horizon == UNKNOWN:
        return [row for row in rows if row.on is None]
    return [row for row in rows if row.days is not None and row.days <= int(horizon)]


def page(rows, after=""):
    """Up to ``PAGE`` of ``rows`` behind the one with the key ``after``, and the key of the last if there are more."""
    keys = [row.key for row in rows]
    begin = keys.index(after) + 1 if after in keys else 0
    shown = rows[begin : begin + PAGE]
    return shown, shown[-1].key if len(rows) > begin + PAGE else ""


def _leaver(case, status, court, today):
    untried, release_on = status in UNTRIED, case.facts.release_on
    if not untried and release_on is None and court is None:
        return None
    ways = [(release_on, "Release date")] if release_on else []
    if court:
        on, name = court
        ways.append((on, f"Court: {name}" if name else "Court"))
    on, why = min(ways, default=(None, "No court date known"))
    days = (on - today).days if on else None
    return Leaver(case, on, days, why, reference.legal_statuses().get(status, status), list(_missing(case.facts)))


def _missing(known):
    """What a handover at a moment's notice would lack."""
    if not known.consented and not known.handovers:
        yield "Consent refused" if known.asked else "Consent not asked"
    if not any(handed.sent_on for handed in known.handovers):
        yield "Handover not sent" if known.handovers else "Handover not begun"
    if not any(handed.naloxone for handed in known.handovers):
        yield "Naloxone not answered"
    if not any(handed.advice for handed in known.handovers):
        yield "Harm reduction not given"
    if not any(handed.appointment for handed in known.handovers):
        yield "No appointment"
    if known.comprehensive_on is None:
        yield "Not assessed"
    if known.plan_agreed_on is None:
        yield "No plan"
