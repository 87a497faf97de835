"""Wing rounds: whom the list of a wing names and in which order, and the rounds that were made."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from casework import events
from casework.formats import cells
from casework.models import Case, Location, Person, WingCover
from casework.queries import alerts
from interventions.models import Appointment, Contact, ContactType, WingRound

MOST = 200
PAGE = 25
BRIEF = "BRIEF"


@dataclass
class Line:
    """Somebody on the list: ``cell`` where he was when it was made; ``due``: what comes next and on which day, or None."""

    person: Person
    cell: str
    due: tuple[date, str] | None = None
    late: bool = False
    tags: list = field(default_factory=list)


@dataclass
class Page:
    """Rounds that fit on one page, and the key of the last if there are more."""

    rows: list
    next_key: int | None


def on_wing(user, wing, landing="", *, at):
    """Keys of the people on the caseload who were on ``wing`` at the moment ``at``, in the order of their cells; one query.

    Cells and cases are dated, so that a sheet that was printed at that moment is listed again as it was.
    """
    day = timezone.localdate(at)
    cases = Case.objects.visible_to(user).filter(Q(closed_on=None) | Q(closed_on__gte=day), opened_on__lte=day)
    places = _at(at).filter(wing=wing, whereabouts=Location.Whereabouts.IN, spell__in=cases.values("spell"))
    places = places.exclude(spell__off_roll_on__lte=day)
    rows = places.order_by("cell_key", "spell__person__surname_key", "spell__person")
    wanted = cells.sort_key(landing.strip())
    return [
        person
        for person, cell in rows.values_list("spell__person", "cell")
        if not landing or cells.sort_key(cells.landing(cell)) == wanted
    ][:MOST]


def lines(user, keys, *, at):
    """A line for each of the people with these ``keys`` whom ``user`` may see, in the same order; a fixed number of queries."""
    people = Person.objects.visible_to(user).in_bulk(keys)
    places = _at(at).filter(prison_id=user.prison_id, spell__person__in=people)
    places = dict(places.values_list("spell__person", "cell"))
    today, tags = timezone.localdate(), alerts.tags(user, people)
    found = []
    for person in [people[key] for key in keys if key in people]:
        found.append(Line(person, places.get(person.pk, ""), tags=tags.get(person.pk, [])))
    owed = _owed(user, people, today)
    for line in found:
        line.due = owed.get(line.person.pk)
        line.late = bool(line.due) and line.due[0] < today
    return found


def _at(at):
    return Location.objects.filter(Q(until_at=None) | Q(until_at__gt=at), from_at__lte=at)


def _owed(user, people, today):
    """Person → what comes first: his next planned session from ``today`` on, or what else the team owes him."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    planned = Appointment.objects.visible_to(user).standing().filter(person__in=people, at__gte=midnight)
    found = {}
    for person, kind, at in planned.values_list("person", "type__name", "at"):
        found.setdefault(person, []).append((timezone.localdate(at), kind))
    for _, owed in events.next_due_asked.send(sender=Person, people=list(people), user=user, today=today):
        for person, due in owed.items():
            found.setdefault(person, []).append(due)
    return {person: min(owed) for person, owed in found.items()}


def beginning(user, wing, landing="", *, printed=None):
    """What the form of a round is filled with: the people in order, brief contacts, now or when the sheet was ``printed``, by ``user``."""
    now = timezone.localtime().replace(second=0, microsecond=0)
    keys = on_wing(user, wing, landing, at=printed or now)
    return {
        "people": ",".join(map(str, keys)),
        "type": ContactType.objects.filter(code=BRIEF, ended_on=None).values_list("pk", flat=True).first(),
        "at": timezone.localtime(printed) if printed else now - timedelta(minutes=now.minute % 5),
        "worker": user,
    }


def usual_wing(user):
    """The wing whose round ``user`` makes most likely: that of his last one, else one that he covers, or None."""
    last = WingRound.objects.visible_to(user).filter(worker=user).values_list("wing", flat=True).first()
    return last or WingCover.objects.filter(user=user, ended_on=None).values_list("wing", flat=True).first()


def made(user, *, wing=None, worker=None, after=None):
    """A page of rounds, newest first, behind the one with the key ``after``, with how many were ``seen`` and ``missed``; three queries."""
    rounds = WingRound.objects.visible_to(user).select_related("wing", "worker", "type")
    if wing:
        rounds = rounds.filter(wing=wing)
    if worker:
        rounds = rounds.filter(worker=worker)
    if after and (edge := rounds.filter(pk=after).values_list("at", flat=True).first()):
        rounds = rounds.filter(Q(at__lt=edge) | Q(at=edge, pk__lt=after))
    found = list(rounds.order_by("-at", "-pk")[: PAGE + 1])
    counted = _counted(user, found)
    for row in found:
        row.seen, row.missed = counted.get(row.pk, (0, 0))
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def _counted(user, rounds):
    took_place = Count("pk", filter=Q(outcome=Contact.Outcome.TOOK_PLACE))
    contacts = Contact.objects.visible_to(user).filter(round__in=rounds).order_by().values("round")
    rows = contacts.annotate(seen=took_place, total=Count("pk")).values_list("round", "seen", "total")
    return {key: (seen, total - seen) for key, seen, total in rows}


def sessions(round, user):
    """The lines of a saved round that name people whom ``user`` may see, in the order in which they stood."""
    contacts = Contact.objects.visible_to(user).filter(round=round).select_related("person", "type")
    return list(contacts.order_by("pk"))
