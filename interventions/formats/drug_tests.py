"""What drug tests look for, and why one may not be made: short lists with our own labels, from the prisons’ reference codes.

Source: domain.md 2.6, which names the reasons not tested and the drug groups of NOMIS. A refusal is a reason there; here it is apart.
Psychoactive substances are a class of their own in what is published. The files stand in ``data/``.
"""

import csv
import math
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"


@cache
def groups():
    """Code → label of the drug groups, in the order in which they are numbered."""
    return {row["code"]: row["label"] for row in _rows("test_group")}


@cache
def psychoactive():
    """Codes of the groups that are psychoactive substances; the others are traditional drugs."""
    return frozenset(row["code"] for row in _rows("test_group") if row["kind"] == "psychoactive")


@cache
def reasons():
    """Code → label of why somebody could not be tested, in the order in which they are numbered."""
    return {row["code"]: row["label"] for row in _rows("test_reason")}


def size(population, percent):
    """How many people a month’s main list holds: at least so many percent (domain.md 2.6)."""
    return math.ceil(population * percent / 100)


def _rows(name):
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
