"""Everything that happened to a person, newest first, in one query however much it is.

Each kind of event is a query with the same columns; their union is paged by the key (moment, kind, id). Events that are known by the
day only stand at the moment they were recorded, if that was the same day, else at the end of their day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import CharField, DateTimeField, Exists, F, Func, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Least, Left
from django.urls import reverse

from casework.formats.movement import Movement as Moved
from casework.models import Allocation, Case, Consent, Location, Movement
from interventions.models import Contact
from partners.models import Handover, HandoverMove
from referrals.models import Referral, Triage
from reporting.queries.staff import name_of

SIZE = 25
CUT = 400  # letters of a note in the timeline; the whole stands on the event's own page
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_DAY = "((%(expressions)s + 1)::timestamp AT TIME ZONE 'Europe/London' - interval '1 microsecond')"
_NONE = Value("", CharField())


@dataclass(frozen=True)
class Kind:
    """A kind of event. ``rows``: what there is of it in a prison; the rest: columns. ``title``: words made from ``what`` and ``more``."""

    name: str
    rows: Callable
    moment: object
    title: Callable
    who: object = _NONE
    what: object = _NONE
    more: object = _NONE
    note: object = _NONE
    person: str = "person"
    page: str = ""  # the URL name of its own page, by its key
    whole_day: bool = False


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


def _end_of_day(field):
    return Func(F(field), template=_END_OF_DAY, output_field=DateTimeField())


def _of(model, **given):
    return lambda prison_id: model.objects.filter(prison_id=prison_id, **given)


def _label(choices):
    return lambda value: dict(choices.choices).get(value, value)


def _joined(*parts):
    return ", ".join(part for part in parts if part)


MOVED = {
    Moved.FIRST_RECEPTION: "Received into prison",
    Moved.NEW_SPELL: "Received into prison again",
    Moved.READMISSION: "Back on the same booking",
    Moved.TRANSFER_IN: "Received from another prison",
    Moved.BACK_ON_ROLL: "On the roll again",
    Moved.TO_COURT: "Went to court",
    Moved.RETURN_FROM_COURT: "Back from court",
    Moved.TEMPORARY_ABSENCE: "Left for a while",
    Moved.RETURN_FROM_ABSENCE: "Came back",
    Moved.RELEASED: "Released",
    Moved.RELEASED_TO_HOSPITAL: "Released to hospital",
    Moved.TRANSFER_OUT: "Transferred to another prison",
    Moved.ESCAPED: "Escaped",
    Moved.DIED: "Died",
    Moved.NOT_ON_ROLL: "Not on the roll",
    Moved.MERGED: "Recorded under another number",
}
_outcome, _close, _state = _label(Triage.Outcome), _label(Case.Close), _label(Handover.State)
_contact, _purpose = _label(Contact.Outcome), _label(Consent.Purpose)
_first_allocation = Subquery(
    Allocation.objects.filter(case=OuterRef("pk")).order_by("from_at").values("from_at")[:1], DateTimeField()
)
_moves = Movement.objects.exclude(kind=Moved.CELL_MOVE)
_told = Exists(_moves.filter(spell=OuterRef("spell"), at=OuterRef("from_at"), detail=OuterRef("cell")))


def _session(what, more):
    outcome, minutes, place = more.split("|", 2)
    if outcome != Contact.Outcome.TOOK_PLACE:
        return f"{what}: did not take place ({_contact(outcome).lower()})"
    return _joined(f"{what}: {minutes} minutes", place)


def _answered(answer, agency, purpose):
    return f"Consent {answer}: {_joined(agency, _purpose(purpose).lower() if agency else _purpose(purpose))}"


# Of events at the same moment the later kind stands above the earlier one. A cell move is told by the location, any other change of
# cell by the movement that names it.
KINDS = [
    Kind(
        "movement",
        lambda prison_id: _moves.filter(prison_id=prison_id),
        F("at"),
        lambda what, more: MOVED.get(what, what.replace("_", " ").capitalize()),
        what=F("kind"),
        note=F("detail"),
        person="spell__person",
    ),
    Kind(
        "location",
        lambda prison_id: Location.objects.filter(prison_id=prison_id, whereabouts=Location.Whereabouts.IN).exclude(
            _told
        ),
        F("from_at"),
        lambda what, more: f"Located in cell {what}" if what else "Located in the prison",
        what=F("cell"),
        person="spell__person",
    ),
    Kind(
        "referral",
        _of(Referral),
        Least("made_at", _end_of_day("received_on")),
        lambda what, more: f"Referral: {what}{' (repeat)' if more else ''}",
        who=name_of("made_by"),
        what=F("source__name"),
        more=Coalesce(Cast("repeat_of", CharField()), _NONE),
        note=F("reason"),
        page="referrals:show",
        whole_day=True,
    ),
    Kind(
        "triage",
        _of(Triage),
        Least("recorded_at", _end_of_day("done_on")),
        lambda what, more: _joined(f"Triage: {_outcome(what)}", more),
        who=name_of("done_by"),
        what=F("outcome"),
        more=F("substances"),
        note=F("needs"),
        whole_day=True,
    ),
    Kind(
        "case-opened",
        _of(Case),
        Least(_first_allocation, _end_of_day("opened_on")),
        lambda what, more: "Case opened",
        who=name_of("opened_by"),
        whole_day=True,
    ),
    Kind(
        "allocation",
        _of(Allocation),
        F("from_at"),
        lambda what, more: f"Case allocated to {what}",
        who=name_of("made_by"),
        what=name_of("worker"),
        note=F("reason"),
        person="case__person",
    ),
    Kind(
        "session",
        _of(Contact),
        F("at"),
        _session,
        who=name_of("worker"),
        what=F("type__name"),
        more=Func(Value("|"), F("outcome"), F("minutes"), F("place"), function="concat_ws", output_field=CharField()),
        note=F("note"),
        page="interventions:show",
    ),
    Kind(
        "consent",
        _of(Consent),
        F("recorded_at"),
        lambda what, more: _answered("given" if more.startswith("t") else "refused", what, more.partition("|")[2]),
        who=name_of("recorded_by"),
        what=Coalesce(F("agency__name"), _NONE),
        more=Func(Value("|"), F("given"), F("purpose"), function="concat_ws", output_field=CharField()),
    ),
    Kind(
        "consent-withdrawn",
        _of(Consent, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: _answered("withdrawn", what, more),
        who=name_of("withdrawn_by"),
        what=Coalesce(F("agency__name"), _NONE),
        more=F("purpose"),
    ),
    Kind(
        "handover",
        _of(Handover),
        F("made_at"),
        lambda what, more: f"Handover begun: {what}",
        who=name_of("made_by"),
        what=F("agency__name"),
    ),
    Kind(
        "handover-move",
        lambda prison_id: HandoverMove.objects.filter(prison_id=prison_id).exclude(before=""),
        F("at"),
        lambda what, more: f"Handover to {more}: {_state(what).lower()}",
        who=name_of("by"),
        what=F("after"),
        more=F("handover__agency__name"),
        note=F("words"),
        person="handover__person",
    ),
    Kind(
        "case-closed",
        _of(Case, closed_on__isnull=False),
        _end_of_day("closed_on"),
        lambda what, more: f"Case closed: {_close(what).replace(': ', ', ').lower()}",
        who=name_of("closed_by"),
        what=F("close_reason"),
        whole_day=True,
    ),
]


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
        .filter(**{kind.person: person})
        .annotate(
            moment=kind.moment,
            sort=Value(KINDS.index(kind), IntegerField()),
            key=F("pk"),
            performer=Cast(kind.who, CharField()),
            matter=Cast(kind.what, CharField()),
            aside=Cast(kind.more, CharField()),
            text=text if whole else Left(text, CUT + 1),
        )
        .values_list("moment", "sort", "key", "performer", "matter", "aside", "text")
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
