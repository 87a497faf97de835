"""Everything that happened to a person, newest first, in one query however much it is.

Each kind of event is a query with the same columns; their union is paged by the key (moment, kind, id). Events that are known by the
day only stand at the moment they were recorded, if that was the same day, else at the end of their day. The kinds stand in the modules
beside this one, each with the part of the work that they tell of.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import CharField, F, IntegerField, Q, Value
from django.db.models.functions import Cast, Left
from django.urls import reverse

from reporting.queries.timeline import activities, case, custody, front_door, gate, sharing, work
from reporting.queries.timeline.kind import Kind

SIZE = 25
CUT = 400  # letters of a note in the timeline; the whole stands on the event's own page
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of events at the same moment the later kind stands above the earlier one.
_ROOMS = [
    custody.KINDS,
    front_door.KINDS,
    case.BEGINNING,
    work.KINDS,
    activities.KINDS,
    sharing.KINDS,
    gate.KINDS,
    case.LIFE,
]
KINDS = [kind for room in _ROOMS for kind in room]


@dataclass(frozen=True)
class Event:
    """One entry of the timeline. ``cut``: the note goes on."""

    kind: Kind
    moment: datetime
    pk: int
    title: str
    who: str
    note: str
    cut: bool
    person_id: int

    @property
    def url(self):
        """The page of the event, where it has one or where its note goes on."""
        if self.kind.page:
            return reverse(self.kind.page, args=[self.pk])
        return reverse("reporting:event", args=[self.person_id, self.kind.name, self.pk]) if self.cut else ""

    @property
    def key(self):
        since = (self.moment - _EPOCH) // timedelta(microseconds=1)
        return f"{since}-{KINDS.index(self.kind)}-{self.pk}"


@dataclass(frozen=True)
class Page:
    events: list
    after: str | None


def page(person, user, after="", *, size=SIZE):
    """The events of ``person`` that follow the key ``after``, as ``user`` may see them."""
    last = _read(after)
    branches = [_branch(kind, person, user, last)[: size + 1] for kind in KINDS]
    union = branches[0].union(*branches[1:], all=True).order_by("-moment", "-sort", "-key")[: size + 1]
    events = [_event(row, person) for row in union]
    return Page(events[:size], events[size - 1].key if len(events) > size else None)


def event(person, user, name, pk):
    """One event with the whole of its note, or None."""
    kind = next((kind for kind in KINDS if kind.name == name), None)
    row = kind and _columns(kind, person, user, whole=True).filter(key=pk).first()
    return _event(row, person, whole=True) if row else None


def _columns(kind, person, user, *, whole=False):
    text = Cast(kind.note, CharField())
    return (
        kind.rows(user.prison_id)
        .filter(kind.only(user), **{kind.person: person})
        .annotate(
            moment=kind.moment,
            sort=Value(KINDS.index(kind), IntegerField()),
            key=F("pk"),
            performer=Cast(kind.who, CharField()),
            matter=Cast(kind.what, CharField()),
            aside=Cast(kind.more, CharField()),
            words_of_it=text if whole else Left(text, CUT + 1),
        )
        .values_list("moment", "sort", "key", "performer", "matter", "aside", "words_of_it")
        .order_by("-moment", "-key")
    )


def _branch(kind, person, user, last):
    rows = _columns(kind, person, user)
    if last is None:
        return rows
    moment, sort, key = last
    place = KINDS.index(kind)
    if place < sort:
        return rows.filter(moment__lte=moment)
    if place > sort:
        return rows.filter(moment__lt=moment)
    return rows.filter(Q(moment__lt=moment) | Q(moment=moment, key__lt=key), moment__lte=moment)


def _event(row, person, *, whole=False):
    moment, sort, pk, who, what, more, note = row
    kind = KINDS[sort]
    cut = not whole and len(note) > CUT
    return Event(kind, moment, pk, kind.title(what, more), who, _shortened(note) if cut else note, cut, person.pk)


def _shortened(note):
    """The beginning of a note, up to the end of a word."""
    return note[:CUT].rsplit(maxsplit=1)[0] + " …"


def _read(after):
    """The key in an address; one that is none begins at the beginning."""
    try:
        since, sort, key = map(int, after.split("-"))
        return _EPOCH + timedelta(microseconds=since), sort, key
    except (ValueError, OverflowError):
        return None
