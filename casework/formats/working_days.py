"""Working days of England and Wales: no weekends, no bank holidays."""

from datetime import timedelta
from functools import cache, lru_cache

import holidays

ONE = timedelta(days=1)


def is_working(day):
    return day.weekday() < 5 and not is_bank_holiday(day)


def is_bank_holiday(day):
    return day in _bank_holidays(day.year)


@lru_cache(maxsize=4096)
def after(day, count):
    """The ``count``-th working day after ``day``: what is to be done within that many working days is due then."""
    while count:
        day += ONE
        count -= is_working(day)
    return day


def between(day, until):
    """How many working days ``until`` lies after ``day``; the day itself is not counted, none when it is later."""
    return sum(is_working(day + ONE * count) for count in range(1, (until - day).days + 1))


@cache
def _bank_holidays(year):
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
