"""Calendar months as London knows them: in March one is an hour short, in October an hour long."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

_SHAPE = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Month:
    """One month, named by its first day."""

    first: date

    @classmethod
    def containing(cls, day):
        return cls(day.replace(day=1))

    @classmethod
    def read(cls, text):
        """The month written as 2026-10; ValueError with a sentence where it is none, or before our time."""
        if not _SHAPE.fullmatch(text):
            raise ValueError(f"“{text}” is not a month. Write it as 2026-10.")
        return cls(date(int(text[:4]), int(text[5:]), 1))

    def __str__(self):
        return f"{self.first:%Y-%m}"

    @property
    def name(self):
        return f"{self.first:%B %Y}"

    @property
    def following(self):
        return Month.containing(self.first + timedelta(days=31))

    @property
    def previous(self):
        return Month.containing(self.first - timedelta(days=1))

    @property
    def last(self):
        """The last day."""
        return self.following.first - timedelta(days=1)

    @property
    def days(self):
        """First and last day, for fields that hold days."""
        return self.first, self.last

    @property
    def starts_at(self):
        return midnight(self.first)

    @property
    def ends_at(self):
        """The first moment that is no longer in the month."""
        return self.following.starts_at

    @property
    def has_begun(self):
        return self.first <= today()

    @property
    def is_running(self):
        return self.first <= today() <= self.last

    @property
    def reached(self):
        """The last day; in the running month today."""
        return min(self.last, today())

    @property
    def completed(self):
        """The last day that is over; in the running month yesterday."""
        return min(self.last, today() - timedelta(days=1))


def midnight(day):
    """The first moment of a day in London."""
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


def today():
    """Today in London."""
    return timezone.localdate(timezone=timezone.get_default_timezone())
