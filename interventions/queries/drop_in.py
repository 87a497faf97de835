"""Drop-ins: the list of them, whom a number or a name means, and who of those who came waits for the front door."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from casework.formats import numbers
from casework.models import Case, Location, Person
from casework.queries import finder
from casework.queries.cases import referred
from interventions.models import Contact, GroupSession, Seat
from interventions.queries import readiness, separation

PAGE = 25
MOST_NAMED = 5  # people whom a refusal lists for choice
NOT_HERE = {"LEFT", "OFF_ROLL"}  # true of today; on the day of a drop-in that is over they were here


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


def seats(session, user):
    """Those who are expected at ``session`` or came by name, as they were put down, with ``has_case`` and ``waits_at``."""
    rows = Seat.objects.visible_to(user).expected().filter(session=session)
    rows = list(rows.select_related("person", "contact").order_by("pk"))
    people = [seat.person_id for seat in rows]
    cases = set(Case.objects.visible_to(user).open().filter(person__in=people).values_list("person", flat=True))
    waiting = referred([key for key in people if key not in cases], user)
    for seat in rows:
        seat.has_case, seat.waits_at = seat.person_id in cases, waiting.get(seat.person_id, "")
    return rows


def against(session, people, user, *, now):
    """Key of each of ``people`` → what stands against his coming to ``session``, in words, as at a group.

    Nothing of it keeps anybody from being written down: people come by themselves, and it is to be acted on at once. Of those who are on
    the list it is not asked here: two who are both told could be seen to be the two who must not meet.
    """
    there = Seat.objects.expected().filter(session=session, person__in=people).values_list("person", flat=True)
    coming = [person for person in people if person.pk not in set(there)] if people else []
    found = separation.findings(session, coming, user) if coming else {}
    today = timezone.localdate(session.period.lower) == timezone.localdate(now)
    return {
        person.pk: [each.text for each in found.get(person.pk, []) if today or each.code not in NOT_HERE]
        for person in people
    }


def problems(session, user):
    """What stands against those who are on the list of a drop-in that is still open: each finding with its seat, if it is of one."""
    looks = readiness.to_look_at(user, [session])
    return [each for look in looks for each in look.problems if each.finding.code != "SESSION"]


def elsewhere(session, person):
    """The seat of ``person`` at another session at the time at which ``session`` begins, or None: he cannot be marked in both."""
    seats = (
        Seat.objects.expected().filter(person=person, period__contains=session.period.lower).exclude(session=session)
    )
    return seats.select_related("session").first()


def taken_back(session, user):
    """Contacts of ``session`` that were taken back, the last first, with the person and who did."""
    rows = Contact.everything.visible_to(user).filter(seat__session=session, withdrawn_at__isnull=False)
    return rows.select_related("person", "withdrawn_by").order_by("-withdrawn_at", "-pk")


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
