"""Drug tests: the lists of a month and whose they are, for those with the duty; how many came to what, for the whole team."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, DateField, F, Max, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least, TruncDate
from django.utils import timezone

from casework.formats import numbers
from casework.models import CustodySpell, Location, Person, ReleaseDate, User
from interventions.formats import drug_tests
from interventions.models import Breach, DrugTest, TestList, UnitStay

PAGE = 25
TREND = 12
COLOURS = {
    "SELECTED": "grey",
    "SAMPLED": "blue",
    "NEGATIVE": "green",
    "POSITIVE": "red",
    "POSITIVE_CHARGED": "red",
    "MITIGATED": "yellow",
    "REFUSED": "orange",
    "REFUSED_CHARGED": "orange",
    "UNABLE": "grey",
    "MISTAKE": "grey",
}
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)
_SQL = "SELECT month, kind, what, code, number FROM ww.drug_tests(%s, %s, %s, %s)"


# Months


def read_month(text):
    """The first day of the month written as 2026-10; None where it is none."""
    return date(int(text[:4]), int(text[5:]), 1) if _MONTH.fullmatch(text) else None


def this_month():
    return timezone.localdate().replace(day=1)


def months_after(first, count):
    """The first day of the month ``count`` months after that of ``first``; before it where ``count`` is negative."""
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    return date(year, month + 1, 1)


# How many are drawn


@dataclass(frozen=True)
class Average:
    """How many people were held on an average day from ``first`` up to ``until``: ``held`` days of ``people`` over so many ``days``."""

    first: date
    until: date
    people: int
    held: int

    @property
    def days(self):
        return (self.until - self.first).days

    @property
    def last(self):
        return self.until - timedelta(days=1)

    @property
    def population(self):
        return round(self.held / self.days)


def average(user, month):
    """The average population of the twelve months before ``month``, as far as they are over, from the stays recorded here; one query."""
    first, month = months_after(month, -12), min(month, timezone.localdate())
    until = Coalesce(TruncDate("ended_at"), Value(month), output_field=DateField())
    stays = CustodySpell.objects.filter(prison_id=user.prison_id, received_on__lt=month)
    stays = stays.filter(Q(ended_at=None) | Q(ended_at__date__gte=first)).annotate(
        held=Least(until, Value(month), output_field=DateField())
        - Greatest(F("received_on"), Value(first), output_field=DateField())
    )
    found = stays.aggregate(days=Sum("held"), people=Count("person", distinct=True))
    return Average(first, month, found["people"], (found["days"] or timedelta()).days)


def people(user, typed, first=None, until=None):
    """Prison number → person, of those of the ``typed`` numbers that ``user`` may see, former ones too; three queries.

    Each with ``here``: whether he was here at some time from ``first`` up to ``until``; with neither, whether he is on the roll now.
    """
    wanted = {numbers.normalise(number) for number in typed}
    seen = Person.objects.visible_to(user)
    found = {person.number: person for person in seen.filter(number__in=wanted)}
    for person in seen.filter(former_numbers__number__in=wanted - found.keys()).prefetch_related("former_numbers"):
        found |= {former.number: person for former in person.former_numbers.all() if former.number in wanted}
    stays = CustodySpell.objects.visible_to(user).filter(person__in=found.values())
    if first:
        stays = stays.filter(received_on__lt=until).filter(Q(ended_at=None) | Q(ended_at__date__gte=first))
    else:
        stays = stays.on_roll()
    here = set(stays.values_list("person", flat=True))
    for person in found.values():
        person.here = person.pk in here
    return found


def cell_of(user, person):
    """The cell of ``person`` today; empty if he is not here."""
    places = Location.objects.filter(
        prison_id=user.prison_id, spell__person=person, spell__ended_at=None, until_at=None
    )
    return places.values_list("cell", flat=True).first() or ""


def living(user, found):
    """Person → his stay on the drug-free unit, of those of ``found`` who live there now; one query."""
    stays = UnitStay.objects.visible_to(user).filter(state=UnitStay.State.LIVING, person__in=found)
    return {stay.person_id: stay for stay in stays}


# Whose tests


def list_of(user, month):
    """The list of ``month``, or None."""
    return TestList.objects.visible_to(user).filter(month=month).select_related("made_by").first()


def of_month(user, month):
    """The tests of ``month`` with whom they are of, in the order of the lists, then the other kinds. Three queries.

    Each has ``cell``, ``leaves_on`` (a release in this month) and ``left_on`` where the person has gone since.
    """
    tests = DrugTest.objects.visible_to(user).filter(selected_on__gte=month, selected_on__lt=months_after(month, 1))
    rows = list(
        tests.select_related("person", "test_list").order_by("test_list_id", "part", "number", "selected_on", "pk")
    )
    keys = {row.person_id for row in rows}
    places = Location.objects.filter(
        prison_id=user.prison_id, spell__person__in=keys, spell__ended_at=None, until_at=None
    )
    cells = dict(places.values_list("spell__person", "cell"))
    gone = CustodySpell.objects.visible_to(user).filter(person__in=keys - cells.keys(), ended_at__date__gte=month)
    left = dict(gone.values("person").annotate(at=Max("ended_at")).values_list("person", "at"))
    releases = ReleaseDate.objects.ahead(timezone.localdate()).filter(
        prison_id=user.prison_id, spell__person__in=cells, on__lt=months_after(month, 1)
    )
    leaves = dict(releases.order_by("-on").values_list("spell__person", "on"))
    for row in rows:
        row.cell, row.leaves_on = cells.get(row.person_id, ""), leaves.get(row.person_id)
        row.left_on = left.get(row.person_id)
        described(row)
    return rows


def described(row):
    """``row`` with its standing in words (``told``), its ``colour``, and what was found (``found``)."""
    row.told = DrugTest.Standing(row.standing).label
    row.colour = COLOURS[row.standing]
    row.found = [drug_tests.groups().get(code, code) for code in row.groups]
    row.why = drug_tests.reasons().get(row.unable_why, row.unable_why)
    return row


def around(test, user):
    """What the page of one test shows of what was put right, and the breach of the compact that was recorded of it."""
    breach = Breach.objects.visible_to(user).filter(nonce=test.breach_nonce).first() if test.stay_id else None
    return {"corrections": test.corrections.select_related("by"), "breach": breach}


def in_order(rows):
    """Of the tests of a month those that wait to be made or for a result: the main list, the reserves called up, then the others."""
    waits = [row for row in rows if row.standing in ("SELECTED", "SAMPLED")]
    return [row for row in waits if row.part != DrugTest.Part.RESERVE or row.promoted_at]


@dataclass
class Page:
    rows: list
    next_key: int | None


def of_person(person, user, *, after=None, size=PAGE):
    """Tests of ``person``, newest first, for those with the duty; no query for others."""
    if not user.has_duty(User.Duty.TESTS):
        return Page([], None)
    tests = DrugTest.objects.visible_to(user).filter(person=person).exclude(part="RESERVE", promoted_at=None)
    if after:
        tests = tests.filter(Q(selected_on__lt=after.selected_on) | Q(selected_on=after.selected_on, pk__lt=after.pk))
    found = [described(row) for row in tests.order_by("-selected_on", "-pk")[: size + 1]]
    return Page(found[:size], found[size - 1].pk if len(found) > size else None)


# How many, for everybody in the team


@dataclass
class Figures:
    """What the tests of one month came to, as counts. ``of``: (kind, what, code) → number."""

    month: date
    of: Counter = field(default_factory=Counter)

    def count(self, what, *codes, kind="RANDOM"):
        return sum(self.of[kind, what, code] for code in codes or [""])

    @property
    def is_drawn(self):
        return self.count("population") > 0

    @property
    def size(self):
        return drug_tests.size(self.count("population"), self.count("percent"))

    @property
    def sampled(self):
        return self.count("state", "SAMPLED")

    @property
    def completed(self):
        """Tests with a result: what a rate is out of. Refusals are no tests, and what the laboratory still has is none yet."""
        return self.count("result", "NEGATIVE", "POSITIVE", "MITIGATED")

    @property
    def positive(self):
        """Positive ones that no prescription explains."""
        return self.count("result", "POSITIVE")

    @property
    def mitigated(self):
        return self.count("result", "MITIGATED")

    @property
    def awaited(self):
        return self.count("result", "")

    @property
    def refused(self):
        return self.count("state", "REFUSED")

    @property
    def adjudicated(self):
        return self.count("adjudicated")

    @property
    def unable(self):
        return self.count("state", "UNABLE")

    @property
    def waiting(self):
        return self.count("state", "SELECTED")

    @property
    def promoted(self):
        return self.count("promoted")

    @property
    def weekend(self):
        return self.count("weekend")

    @property
    def traditional(self):
        return self.count("class", "TRADITIONAL")

    @property
    def psychoactive(self):
        return self.count("class", "PSYCHOACTIVE")

    @property
    def rate(self):
        return share(self.positive, self.completed)

    @property
    def traditional_rate(self):
        return share(self.traditional, self.completed)

    @property
    def psychoactive_rate(self):
        return share(self.psychoactive, self.completed)

    @property
    def weekend_rate(self):
        return share(self.weekend, self.sampled)

    @property
    def volume(self):
        return share(self.sampled, self.count("population"))

    @property
    def groups(self):
        """(label, number, share) of the drugs that were found, the most frequent first."""
        found = [(label, self.count("group", code)) for code, label in drug_tests.groups().items()]
        return [(label, number, share(number, self.completed)) for label, number in _most(found)]

    @property
    def reasons(self):
        """(label, number) of why people could not be tested, the most frequent first."""
        return _most([(label, self.count("reason", code)) for code, label in drug_tests.reasons().items()])

    @property
    def kinds(self):
        """What the other kinds of test came to, each as a mapping: those that there were."""
        found = []
        for kind in [kind for kind in DrugTest.Kind if kind != DrugTest.Kind.RANDOM]:
            of = {
                "kind": kind.label,
                "sampled": self.count("state", "SAMPLED", kind=kind),
                "completed": self.count("result", "NEGATIVE", "POSITIVE", "MITIGATED", kind=kind),
                "positive": self.count("result", "POSITIVE", kind=kind),
                "refused": self.count("state", "REFUSED", kind=kind),
                "unable": self.count("state", "UNABLE", kind=kind),
                "waiting": self.count("state", "SELECTED", kind=kind),
            }
            if any(value for name, value in of.items() if name != "kind"):
                found.append(of | {"rate": share(of["positive"], of["completed"])})
        return found


def figures(user, until, months=1):
    """``Figures`` of so many months, ``until`` being the last of them, oldest first: one query that counts and names nobody."""
    first = months_after(until, 1 - months)
    found = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [first, months_after(until, 1), sorted(drug_tests.psychoactive()), user.prison_id])
        for month, kind, what, code, number in cursor.fetchall():
            found[month][kind, what, code] += number
    return [Figures(month, found[month]) for month in (months_after(first, number) for number in range(months))]


class Share(str):
    """A share in words, with its parts apart for where they stand below each other: ``percent`` and ``parts``."""

    def __new__(cls, percent, parts):
        made = super().__new__(cls, f"{percent} ({parts})")
        made.percent, made.parts = percent, parts
        return made


def share(numerator, denominator):
    """A share that says what it is a share of: “12.3 % (8 of 65)”; of nothing there is no rate, and that is said: “none yet (0 of 0)”."""
    percent = f"{100 * numerator / denominator:.1f} %" if denominator else "none yet"
    return Share(percent, f"{numerator} of {denominator}")


def chart(months):
    """What the chart of the rate shows: points in whole percent, and the top of the scale."""
    points = [(each.month, round(100 * each.positive / each.completed)) for each in months if each.completed]
    return {"points": points, "most": max(10, *(10 * -(-number // 10) for _, number in points), 10)}


def _most(pairs):
    return sorted(((label, number) for label, number in pairs if number), key=lambda pair: -pair[1])
