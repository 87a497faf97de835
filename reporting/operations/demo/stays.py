"""How long people stay and how they leave: about 45 in 100 on release, 25 from court, 30 to other prisons."""

from dataclasses import dataclass

from casework.formats import reference
from casework.formats.movement import Movement
from casework.models import CustodySpell
from reporting.operations.demo import days

End = CustodySpell.End
# how it ends → share of 100, mean days, shape of their spread, reasons by the codes that prisons use
ENDS = {
    End.RELEASED: (44, 195, 1.3, {"CR": 60, "AR": 25, "PD": 8, "HR": 5, "SC": 2}),
    End.RELEASED_COURT: (25, 48, 0.9, {"BL": 45, "NCS": 35, "NG": 8, "DS": 12}),
    End.TRANSFERRED: (29.6, 165, 1.2, {"NOTR": 60, "OVCROW": 25, "PROAT": 7, "SEC": 5, "COMP": 3}),
    End.RELEASED_HOSPITAL: (1.3, 120, 1.2, {"HP": 1}),
    End.DIED: (0.1, 150, 1.2, {"DEC": 1}),
}
MOVEMENTS = {
    End.RELEASED: Movement.RELEASED,
    End.RELEASED_COURT: Movement.RELEASED,
    End.TRANSFERRED: Movement.TRANSFER_OUT,
    End.RELEASED_HOSPITAL: Movement.RELEASED_TO_HOSPITAL,
    End.DIED: Movement.DIED,
}


@dataclass(frozen=True)
class Plan:
    """How one stay goes: its length, how it ends, and the reason's code."""

    days: int
    end: str
    reason: str


def draw(rng, *, settled=False):
    """The plan of somebody just received, or of one met here on some day (``settled``: long stays are met more often)."""
    shares = [share * (mean if settled else 1) for share, mean, _, _ in ENDS.values()]
    end = rng.choices(list(ENDS), shares)[0]
    _, mean, shape, reasons = ENDS[end]
    span = rng.gammavariate(shape + 1 if settled else shape, mean / shape)
    return Plan(2 + int(span), end, rng.choices(list(reasons), reasons.values())[0])


def last_day(plan, day):
    """``day`` or the working day beside it: releases come forward from weekends, courts and vans wait for Monday."""
    if plan.end == End.RELEASED and not days.is_working(day):
        return days.working_before(day, 1)
    return days.working_after(day, 0)


def label(code):
    """A reason in words."""
    return reference.movement_reasons()[code].label
