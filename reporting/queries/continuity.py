"""Continuity of care: of those released with a need, how far each was handed over, and whether the first appointment was kept.

Somebody has a need whose case was open on the day of his release (domain.md 8.6). Who has several handovers counts by the one that
went furthest. What nobody told is shown as not known, and is neither kept nor missed.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone

from casework.models import AgencyArea, Case
from partners.models import Handover, HandoverAppointment, HandoverMove, ReleasePlan
from partners.queries import aftercare
from reporting.queries.months import Month

MONTHS = 12
UNKNOWN_AREA = "Area not known"
State, Outcome = Handover.State, HandoverAppointment.Outcome
# The columns, in order: what each counts, and what it says of itself.
STEPS = {
    "released": ("Released", "People released in the month whose case was open then."),
    "sent": (
        "Handover sent",
        "Of them, those whose handover was sent to an agency, on the day of the release at the latest.",
    ),
    "accepted": ("Accepted", "Those whom the agency acknowledged."),
    "appointment": ("Appointment", "Those with an appointment: offered by the agency, or named in what was sent."),
    "kept": ("Kept in time", "Those who kept an appointment within {days} days of the release."),
    "not_kept": ("Not kept in time", "Those who missed it, or kept it later, and those whom the agency refused."),
    "unknown": ("Not known", "Those of whom nobody has told yet whether an appointment was kept."),
}


@dataclass
class Release:
    """One release with a need. ``steps``: the columns that it counts in."""

    case: Case
    on: date
    area: str
    steps: set = field(default_factory=set)
    agency: str = ""
    handover: int | None = None

    @property
    def came(self):
        """What came of the first appointment, in words."""
        return next(STEPS[step][0] for step in ["kept", "not_kept", "unknown"] if step in self.steps)


def releases(user, month, *, months=1):
    """The releases with a need of the ``months`` that end with ``month``, oldest first; six queries however many there are."""
    first = month
    for _ in range(months - 1):
        first = first.previous
    cases = aftercare.with_need(Case.objects.visible_to(user))
    cases = cases.filter(spell__ended_at__gte=first.starts_at, spell__ended_at__lt=month.ends_at)
    cases = list(cases.select_related("person", "spell").order_by("spell__ended_at", "pk"))
    keys = [case.pk for case in cases]
    areas = _areas()
    planned = dict(ReleasePlan.objects.visible_to(user).filter(case__in=keys).values_list("case", "agency"))
    handed = _handed(user, keys)
    return [_release(case, handed.get(case.pk, []), planned.get(case.pk), areas, user.prison) for case in cases]


def _areas():
    """agency → the areas that it covers, as words."""
    found = {}
    rows = AgencyArea.objects.filter(ended_on=None).order_by("area").values_list("agency", "area")
    for agency, area in rows:
        found.setdefault(agency, []).append(area)
    return {agency: ", ".join(names) for agency, names in found.items()}


@dataclass
class _Handed:
    """A handover as the figures see it."""

    key: int
    agency: int
    name: str
    sent_on: date
    named: bool
    refused: bool
    accepted: bool = False
    kept_on: list = field(default_factory=list)
    offered: bool = False
    missed: bool = False


def _handed(user, keys):
    """case → its handovers that were sent and not recalled."""
    rows = Handover.objects.visible_to(user).filter(case__in=keys, state__in=Handover.SHARED).order_by("pk")
    said = rows.values_list(
        "case", "pk", "agency", "agency__name", "sent_at", "state", "closed_why", "content__appointment"
    )
    by_key, by_case = {}, {}
    for case, key, agency, name, sent_at, state, why, named in said:
        refused = state == State.REFUSED or why == Handover.Closed.REFUSED
        one = _Handed(key, agency, name, timezone.localdate(sent_at), bool(named), refused)
        one.accepted = state in {State.ACKNOWLEDGED, State.OFFERED, State.KEPT, State.MISSED}
        by_key[key] = one
        by_case.setdefault(case, []).append(one)
    accepted = HandoverMove.objects.filter(handover__in=by_key, after__in=[State.ACKNOWLEDGED, State.OFFERED])
    for key in accepted.values_list("handover", flat=True):
        by_key[key].accepted = True
    offers = HandoverAppointment.objects.filter(handover__in=by_key).values_list("handover", "outcome", "at")
    for key, outcome, at in offers:
        one = by_key[key]
        one.offered = True
        if outcome == Outcome.KEPT:
            one.kept_on.append(timezone.localdate(at))
        one.missed = one.missed or outcome == Outcome.MISSED
    return by_case


def _release(case, handed, planned, areas, prison):
    on = timezone.localdate(case.spell.ended_at)
    until = on + timedelta(days=prison.appointment_within_days)
    sent = [one for one in handed if one.sent_on <= on]
    best = max(sent, key=lambda one: _reach(_steps(one, until)), default=None)
    agency = best.agency if best else planned
    area = (areas.get(agency) or (best.name if best else "")) if agency else ""
    found = Release(case, on, area or UNKNOWN_AREA, {"released"})
    if best:
        found.steps |= _steps(best, until)
        found.agency, found.handover = best.name, best.key
    kept, missed = "kept" in found.steps, "not_kept" in found.steps
    return found if kept or missed else _unknown(found)


def _reach(steps):
    """How far a handover went, so that the furthest of several is found."""
    return [step in steps for step in ["kept", "appointment", "accepted"]] + ["not_kept" not in steps]


def _steps(one, until):
    steps = {"sent"}
    if one.accepted:
        steps.add("accepted")
    if one.offered or one.named:
        steps.add("appointment")
    if any(day <= until for day in one.kept_on):
        steps.add("kept")
    elif one.kept_on or one.missed or one.refused:
        steps.add("not_kept")
    return steps


def _unknown(found):
    found.steps.add("unknown")
    return found


@dataclass
class Line:
    """The numbers of one month and one area, or of all areas (``area`` empty), by the name of the step."""

    month: Month
    area: str
    numbers: dict


def lines(rows):
    """The lines of ``rows``: for each month, newest first, all areas together and then each of them."""
    found = {}
    for row in rows:
        for area in ["", row.area]:
            numbers = found.setdefault((Month.containing(row.on), area), dict.fromkeys(STEPS, 0))
            for step in row.steps:
                numbers[step] += 1
    order = sorted(found, key=lambda key: (-key[0].first.toordinal(), key[1] == UNKNOWN_AREA, key[1]))
    return [Line(month, area, found[month, area]) for month, area in order]


def chosen(rows, *, step, area=""):
    """Those of ``rows`` that a number counts."""
    return [row for row in rows if step in row.steps and area in {"", row.area}]


def definitions(prison):
    """(title, sentence) of each column."""
    return [(title, sentence.format(days=prison.appointment_within_days)) for title, sentence in STEPS.values()]
