"""Working days, months and moments, all in London time."""

import functools
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)


@functools.cache
def _bank_holidays():
    return holidays.country_holidays("GB", subdiv="ENG")


def is_working(day):
    """Whether the team works: Monday to Friday, bank holidays excepted."""
    return day.weekday() < 5 and day not in _bank_holidays()


def has_receptions(day):
    """Whether courts sit and vans run, on Saturdays too."""
    return day.weekday() < 6 and day not in _bank_holidays()


def every(first, until):
    """The days from ``first`` up to but without ``until``."""
    return [first + timedelta(days=number) for number in range((until - first).days)]


def working(first, until):
    """The working days from ``first`` up to but without ``until``."""
    return [day for day in every(first, until) if is_working(day)]


def working_after(day, count):
    """The working day that comes ``count`` working days after ``day``; with 0, ``day`` or the first one after it."""
    while not is_working(day):
        day += DAY
    for _ in range(count):
        day += DAY
        while not is_working(day):
            day += DAY
    return day


def working_before(day, count):
    """The working day that lies ``count`` working days before ``day``."""
    for _ in range(count):
        day -= DAY
        while not is_working(day):
            day -= DAY
    return day


def next_month(first):
    return (first + timedelta(days=32)).replace(day=1)


def months_before(first, count):
    """The first day of the month that lies ``count`` months before the month of ``first``."""
    year, month = divmod(first.year * 12 + first.month - 1 - count, 12)
    return date(year, month + 1, 1)


def moment(day, clock, minutes=0):
    """The moment ``minutes`` after ``clock`` on ``day``, by the clock on the wall."""
    return datetime.combine(day, clock, LONDON) + timedelta(minutes=minutes)


def between(rng, day, first, last):
    """Some moment on ``day`` between two hours of the clock, to five minutes."""
    return moment(day, time(first), 5 * rng.randrange((last - first) * 12))
