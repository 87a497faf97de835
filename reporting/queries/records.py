"""The records behind a number as a list shows them, paged by key."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from casework.models import Person
from interventions.models import Contact
from referrals.models import Referral, Triage
from reporting.queries.staff import name_of

SIZE = 50


@dataclass(frozen=True)
class Shape:
    """How records of one model are shown: in which order, and what stands beside name and number."""

    order: tuple
    headers: tuple
    cells: Callable
    related: tuple = ("person",)
    by: str = ""  # the field with the worker whose name is shown


@dataclass(frozen=True)
class Row:
    """A line of the list: whom it is about, the page to open, and (header, text) pairs."""

    person_id: int
    name: str
    number: str
    url: str
    cells: list


@dataclass(frozen=True)
class Page:
    headers: list
    rows: list
    after: int | None

    @property
    def people(self):
        return {row.person_id for row in self.rows}


def _day(value):
    return date_format(value, "j M Y")


def _moment(value):
    return date_format(timezone.localtime(value), "j M Y, H:i")


SHAPES = {
    Person: Shape(("surname_key", "forenames_key"), (), lambda row: (), related=()),
    Referral: Shape(
        ("received_on",),
        ("Received", "Source", "Urgency", "Triaged"),
        lambda row: (
            _day(row.received_on),
            row.source.name,
            row.get_urgency_display().partition(":")[0],
            _day(timezone.localtime(row.triaged_at)) if row.triaged_at else "Waiting",
        ),
        related=("person", "source"),
    ),
    Triage: Shape(
        ("done_on",),
        ("Done", "Outcome", "By"),
        lambda row: (_day(row.done_on), row.get_outcome_display(), row.by_name),
        by="done_by",
    ),
    Contact: Shape(
        ("at",),
        ("When", "Kind", "Outcome", "Minutes", "By"),
        lambda row: (_moment(row.at), row.type.name, row.get_outcome_display(), str(row.minutes), row.by_name),
        related=("person", "type"),
        by="worker",
    ),
}


def page(records, after, *, size=SIZE):
    """The rows of ``records`` that follow the one with the key ``after`` (text of an address; empty: from the beginning)."""
    shape = SHAPES[records.model]
    keys = [*shape.order, "pk"]
    following = _following(records, keys, after).select_related(*shape.related or [None]).order_by(*keys)
    rows = list(following.annotate(by_name=name_of(shape.by) if shape.by else Value(""))[: size + 1])
    more = len(rows) > size
    return Page(
        headers=[{"text": text} for text in ["Name", "Number", *shape.headers]],
        rows=[_row(row, shape) for row in rows[:size]],
        after=rows[size - 1].pk if more else None,
    )


def _following(records, keys, after):
    """What comes behind the record ``after``; an address that names none begins at the beginning."""
    last = records.filter(pk=after).values_list(*keys).first() if after.isdecimal() and len(after) < 19 else None
    if last is None:
        return records
    later = Q()
    for place, key in enumerate(keys):
        same = dict(zip(keys[:place], last, strict=False))
        later |= Q(**same, **{f"{key}__gt": last[place]})
    return records.filter(later, **{f"{keys[0]}__gte": last[0]})


def _row(record, shape):
    person = record if isinstance(record, Person) else record.person
    return Row(
        person.pk,
        f"{person.surname}, {person.forenames}",
        person.number,
        reverse("reporting:person", args=[person.pk]),
        list(zip(shape.headers, shape.cells(record), strict=True)),
    )
