"""Dates as other systems write them."""

import datetime
import re

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
_BRITISH = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})(?: +[0-9]{1,2}:[0-9]{2}.*)?")


def read(text, *, today, ahead=False):
    """The date in ``text``, or None where it is blank. ISO or day/month/year, either with a time, which is
    dropped.

    A year of two digits is never in the future: of 20yy and 19yy it is the later one whose date is not after
    ``today``. Dates that lie ``ahead`` by nature (a release) are the exception, and are 20yy. Raises
    ValueError with a sentence.
    """
    text = text.strip()
    if not text:
        return None
    if found := _ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := _BRITISH.fullmatch(text):
        day, month, year = found.groups()
    else:
        raise ValueError(f"“{text}” is not a date")
    try:
        if len(year) == 4:
            return datetime.date(int(year), int(month), int(day))
        return _short_year(int(year), int(month), int(day), today=today, ahead=ahead)
    except ValueError:
        raise ValueError(f"“{text}” is not a date in the calendar") from None


def age(born, today):
    """Whole years from ``born`` to ``today``."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _short_year(year, month, day, *, today, ahead):
    """The century for two digits. 29 February may exist in one century only, so each is tried."""
    if ahead:
        return datetime.date(2000 + year, month, day)
    if (2000 + year, month, day) <= (today.year, today.month, today.day):
        return datetime.date(2000 + year, month, day)
    return datetime.date(1900 + year, month, day)


def months_after(day, months):
    """The same day so many months later; the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return datetime.date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
