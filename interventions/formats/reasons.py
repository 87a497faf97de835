"""Why somebody did not complete a programme, or did not begin it.

The list stands in ``data/enrolment_reason.csv``. Of the source NOMIS are the prisons' own lists for drug programmes (domain.md 6.2), whose
codes for not completing are kept; their reasons for not starting have no published codes, so N1 to N7 are ours. OURS: what they leave out.
"""

import csv
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

_DATA = Path(__file__).parent / "data"
NOT_COMPLETED, NOT_STARTED = "NOT_COMPLETED", "NOT_STARTED"
DIED, TIME_SERVED, FROM_COURT, OTHER = "5C", "6A", "6D", "7A"
RELEASED, TRANSFERRED, PROGRAMME_ENDED, OTHER_NOT_STARTED = "N6", "N7", "W3", "W9"


@dataclass(frozen=True)
class Reason:
    """One reason. ``list``: NOT_COMPLETED or NOT_STARTED; ``source``: NOMIS or OURS."""

    code: str
    list: str
    group: str
    label: str
    source: str


@cache
def of(kind):
    """Code → Reason of the list ``kind``, in the order in which they are offered."""
    with (_DATA / "enrolment_reason.csv").open(encoding="utf-8", newline="") as file:
        reasons = [Reason(**row) for row in csv.DictReader(file)]
    return {reason.code: reason for reason in reasons if reason.list == kind}


def choices(kind):
    """The list ``kind`` as a form offers it, group by group."""
    grouped = groupby(of(kind).values(), key=lambda reason: reason.group)
    return [(group, [(reason.code, reason.label) for reason in reasons]) for group, reasons in grouped]


def label(code):
    """A reason in words; a code that we do not know stands for itself."""
    known = of(NOT_COMPLETED).get(code) or of(NOT_STARTED).get(code)
    return known.label if known else code
