"""Short lists of other systems' codes in plain words: our own selection, what the software uses and no more.

The files stand in ``data/``. Codes that are not listed are kept as they come; nothing here is a validation.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NEVER_SHARED_TYPES = frozenset({"D", "X"})  # D says so itself ("do not share with offender"), X is security
SHARED_TYPES = frozenset("A B C E F H L M N O P R S T U V W RCS".split())

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Meaning:
    """One code in plain words. ``changes`` says what an alert changes for the team, or what a movement reason
    means. ``hand``: what a notice asks of the team, for those that staff may note by hand.
    """

    code: str
    label: str
    changes: str = ""
    hand: str = ""


@cache
def legal_statuses():
    """Code → label."""
    return {row["code"]: row["label"] for row in _rows("legal_status")}


@cache
def sexes():
    """Code → label."""
    return {row["code"]: row["label"] for row in _rows("sex")}


@cache
def ethnicities():
    """Code → label. These are the prisons' codes; treatment returns use other letters."""
    return {row["code"]: row["label"] for row in _rows("ethnicity")}


@cache
def substances():
    """Code → label of drugs, in the order in which they are offered."""
    return {row["code"]: row["label"] for row in _rows("substance")}


@cache
def injectable():
    """Codes of drugs that can be injected."""
    return frozenset(row["code"] for row in _rows("substance") if row["injectable"] == "yes")


@cache
def release_dates():
    """Field of the roll → (kind, label)."""
    return {row["field"]: (row["kind"], row["label"]) for row in _rows("release_date")}


@cache
def movement_reasons():
    """Code → Meaning."""
    return {row["code"]: Meaning(row["code"], row["label"], row["meaning"]) for row in _rows("movement_reason")}


@cache
def interventions():
    """Code → label of what the national return calls an intervention (domain.md 3.2 and 3.3), in the order in which they are offered."""
    return {row["code"]: row["label"] for row in _rows("intervention")}


@cache
def alerts():
    """Code → Meaning, for alerts that change how the team works."""
    return {row["code"]: Meaning(row["code"], row["label"], row["changes"], row["hand"]) for row in _rows("alert")}


@cache
def notices():
    """Code → Meaning, for what staff may note by hand. The types of our own codes (WW) are unknown elsewhere, so they are never shared."""
    return {code: meaning for code, meaning in alerts().items() if meaning.hand}


def alert_type(code):
    """The type of an alert that came as a bare code; empty where the code is not in our list."""
    return _alert_types().get(code, "")


def never_share(alert_kind, code):
    """Whether an alert must stay out of anything the person or another organisation may read.

    True for types D and X, for listed codes of those types whatever type is given, and where the type is not
    known to be harmless: an alert we do not understand is not one we may hand out.
    """
    listed = _alert_types().get(code, "")
    return bool({alert_kind, listed} & NEVER_SHARED_TYPES) or (alert_kind or listed) not in SHARED_TYPES


@cache
def spoken(table):
    """For ``table`` ("sex" or "ethnicity"): every way of writing a value, code and label included, squeezed →
    code.
    """
    ways = {}
    for row in _rows(table):
        for way in (row["code"], row["label"], *filter(None, row["written"].split("|"))):
            ways[squeeze(way)] = row["code"]
    return ways


def squeeze(text):
    """Letters and digits of ``text``, small, to compare wordings that differ in spaces and stops."""
    return "".join(character for character in text.casefold() if character.isalnum())


@cache
def _alert_types():
    return {row["code"]: row["type"] for row in _rows("alert")}


def _rows(name):
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
