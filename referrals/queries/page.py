"""Rows that fit on one page."""

from dataclasses import dataclass


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
