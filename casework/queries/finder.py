"""People found by what somebody typed: a name in any order, or a prison number of now or of before.

A beginning of the surname or the forenames is a range of the index and finds everybody whom the prison ever held. A later part of a
name (Jones in Smith-Jones) has no index, and is looked for among the people here now only: about 1,300 short rows.
"""

from dataclasses import dataclass

from django.db.models import Q

from casework.formats import names, numbers
from casework.models import Allocation, Case, CustodySpell, Location, Person
from casework.queries.cases import referred

PAGE = 50
LAST = "\U0010ffff"  # sorts behind every letter in the "C" collation
SHORTEST_PART = 3


@dataclass
class Found:
    """One line of the result: ``spell`` is the present stay, or else the last; ``referral_url``: the referral of who waits for a case."""

    person: Person
    spell: CustodySpell | None
    location: Location | None
    case: Case | None
    worker: object
    referral_url: str


@dataclass
class Page:
    """Up to ``PAGE`` people in order of name; ``more``: there are others behind the last."""

    rows: list
    more: bool

    @property
    def people(self):
        return [row.person.pk for row in self.rows]


def by_number(user, text):
    """The person with this prison number, or who once had it, if ``user`` may see him; None for anything else."""
    number = numbers.normalise("".join(text.split()))
    if not numbers.is_prison_number(number):
        return None
    people = Person.objects.visible_to(user)
    return people.filter(number=number).first() or people.filter(former_numbers__number=number).first()


def by_numbers(user, typed):
    """Prison number → (person, cell) of those of the ``typed`` numbers that ``user`` may see, former ones too; three queries."""
    wanted = {numbers.normalise(number) for number in typed}
    seen = Person.objects.visible_to(user)
    found = {person.number: person for person in seen.filter(number__in=wanted)}
    for person in seen.filter(former_numbers__number__in=wanted - found.keys()).prefetch_related("former_numbers"):
        found |= {former.number: person for former in person.former_numbers.all() if former.number in wanted}
    places = Location.objects.filter(spell__person__in=found.values(), spell__ended_at=None, until_at=None)
    cells = dict(places.filter(prison_id=user.prison_id).values_list("spell__person", "cell"))
    return {number: (person, cells.get(person.pk, "")) for number, person in found.items()}


def by_name(user, text, *, after=None):
    """A page of the people whom ``user`` may see and whose names fit ``text``, behind the person with the key ``after``."""
    words = names.search_words(text)
    if not words:
        return Page([], False)
    people = Person.objects.visible_to(user)
    found = people.filter(_beginnings(words) | Q(pk__in=_by_parts(people, user, words)))
    if after and (edge := people.filter(pk=after).values("surname_key", "forenames_key", "pk").first()):
        found = found.filter(_behind(**edge))
    found = list(found.order_by("surname_key", "forenames_key", "pk")[: PAGE + 1])
    return Page(rows(user, found[:PAGE]), len(found) > PAGE)


def _beginnings(words):
    """All words as the beginning of a surname or of forenames, or the first few of one and the rest of the other."""
    whole = "".join(words)
    fits = _begins("surname_key", whole) | _begins("forenames_key", whole)
    for cut in range(1, len(words)):
        first, last = "".join(words[:cut]), "".join(words[cut:])
        fits |= _begins("surname_key", first) & _begins("forenames_key", last)
        fits |= _begins("forenames_key", first) & _begins("surname_key", last)
    return fits


def _begins(column, key):
    return Q(**{f"{column}__gte": key, f"{column}__lt": key + LAST})


def _by_parts(people, user, words):
    """Keys of people here now of whom each word begins a part of a name."""
    if max(map(len, words)) < SHORTEST_PART:
        return []
    here = CustodySpell.objects.visible_to(user).current().order_by().values_list("person", flat=True)
    # Keys first: joined, the planner reads everybody whom the prison ever held (100 ms of 40,000, against 10).
    rows = (
        people.filter(pk__in=list(here))
        .order_by()
        .values_list("pk", "surname_key", "forenames_key", "surname", "forenames")
    )
    return [
        pk
        for pk, surname_key, forenames_key, *both in rows
        if all(word in surname_key or word in forenames_key for word in words) and _fits(words, both)
    ]


def _fits(words, both):
    keys = names.search_keys(*both)
    return all(any(key.startswith(word) for key in keys) for word in words)


def _behind(surname_key, forenames_key, pk):
    later = Q(forenames_key__gt=forenames_key) | Q(forenames_key=forenames_key, pk__gt=pk)
    return Q(surname_key__gte=surname_key) & (Q(surname_key__gt=surname_key) | later)


def rows(user, people):
    """The lines for ``people``: four queries, however many they are, and one more if anybody has no open case."""
    keys = [person.pk for person in people]
    spells = CustodySpell.objects.visible_to(user).filter(person__in=keys).order_by("received_on", "pk")
    spells = {spell.person_id: spell for spell in spells}
    places = Location.objects.filter(spell__in=[spell.pk for spell in spells.values()], until_at=None)
    places = {place.spell_id: place for place in places}
    cases = {case.person_id: case for case in Case.objects.visible_to(user).open().filter(person__in=keys)}
    held = Allocation.objects.filter(case__in=[case.pk for case in cases.values()], until_at=None)
    workers = {allocation.case_id: allocation.worker for allocation in held.select_related("worker")}
    waiting = referred([key for key in keys if key not in cases], user)
    lines = []
    for person in people:
        spell, case = spells.get(person.pk), cases.get(person.pk)
        place, worker = spell and places.get(spell.pk), case and workers.get(case.pk)
        lines.append(Found(person, spell, place, case, worker, waiting.get(person.pk, "")))
    return lines
