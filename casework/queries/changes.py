"""What changed for the people one works with and was not acknowledged yet. Nothing is stored of it: the rows of custody tell it.

Each kind of change is a query with the same columns; their union is paged by the key (moment, kind, id), oldest first. A change counts
from when one was given the case, for ``DAYS`` days, and until one has taken note of it. What one recorded oneself is no news.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import CharField, Exists, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.formats import date_format

from casework.formats import reference
from casework.formats.movement import TOLD
from casework.formats.movement import Movement as Moved
from casework.models import (
    Acknowledgement,
    Alert,
    Allocation,
    Case,
    CoWorker,
    CustodySpell,
    Location,
    Movement,
    Person,
    ReleaseDate,
)

DAYS = 28
PAGE = 50
LEFT = [Case.Close.RELEASED, Case.Close.RELEASED_COURT, Case.Close.TRANSFERRED, Case.Close.DIED]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NONE = Value("", CharField())
_UNTOLD = [Moved.CELL_MOVE, Moved.FIRST_RECEPTION, Moved.MERGED]
# Notices that change where and with whom somebody may be seen.
_NOTICES = [
    code
    for code, meaning in reference.alerts().items()
    if meaning.changes in {"CONTACT", "SEPARATION", "HOLD"} and reference.alert_type(code) != "D"
] + Alert.Acct.values


@dataclass(frozen=True)
class Kind:
    """A kind of change. ``rows``: what there is of it for a user; ``title``: words made from the three columns."""

    name: str
    rows: Callable
    moment: str
    title: Callable
    what: object = _NONE
    before: object = _NONE
    after: object = _NONE
    person: str = "spell__person"


@dataclass(frozen=True)
class Change:
    """One change for ``person``, worded."""

    kind: Kind
    pk: int
    at: datetime
    person: Person
    title: str

    @property
    def person_id(self):
        return self.person.pk

    @property
    def name(self):
        """What a form says to name it."""
        return f"{self.kind.name}.{self.pk}"

    @property
    def key(self):
        since = (self.at - _EPOCH) // timedelta(microseconds=1)
        return f"{since}-{KINDS.index(self.kind)}-{self.pk}"


@dataclass(frozen=True)
class Page:
    """Up to ``PAGE`` changes; ``after``: the key of the next page, or None."""

    changes: list
    after: str | None

    @property
    def people(self):
        return {change.person_id for change in self.changes}


# Rows of each kind


def _wings(user):
    """Places on another wing than the one before in the same stay; a way through court in between is no move."""
    return (
        Location.objects.filter(prison_id=user.prison_id, whereabouts=Location.Whereabouts.IN, wing__isnull=False)
        .annotate(wing_before=Subquery(_earlier.values("wing")[:1]))
        .filter(wing_before__isnull=False)
        .exclude(wing_before=F("wing"))
    )


_earlier = Location.objects.filter(
    spell=OuterRef("spell"), wing__isnull=False, whereabouts=Location.Whereabouts.IN, from_at__lt=OuterRef("from_at")
).order_by("-from_at", "-pk")


def _movements(user):
    return Movement.objects.filter(prison_id=user.prison_id).exclude(kind__in=_UNTOLD)


def _dates(user):
    """Days on which the stay may end, as others recorded them."""
    dates = ReleaseDate.objects.filter(prison_id=user.prison_id).exclude(recorded_by=user)
    return dates.exclude(kind__in=ReleaseDate.NO_RELEASE)


def _dates_gone(user):
    """Dates that fell away with no other of their kind in their place, while the stay goes on."""
    dates = _dates(user).filter(superseded_at__isnull=False, spell__ended_at=None)
    return dates.exclude(Exists(_siblings.filter(recorded_at__gte=OuterRef("superseded_at"))))


_siblings = ReleaseDate.objects.filter(spell=OuterRef("spell"), kind=OuterRef("kind")).exclude(pk=OuterRef("pk"))
_date_before = _siblings.filter(superseded_at__lte=OuterRef("recorded_at")).order_by("-recorded_at", "-pk")


def _alerts(user):
    return Alert.objects.visible_to(user).filter(code__in=_NOTICES).exclude(recorded_by=user)


def _alerts_over(user):
    """Notices that ended while the person is here. Of an ACCT that moves on the next state tells it."""
    over = Alert.objects.visible_to(user).filter(code__in=_NOTICES, until_at__isnull=False).exclude(ended_by=user)
    here = CustodySpell.objects.current().filter(person=OuterRef("person"), prison=OuterRef("prison"))
    return over.filter(Exists(here)).exclude(
        Q(code__in=Alert.Acct.values) & Exists(_accts.filter(from_at=OuterRef("until_at")))
    )


_accts = Alert.objects.acct().filter(person=OuterRef("person"), prison=OuterRef("prison"))
_acct_before = _accts.filter(until_at=OuterRef("from_at")).exclude(pk=OuterRef("pk"))


# Words


def _wing(what, before, after):
    return f"Moved from {before} to {after}{f', cell {what}' if what else ''}"


def _movement(what, before, after):
    told = TOLD.get(what, what.replace("_", " ").capitalize())
    return ": ".join(filter(None, [told, ", ".join(filter(None, [before, after]))]))


def _date(what, before, after):
    if not before or before == after:
        return f"Release date set: {_day(after)} ({_release(what)})"
    return f"Release date moved from {_day(before)} to {_day(after)} ({_release(what)})"


def _date_gone(what, before, after):
    return f"Release date taken away: {_day(before)} ({_release(what)})"


def _release(kind):
    label = dict(reference.release_dates().values()).get(kind, kind.replace("_", " "))
    return f"{label[:1].lower()}{label[1:]}"


def _day(text):
    return date_format(date.fromisoformat(text), "j F Y") if text else "not known"


def _alert(what, before, after):
    review = f"; next review {_day(after)}" if after else ""
    if what not in Alert.Acct.values:
        return f"New notice: {reference.alerts()[what].label}{review}"
    state, former = Alert.Acct(what), before and Alert.Acct(before).label.lower()
    opened = "ACCT opened again" if former else "ACCT opened"
    words = opened if state == Alert.Acct.OPEN else f"ACCT moved on to {state.label.lower()}"
    return f"{words}{f' (was {former})' if former else ''}{review}"


def _alert_over(what, before, after):
    return f"No longer: {reference.alerts()[what].label}"


# Of changes at the same moment the earlier kind stands first.
KINDS = [
    Kind("movement", _movements, "at", _movement, what=F("kind"), before=F("detail"), after=F("reason")),
    Kind(
        "wing",
        _wings,
        "from_at",
        _wing,
        what=F("cell"),
        before=Subquery(_earlier.values("wing__name")[:1]),
        after=F("wing__name"),
    ),
    Kind(
        "date",
        _dates,
        "recorded_at",
        _date,
        what=F("kind"),
        before=Subquery(_date_before.values("on")[:1]),
        after=F("on"),
    ),
    Kind("date-gone", _dates_gone, "superseded_at", _date_gone, what=F("kind"), before=F("on")),
    Kind(
        "alert",
        _alerts,
        "from_at",
        _alert,
        what=F("code"),
        before=Subquery(_acct_before.values("code")[:1]),
        after=F("review_on"),
        person="person",
    ),
    Kind("alert-ended", _alerts_over, "until_at", _alert_over, what=F("code"), person="person"),
]


def unacknowledged(user, after="", *, size=PAGE):
    """A page of the changes that ``user`` has not acknowledged, oldest first, behind the key ``after``. Two queries."""
    last, people = _read(after), _people(user)
    branches = [_branch(kind, user, people, last)[: size + 1] for kind in KINDS]
    union = branches[0].union(*branches[1:], all=True).order_by("moment", "sort", "key")[: size + 1] if people else []
    changes = [_change(row, people) for row in union]
    return Page(changes[:size], changes[size - 1].key if len(changes) > size else None)


def count(user):
    """How many changes ``user`` has not acknowledged. Two queries."""
    people = _people(user)
    branches = [_open(kind, user, people).order_by().values_list("pk", flat=True) for kind in KINDS]
    return branches[0].union(*branches[1:], all=True).count() if people else 0


def named(user, names):
    """Those of the changes that ``user`` has not acknowledged which have one of ``names`` (of a form; others name nothing)."""
    people, wanted = _people(user), {}
    for name in names:
        kind, _, pk = name.partition(".")
        if pk.isdecimal() and len(pk) < 19:
            wanted.setdefault(kind, []).append(int(pk))
    kinds = [kind for kind in KINDS if kind.name in wanted]
    branches = [_columns(kind, _open(kind, user, people).filter(pk__in=wanted[kind.name])) for kind in kinds]
    rows = branches[0].union(*branches[1:], all=True).order_by("moment", "sort", "key") if branches and people else []
    return [_change(row, people) for row in rows]


def last(user):
    """What ``user`` acknowledged last today (one of the rows, with ``together``: how many), or None."""
    rows = Acknowledgement.objects.visible_to(user).standing().filter(user=user)
    rows = list(rows.filter(at__date=timezone.localdate()).order_by("-at", "-pk")[:1])
    for row in rows:
        row.together = Acknowledgement.objects.visible_to(user).standing().filter(user=user, at=row.at).count()
    return rows[0] if rows else None


def _people(user):
    """The people whose case ``user`` holds or works on, and those who left while he did: key → person."""
    mine = [rows.values(path) for rows, path in _holdings(user)]
    people = Person.objects.visible_to(user).filter(Q(pk__in=mine[0]) | Q(pk__in=mine[1]))
    return {person.pk: person for person in people}


def _holdings(user):
    """Who holds a case, and who works on one beside him, each with the way to the person."""
    since = timezone.now() - timedelta(days=DAYS)
    left = Q(until_at__gte=since, case__close_reason__in=LEFT)
    mine = Q(prison_id=user.prison_id, worker=user) & (Q(until_at=None) | left)
    return [(Allocation.objects.filter(mine), "case__person"), (CoWorker.objects.filter(mine), "person")]


def _open(kind, user, people):
    """Changes of one kind, for these people, while ``user`` worked with them, that he has not acknowledged."""
    moment, now = kind.moment, timezone.now()
    held = Q()
    for rows, path in _holdings(user):
        then = rows.filter(Q(until_at=None) | Q(until_at__gte=OuterRef(moment)), from_at__lte=OuterRef(moment))
        held |= Exists(then.filter(**{path: OuterRef(kind.person)}))
    noted = Acknowledgement.objects.standing().filter(user=user, kind=kind.name, key=OuterRef("pk"))
    recent = {f"{moment}__gte": now - timedelta(days=DAYS), f"{moment}__lte": now, f"{kind.person}__in": list(people)}
    return kind.rows(user).filter(**recent).filter(held).exclude(Exists(noted))


def _columns(kind, rows):
    return rows.annotate(
        moment=F(kind.moment),
        sort=Value(KINDS.index(kind), IntegerField()),
        key=F("pk"),
        whom=F(f"{kind.person}_id"),
        matter=Cast(kind.what, CharField()),
        old=Coalesce(Cast(kind.before, CharField()), _NONE),
        new=Coalesce(Cast(kind.after, CharField()), _NONE),
    ).values_list("moment", "sort", "key", "whom", "matter", "old", "new")


def _branch(kind, user, people, last):
    rows = _columns(kind, _open(kind, user, people)).order_by("moment", "key")
    if last is None:
        return rows
    moment, sort, key = last
    place = KINDS.index(kind)
    if place != sort:
        return rows.filter(**{f"moment__{'gte' if place > sort else 'gt'}": moment})
    return rows.filter(Q(moment__gt=moment) | Q(moment=moment, key__gt=key))


def _change(row, people):
    moment, sort, pk, person, what, before, after = row
    kind = KINDS[sort]
    return Change(kind, pk, moment, people[person], kind.title(what, before, after))


def _read(after):
    """The key in an address; one that is none begins at the beginning."""
    try:
        since, sort, key = map(int, after.split("-"))
        return _EPOCH + timedelta(microseconds=since), sort, key
    except (ValueError, OverflowError):
        return None
