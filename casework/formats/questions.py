"""The questions of assessments, as data in ``data/questions/``: sections, wordings, what must be answered, what depends on what.

A change of wording is a new version in a new file. A version that was ever used stays, so that an assessment made with it is shown
in its own words.
"""

import datetime
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError

_DATA = Path(__file__).parent / "data" / "questions"
KINDS = {"text", "yes_no", "choice", "choices", "number", "date", "substances"}
YES_NO = (("YES", "Yes"), ("NO", "No"))
LONG, SHORT = 5000, 200


@dataclass(frozen=True)
class Condition:
    """A question is asked when an earlier one was answered with one of these values."""

    question: str
    values: tuple


@dataclass(frozen=True)
class Question:
    """One question. ``required``: it has to be answered before the assessment is complete, not before a page is saved."""

    code: str
    wording: str
    kind: str
    hint: str = ""
    required: bool = False
    choices: tuple = ()
    show_if: Condition | None = None
    least: int | None = None
    most: int | None = None
    short: bool = False

    @property
    def max_length(self):
        return SHORT if self.short else LONG

    def told(self, value):
        """An answer as a reader sees it."""
        labels = dict(self.choices)
        if self.kind == "choices":
            return ", ".join(labels.get(code, code) for code in value)
        if self.kind == "date":
            return f"{datetime.date.fromisoformat(value):%-d %B %Y}"
        return str(labels.get(value, value))


@dataclass(frozen=True)
class Section:
    """One page of questions."""

    code: str
    title: str
    questions: tuple
    hint: str = ""

    def question(self, code):
        """The question of this page with this code, or None."""
        return next((question for question in self.questions if question.code == code), None)

    @property
    def substances(self):
        """The question of this page about substances, or None."""
        return next((question for question in self.questions if question.kind == "substances"), None)


@dataclass(frozen=True)
class QuestionSet:
    """One version of an assessment's questions. ``ended_on``: the last day on which it could be begun."""

    code: str
    version: int
    name: str
    about: str
    ended_on: datetime.date | None
    sections: tuple

    @property
    def key(self):
        """By which an assessment remembers its questions, such as TRIAGE-1."""
        return f"{self.code}-{self.version}"

    @property
    def questions(self):
        return [question for section in self.sections for question in section.questions]

    @property
    def by_code(self):
        return {question.code: question for question in self.questions}

    def section(self, code):
        """The section with this code, or None."""
        return next((section for section in self.sections if section.code == code), None)

    def after(self, section):
        """The section that follows, or None."""
        place = self.sections.index(section) + 1
        return self.sections[place] if place < len(self.sections) else None

    def applies(self, question, answers):
        """Whether ``question`` is asked, after what was answered so far."""
        condition = question.show_if
        if condition is None:
            return True
        asked = self.by_code[condition.question]
        given = answers.get(asked.code)
        given = given if isinstance(given, list) else [given]
        return bool(set(given) & set(condition.values)) and self.applies(asked, answers)

    def missing(self, answers):
        """The questions that have to be answered and are not, in their order."""
        return [
            question
            for question in self.questions
            if question.required and _empty(answers.get(question.code)) and self.applies(question, answers)
        ]

    def check(self, section, answers):
        """The answers to one section as they are kept; those left empty stay out. ValidationError by question.

        Everything may be left empty: what is required is asked when the assessment is completed.
        """
        questions = {question.code: question for question in section.questions if question.kind != "substances"}
        kept, errors = {}, {code: "There is no such question here." for code in answers if code not in questions}
        for code, question in questions.items():
            value = answers.get(code)
            if _empty(value):
                continue
            try:
                kept[code] = _CHECKS[question.kind](question, value)
            except ValueError as error:
                errors[code] = str(error)
        if errors:
            raise ValidationError(errors)
        return kept

    def carried(self, answers):
        """Those of ``answers``, given to another version of this set, that are answers to the same question in this one too."""
        kept = {}
        for code, question in self.by_code.items():
            if question.kind != "substances" and code in answers:
                try:
                    kept[code] = _CHECKS[question.kind](question, answers[code])
                except ValueError:
                    continue
        return kept


def _empty(value):
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _text(question, value):
    if not isinstance(value, str):
        raise ValueError("Write the answer in words.")
    if len(value) > question.max_length:
        raise ValueError(f"This is too long: {len(value):,} characters, {question.max_length:,} are possible.")
    if "\0" in value:
        raise ValueError("This has a character in it that cannot be saved.")
    return value


def _choice(question, value):
    if value not in dict(question.choices):
        raise ValueError("Choose one of the answers.")
    return value


def _choices(question, value):
    if not isinstance(value, list | tuple) or set(value) - set(dict(question.choices)):
        raise ValueError("Choose from the answers.")
    return [code for code, _ in question.choices if code in value]


def _number(question, value):
    if type(value) is not int or not question.least <= value <= question.most:
        raise ValueError(f"Enter a whole number from {question.least} to {question.most}.")
    return value


def _date(question, value):
    day = value if isinstance(value, datetime.date) else _iso(value)
    if day.year < 1900:
        raise ValueError("Check the year.")
    return day.isoformat()


def _iso(value):
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("Enter a date, such as 27/3/2026.") from None


_CHECKS = {
    "text": _text,
    "yes_no": _choice,
    "choice": _choice,
    "choices": _choices,
    "number": _number,
    "date": _date,
}


@cache
def every():
    """(code, version) → QuestionSet, all that are or ever were in use."""
    found = {}
    for path in sorted(_DATA.glob("*.json")):
        one = read(json.loads(path.read_text(encoding="utf-8")))
        found[one.code, one.version] = one
    return found


def get(code, version):
    """One version of a set. KeyError where there is none."""
    return every()[code, version]


def named(key):
    """The set with this ``key``. KeyError where there is none."""
    code, _, version = key.rpartition("-")
    return get(code, int(version))


def current(code, on):
    """The newest version of a set that may be begun on the day ``on``."""
    live = [one for one in every().values() if one.code == code and (one.ended_on is None or on <= one.ended_on)]
    return max(live, key=lambda one: one.version)


def read(data):
    """A ``QuestionSet`` from its file. ValueError where the file contradicts itself."""
    sections = tuple(
        Section(one["code"], one["title"], tuple(map(_question, one["questions"])), one.get("hint", ""))
        for one in data["sections"]
    )
    ended_on = data["ended_on"] and datetime.date.fromisoformat(data["ended_on"])
    made = QuestionSet(data["code"], data["version"], data["name"], data["about"], ended_on, sections)
    if problems := [*_problems(made)]:
        raise ValueError(f"{made.code} {made.version}: {'; '.join(problems)}")
    return made


def _question(data):
    condition = data.get("show_if")
    choices = YES_NO if data["kind"] == "yes_no" else tuple(map(tuple, data.get("choices", ())))
    return Question(
        code=data["code"],
        wording=data["wording"],
        kind=data["kind"],
        hint=data.get("hint", ""),
        required=data.get("required", False),
        choices=choices,
        show_if=condition and Condition(condition["question"], tuple(condition["is"])),
        least=data.get("min"),
        most=data.get("max"),
        short=data.get("short", False),
    )


def _problems(made):
    if len({section.code for section in made.sections}) != len(made.sections):
        yield "a section occurs twice"
    seen = {}
    for question in made.questions:
        if question.code in seen:
            yield f"{question.code} occurs twice"
        yield from _problems_of(question, seen)
        seen[question.code] = question
    if [question.kind for question in made.questions].count("substances") > 1:
        yield "substances are asked twice"


def _problems_of(question, earlier):
    if question.kind not in KINDS:
        yield f"{question.code} is of no kind that we know"
    if question.kind in {"choice", "choices"} and not question.choices:
        yield f"{question.code} has nothing to choose from"
    if question.kind == "number" and None in {question.least, question.most}:
        yield f"{question.code} needs a lowest and a highest number"
    if condition := question.show_if:
        asked = earlier.get(condition.question)
        if asked is None:
            yield f"{question.code} depends on a question that does not come before it"
        elif set(condition.values) - set(dict(asked.choices)):
            yield f"{question.code} depends on an answer that cannot be given"
