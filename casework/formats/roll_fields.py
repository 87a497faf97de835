"""One plain record of a roll being read: typed access to its fields, and the problems met on the way."""

import datetime
import unicodedata
from dataclasses import dataclass

from casework.formats import dates

LONGEST = 100  # characters of any one value


@dataclass(frozen=True)
class Problem:
    """Something to tell the person who brings the file. ``skipped``: the row was left out because of it."""

    row: int
    field: str
    message: str
    skipped: bool = False


@dataclass
class Record:
    """One record being read; ``problems`` is the list that all records of the file add to."""

    values: dict
    row: int
    today: datetime.date
    problems: list

    def say(self, name, message, *, skipped=False):
        self.problems.append(Problem(self.row, name, message, skipped))

    def text(self, name):
        """The field as clean text of at most LONGEST characters."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.say(name, f"{name} is not text and was left out.")
            return ""
        text = clean(str(value))
        if len(text) > LONGEST:
            self.say(name, f"{name} is longer than {LONGEST} characters and was cut.")
        return text[:LONGEST].rstrip()

    def date(self, name, *, ahead=False):
        """The field as a date; nonsense is reported and read as None."""
        try:
            return dates.read(self.text(name), today=self.today, ahead=ahead)
        except ValueError as error:
            self.say(name, f"{error}.")
            return None

    def flag(self, name):
        value = self.values.get(name)
        return value is True or (isinstance(value, str) and value.strip().casefold() in ("true", "y", "yes", "1"))

    def entries(self, name):
        """The field, a list of objects, as Records. A CSV cell may hold bare codes with ; or | between."""
        value = self.values.get(name)
        if isinstance(value, str):
            codes = value.replace("|", ";").split(";")
            value = [{"code": code.strip()} for code in codes if code.strip()]
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.say(name, f"{name} is not a list of entries and was left out.")
            return []
        return [Record(entry, self.row, self.today, self.problems) for entry in value]


def clean(text):
    """``text`` on one line, without control characters and without halves of characters, which no database
    takes.
    """
    spaced = " ".join(text.split())
    return "".join(letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cs", "Cf"))
