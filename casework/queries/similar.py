"""Did you mean …: people whom what was typed fits nearly, by sound, spelling, date of birth and number, each with the reason.

Sound and date of birth are looked up in an index among everybody whom the prison ever held. Spelling and a slip in a number have
none, and are looked for among the people here now only.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from django.db.models import Q
from django.utils import timezone
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from casework.formats import dates, names, numbers
from casework.models import CustodySpell, FormerNumber, Person
from casework.queries import finder

MOST = 10
MOST_READ = 2000
ALIKE = 80  # of 100: one letter of five
NEARLY = 60
SOUND, SPELLING, BORN, SWAPPED, NEAR_DAY, FORMER, SLIP = (
    "Sounds the same",
    "Spelled nearly the same",
    "Same date of birth",
    "Day and month of birth swapped",
    "Born a day before or after",
    "Former number",
    "Number differs in one place",
)
WEIGHTS = {SOUND: 40, SPELLING: 30, BORN: 60, SWAPPED: 50, NEAR_DAY: 40, FORMER: 100, SLIP: 60}
_DATE = re.compile(r"(?<![0-9])[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}(?![0-9])")


@dataclass(frozen=True)
class Sought:
    """What is known of somebody: name, prison number and date of birth, each as far as it was given."""

    words: tuple = ()
    number: str = ""
    born: date | None = None


@dataclass
class Near:
    """One person who may be meant, as the finder shows him, and why."""

    found: finder.Found
    reasons: list

    @property
    def person(self):
        return self.found.person

    @property
    def why(self):
        return ", ".join([self.reasons[0], *(reason[:1].lower() + reason[1:] for reason in self.reasons[1:])])


def read(text, *, number="", born=None):
    """``Sought`` from what somebody typed into one box: name, number and date of birth in any order."""
    if found := _DATE.search(text):
        text = f"{text[: found.start()]} {text[found.end() :]}"
        born = born or _day(found[0])
    typed = numbers.prison_numbers_in(f"{text} {number}")
    words = [word for word in names.search_words(text) if word.isalpha()]
    return Sought(tuple(words), numbers.normalise(typed[0]) if typed else "", born)


def people(user, sought, *, apart_from=()):
    """Up to ``MOST`` people whom ``user`` may see and who fit ``sought`` nearly, the likeliest first; none of ``apart_from``.

    Eight queries, however many fit.
    """
    if not (sought.words or sought.number or sought.born):
        return []
    former = _former(user, sought.number)
    seen, fits = set(apart_from), []
    for row in [*_by_key(user, sought), *_here(user)]:
        if row["pk"] not in seen:
            seen.add(row["pk"])
            if reasons := _reasons(sought, row, former):
                fits.append(
                    (-sum(WEIGHTS[reason] for reason in reasons), -_likeness(sought.words, row), row["pk"], reasons)
                )
    best = sorted(fits)[:MOST]
    found = Person.objects.visible_to(user).in_bulk([key for _, _, key, _ in best])
    rows = finder.rows(user, [found[key] for _, _, key, _ in best if key in found])
    reasons = {key: reasons for _, _, key, reasons in best}
    return [Near(row, reasons[row.person.pk]) for row in rows]


def pairs(user):
    """Two records that may be one person, at least one of them here now: names that sound alike, born nearly on the same day.

    (person, other, reasons) with the keys of both; two queries and the reasons in memory.
    """
    here = {row["pk"]: row for row in _here(user) if row["date_of_birth"] and row["surname_sound"]}
    days = {day for row in here.values() for day in around(row["date_of_birth"])}
    sounds = {row["surname_sound"] for row in here.values()}
    rows = _values(
        Person.objects.visible_to(user).filter(surname_sound__in=sounds, date_of_birth__in=days).order_by("pk")
    )
    by_sound = {}
    for row in rows:
        by_sound.setdefault(row["surname_sound"], []).append(row)
    found = []
    for alike in by_sound.values():
        for one, other in combinations(alike, 2):
            if (one["pk"] in here or other["pk"] in here) and (reasons := _pair_reasons(one, other)):
                found.append((one["pk"], other["pk"], reasons))
    return found


def around(born):
    """Date → why it may be ``born`` after all: day and month swapped, a day before, a day after, the day itself."""
    days = {born - timedelta(days=1): NEAR_DAY, born + timedelta(days=1): NEAR_DAY}
    try:
        days[born.replace(day=born.month, month=born.day)] = SWAPPED
    except ValueError:
        pass  # There is no such month.
    return {**days, born: BORN}


def _day(text):
    try:
        return dates.read(text, today=timezone.localdate())
    except ValueError:
        return None


def _values(people):
    return list(people.values("pk", "number", "surname", "forenames", "surname_sound", "date_of_birth"))


def _by_key(user, sought):
    """Everybody who sounds so, or was born then or nearly then."""
    joined = {"".join(words) for words in combinations(sought.words, 2)}
    sounds = {names.sound(word) for word in {*sought.words, *joined}} - {""}
    fits = Q(surname_sound__in=sounds) | Q(date_of_birth__in=list(around(sought.born)) if sought.born else [])
    return _values(Person.objects.visible_to(user).filter(fits).order_by("-pk")[:MOST_READ])


def _here(user):
    keys = list(CustodySpell.objects.visible_to(user).current().order_by().values_list("person", flat=True))
    return _values(Person.objects.visible_to(user).filter(pk__in=keys).order_by())


def _former(user, number):
    """The person who had exactly this number before."""
    rows = FormerNumber.objects.filter(number=number, person__in=Person.objects.visible_to(user))
    return rows.values_list("person", flat=True).first()


def _reasons(sought, row, former):
    """Why this person may be meant; nothing where he is not."""
    reasons = [FORMER] if row["pk"] == former else []
    if sought.number and OSA.distance(sought.number, row["number"], score_cutoff=1) == 1:
        reasons.append(SLIP)
    named = _name_reason(sought.words, row)
    reasons += [named] if named else []
    if sought.born and row["date_of_birth"]:
        near = around(sought.born).get(row["date_of_birth"])
        if near and (named or not sought.words or _likeness(sought.words, row) >= NEARLY):
            reasons.append(near)
    return reasons


def _name_reason(words, row):
    if not words:
        return ""
    parts = _parts(row)
    sounds = {names.sound(part) for part in parts} | {row["surname_sound"]}
    if {names.sound(word) for word in words} <= sounds or names.sound("".join(words)) in sounds - {""}:
        return SOUND
    return SPELLING if _likeness(words, row) >= ALIKE else ""


def _likeness(words, row):
    """How nearly the words are parts of a name, of 100: the mean of what fits each best."""
    parts = _parts(row)
    if not words or not parts:
        return 0
    return sum(max(fuzz.ratio(word, part) for part in parts) for word in words) / len(words)


def _parts(row):
    return [*names.parts(row["surname"], row["forenames"]), names.fold(row["surname"])]


def _pair_reasons(one, other):
    near = around(one["date_of_birth"]).get(other["date_of_birth"])
    first = names.parts(one["forenames"])[:1]
    alike = first and _likeness(first, {**other, "surname": ""}) >= NEARLY
    return [SOUND, near] if near and alike else []
