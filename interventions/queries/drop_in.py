"""Drop-ins: the list of them, whom a number or a name means, and who of those who came waits for the front door."""

from dataclasses import dataclass

from django.db.models import Count, Q

from casework.formats import numbers
from casework.models import Case, Location, Person
from casework.queries import finder
from casework.queries.cases import referred
from interventions.models import GroupSession, Seat

PAGE = 25
MOST_NAMED = 5  # people whom a refusal lists for choice


@dataclass
class Page:
    """Drop-ins that fit on one page, and the key of the last if there are more."""

    rows: list
    next_key: int | None


def page(user, *, after=None):
    """Drop-ins, the newest first, each with how many came by name (``named``). ``after``: the one that the page before ended with."""
    rows = GroupSession.objects.visible_to(user).filter(kind=GroupSession.Kind.DROP_IN).select_related("room", "wing")
    if after:
        rows = rows.filter(Q(period__lt=after.period) | Q(period=after.period, pk__lt=after.pk))
    rows = rows.annotate(named=Count("seats", filter=Q(seats__removed_at=None, seats__contact__isnull=False)))
    found = list(rows.order_by("-period", "-pk")[: PAGE + 1])
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def came(session, user):
    """Those who came to ``session`` by name, in the order in which they were written down, with ``has_case`` and ``waits_at``."""
    seats = Seat.objects.visible_to(user).expected().filter(session=session, contact__isnull=False)
    seats = list(seats.select_related("person", "contact").order_by("pk"))
    people = [seat.person_id for seat in seats]
    cases = set(Case.objects.visible_to(user).open().filter(person__in=people).values_list("person", flat=True))
    waiting = referred([key for key in people if key not in cases], user)
    for seat in seats:
        seat.has_case, seat.waits_at = seat.person_id in cases, waiting.get(seat.person_id, "")
    return seats


def people(user, typed):
    """What was ``typed`` → the people here whom it can mean: one by a number; by a name, all whom it fits."""
    wanted = {numbers.normalise("".join(text.split())): text for text in typed}
    by_number = {number: text for number, text in wanted.items() if numbers.is_prison_number(number)}
    seen = Person.objects.visible_to(user)
    found = {by_number[person.number]: [person] for person in seen.filter(number__in=by_number)}
    former = seen.filter(former_numbers__number__in=by_number.keys()).prefetch_related("former_numbers")
    for person in former:
        found |= {by_number[old.number]: [person] for old in person.former_numbers.all() if old.number in by_number}
    for number, text in wanted.items():
        if number not in by_number:
            rows = finder.by_name(user, text).rows
            found[text] = [row.person for row in rows if row.spell and row.spell.ended_at is None]
    return {text: found.get(text, []) for text in typed}


def cells(user, people):
    """Person → cell, of those of ``people`` who are here."""
    places = Location.objects.filter(spell__person__in=people, spell__ended_at=None, until_at=None)
    return dict(places.filter(prison_id=user.prison_id).values_list("spell__person", "cell"))


def begun_from(user):
    """What the form for the next drop-in begins with: what the last one was."""
    last = GroupSession.objects.visible_to(user).filter(kind=GroupSession.Kind.DROP_IN).order_by("-period").first()
    names = ["name", "audience", "wing_id", "room_id", "regime_time_id"]
    return {name.removesuffix("_id"): getattr(last, name) for name in names} if last else {}
