"""What a kind of event is, and the words in which one is described."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import CharField, DateTimeField, F, Func, Q, Value

_END_OF_DAY = "((%(expressions)s + 1)::timestamp AT TIME ZONE 'Europe/London' - interval '1 microsecond')"
NONE = Value("", CharField())


@dataclass(frozen=True)
class Kind:
    """A kind of event. ``rows``: what there is of it in a prison; the rest: columns. ``title``: words made from ``what`` and ``more``.

    ``only``: of these rows, what a user may see of them; row security asks the same.
    """

    name: str
    rows: Callable
    moment: object
    title: Callable
    who: object = NONE
    what: object = NONE
    more: object = NONE
    note: object = NONE
    person: str = "person"
    page: str = ""  # the URL name of its own page, by its key
    whole_day: bool = False
    struck: bool = False  # it was taken back, and is shown struck through
    only: Callable = lambda user: Q()


def end_of_day(field):
    """The last moment of the day in ``field``."""
    return Func(F(field), template=_END_OF_DAY, output_field=DateTimeField())


def day_of(field):
    """The day in ``field``, in words."""
    return Func(F(field), Value("FMDD FMMonth YYYY"), function="to_char", output_field=CharField())


def day_and_time(field):
    """The moment in ``field``, in words."""
    template = "to_char(%(expressions)s AT TIME ZONE 'Europe/London', 'FMDD FMMonth YYYY, HH24:MI')"
    return Func(F(field), template=template, output_field=CharField())


def piped(*fields):
    """Several columns as one, with a bar between them."""
    return Func(Value("|"), *map(F, fields), function="concat_ws", output_field=CharField())


def of(model, **given):
    """The rows of ``model`` in a prison, as far as ``given``."""
    return lambda prison_id: model.objects.filter(prison_id=prison_id, **given)


def label(choices):
    """What turns a code of ``choices`` into its words."""
    return lambda value: dict(choices.choices).get(value, value)


def joined(*parts):
    """Those of ``parts`` that say something, with commas."""
    return ", ".join(part for part in parts if part)
