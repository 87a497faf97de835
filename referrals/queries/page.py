"""Rows that fit on one page, in an order of several keys."""

from dataclasses import dataclass

from django.db.models import Q


@dataclass
class Page:
    """Rows that fit on one page, and the key of the last if there are more."""

    rows: list
    next_key: int | None


def of(rows, size):
    """The first ``size`` of ``rows``, with the key to go on behind."""
    found = list(rows[: size + 1])
    more = len(found) > size
    return Page(found[:size], found[size - 1].pk if more else None)


def behind(rows, keys, edge, *, reverse=False):
    """``rows`` ordered by the names in ``keys`` and last by pk; with ``edge``, values of those names, only what stands behind it."""
    names = [*keys, "pk"]
    if edge:
        later, same = Q(), Q()
        for name, value in zip(names, edge, strict=True):
            later |= same & Q(**{f"{name}__{'lt' if reverse else 'gt'}": value})
            same &= Q(**{name: value})
        rows = rows.filter(later)
    return rows.order_by(*(f"-{name}" if reverse else name for name in names))
