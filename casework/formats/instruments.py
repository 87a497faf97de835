"""Questionnaires with published scores (domain.md 4): what is asked and how it is scored, as data in ``data/instruments/``.

The labels of items are our own short words; the worker reads the questions from the official card. A score is always worked out
here from the answers. A version that was ever used stays in the folder, so that old answers keep their words.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError

from casework.formats import reference

_DATA = Path(__file__).parent / "data" / "instruments"
ORDER = ["AUDIT_C", "AUDIT", "SDS", "DAST_10", "PHQ_9", "GAD_7"]


@dataclass(frozen=True)
class Option:
    """One answer to an item. ``value`` is kept with the administration; ``points`` differ from it in reversed items."""

    value: int
    label: str
    points: int


@dataclass(frozen=True)
class Item:
    """One question. ``alarm_from``: the value from which safer custody has to be told."""

    code: str
    number: int
    label: str
    hint: str
    options: tuple
    alarm_from: int | None

    def option(self, value):
        """The option with this value, or None. True and False are no answers, although Python takes them for 1 and 0."""
        found = [option for option in self.options if option.value == value]
        return found[0] if found and type(value) is int else None

    @property
    def most(self):
        return max(option.points for option in self.options)


@dataclass(frozen=True)
class Skip:
    """Items that may be left out when those of ``when`` are answered and score nothing together."""

    when: tuple
    items: tuple
    words: str


@dataclass(frozen=True)
class Band:
    """What the scores from ``least`` to ``most`` mean."""

    least: int
    most: int
    label: str

    @property
    def range(self):
        return f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"


@dataclass(frozen=True)
class Result:
    """A score. ``band`` is empty where none was published; ``note`` then says so."""

    total: int
    band: str
    note: str = ""


@dataclass(frozen=True)
class Instrument:
    """One version of a questionnaire. ``substances``: bands by the named drug, where the meaning depends on it."""

    code: str
    version: int
    name: str
    about: str
    period: str
    source: str
    licence: str
    items: tuple
    skips: tuple
    bands: tuple
    substances: dict
    not_for: tuple
    names_drug: bool

    @property
    def most(self):
        """The highest score that can be reached."""
        return sum(item.most for item in self.items)

    def bands_for(self, substance=""):
        """The published bands; for a questionnaire about one drug those of ``substance``, none where none were published."""
        return self.substances.get(substance, ()) if self.names_drug else self.bands

    def drugs(self):
        """Code → label of the drugs that it may be asked about."""
        return {code: label for code, label in reference.substances().items() if code not in self.not_for}

    def alarms(self, answers):
        """Items whose answer calls for safer custody, whatever the total."""
        return [
            item for item in self.items if item.alarm_from is not None and answers.get(item.code, 0) >= item.alarm_from
        ]

    def may_skip(self, answers):
        """Codes of items that need no answer beside ``answers``."""
        scored = {item.code: item.option(answers.get(item.code)) for item in self.items}
        free = set()
        for skip in self.skips:
            given = [scored[code] for code in skip.when]
            if None not in given and sum(option.points for option in given) == 0:
                free |= set(skip.items)
        return free


@cache
def every():
    """(code, version) → Instrument, all that are or ever were in use."""
    found = {}
    for path in sorted(_DATA.glob("*.json")):
        instrument = read(json.loads(path.read_text(encoding="utf-8")))
        found[instrument.code, instrument.version] = instrument
    return found


@cache
def current():
    """Code → Instrument: of each the newest version, in the order in which they are offered."""
    newest = {}
    for (code, _), instrument in sorted(every().items()):
        newest[code] = instrument
    return {code: newest[code] for code in ORDER}


def get(code, version):
    """One version of an instrument. KeyError where there is none."""
    return every()[code, version]


def score(instrument, answers, substance=""):
    """The ``Result`` of ``answers`` (item code → value). ValidationError names each item that is wrong or missing.

    Items that may be skipped score nothing when they are; any answer to them counts.
    """
    answers = {code: value for code, value in answers.items() if value is not None}
    errors = _drug_errors(instrument, substance) | _impossible(instrument, answers) | _missing(instrument, answers)
    if errors:
        raise ValidationError(errors)
    points = [item.option(answers[item.code]).points for item in instrument.items if item.code in answers]
    total = sum(points)
    bands = instrument.bands_for(substance)
    if not bands:
        drug = reference.substances()[substance]
        return Result(total, "", f"No threshold was published for {_within(drug)}, so the score is given without one.")
    return Result(total, next(band.label for band in bands if band.least <= total <= band.most))


def _within(label):
    return label[0].lower() + label[1:]


def _drug_errors(instrument, substance):
    if not instrument.names_drug:
        return {"about": f"{instrument.name} is not about one drug."} if substance else {}
    if substance in instrument.not_for:
        drug = _within(reference.substances()[substance])
        return {"about": f"{instrument.name} is not for {drug}. Use AUDIT."}
    if substance not in instrument.drugs():
        return {"about": f"Choose the one drug that {instrument.name} is asked about."}
    return {}


def _impossible(instrument, answers):
    items = {item.code: item for item in instrument.items}
    errors = {}
    for code, value in answers.items():
        if code not in items:
            errors[code] = f"{instrument.name} has no item “{code}”."
        elif items[code].option(value) is None:
            allowed = ", ".join(str(option.value) for option in sorted(items[code].options, key=lambda one: one.value))
            errors[code] = f"Question {items[code].number} is answered with one of {allowed}."
    return errors


def _missing(instrument, answers):
    free = instrument.may_skip(answers)
    return {
        item.code: f"Answer question {item.number}: {_within(item.label)}"
        for item in instrument.items
        if item.code not in answers and item.code not in free
    }


def read(data):
    """An ``Instrument`` from its file. ValueError where the file contradicts itself."""
    items = tuple(_item(number, item, data["scales"]) for number, item in enumerate(data["items"], start=1))
    codes, most = [item.code for item in items], sum(item.most for item in items)
    skips = tuple(Skip(tuple(one["when"]), tuple(one["items"]), one["words"]) for one in data.get("skips", []))
    if len(set(codes)) != len(codes):
        raise ValueError(f"{data['code']}: an item occurs twice")
    if unknown := {code for skip in skips for code in (*skip.when, *skip.items)} - set(codes):
        raise ValueError(f"{data['code']}: no such items {sorted(unknown)}")
    return Instrument(
        **{name: data[name] for name in ("code", "version", "name", "about", "period", "source", "licence")},
        items=items,
        skips=skips,
        bands=_bands(data["bands"], most, data["code"]),
        substances={drug: _bands(bands, most, data["code"]) for drug, bands in data.get("substances", {}).items()},
        not_for=tuple(data.get("not_for", ())),
        names_drug="substances" in data,
    )


def _item(number, item, scales):
    values = scales[item["scale"]]
    highest = max(value for value, _ in values)
    points = {value: highest - value if item.get("reversed") else value for value, _ in values}
    options = tuple(Option(value, label, points[value]) for value, label in values)
    return Item(item["code"], number, item["label"], item.get("hint", ""), options, item.get("alarm_from"))


def _bands(bands, most, code):
    """Bands from where each begins; together they hold every score there is."""
    starts = [band["from"] for band in bands]
    if bands and (starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] > most):
        raise ValueError(f"{code}: bands begin at 0 and rise")
    ends = [start - 1 for start in starts[1:]] + [most]
    return tuple(Band(band["from"], end, band["label"]) for band, end in zip(bands, ends, strict=True)) if bands else ()
