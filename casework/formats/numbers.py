"""The numbers by which other systems know a person: prison number, PNC and CRO.

Rule source: the prison and probation services' published readers of these numbers and their test values. The
check letters catch most slips of the keyboard; a number that fails is never thrown away and never stops a
record: it is kept as typed and flagged.
"""

import re
import unicodedata
from dataclasses import dataclass

CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"  # 23 letters: no I, O or S
FIRST_PNC_YEAR = 1900

_PRISON_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
_NUMBER_IN_TEXT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][0-9]{4}[A-Za-z]{2}(?![A-Za-z0-9])")
_PNC = re.compile(r"([0-9]{2,4})(/?)([0-9]{1,7})([A-Z])")
_CRO = re.compile(r"([0-9]{1,6})/([0-9]{2})([A-Z])")
_CRO_FILE_ONLY = re.compile(r"SF([0-9]{2})/([0-9]{1,6})([A-Z])")


@dataclass(frozen=True)
class PoliceNumber:
    """A PNC or CRO: ``value`` to show and store (canonical, or as typed where invalid), ``typed``, and
    whether it is ``valid``.
    """

    value: str
    typed: str
    valid: bool

    def __bool__(self):
        return bool(self.value)


def normalise(text):
    """A prison number as it is stored: outer spaces off, upper case. Says nothing about whether it is one."""
    return text.strip().upper()


def is_prison_number(text):
    """Whether ``text``, already normalised, has the form of a prison number. There is no check digit."""
    return bool(_PRISON_NUMBER.fullmatch(text))


def prison_numbers_in(text):
    """The prison numbers that stand in a free text, as they were typed and in their order."""
    plain = unicodedata.normalize("NFKC", text)
    return _NUMBER_IN_TEXT.findall("".join(c for c in plain if unicodedata.category(c) != "Cf"))


def pnc(text, *, today):
    """Read a PNC number in its short, long or slashless form into ``YYYY/NNNNNNNX``.

    With a slash, what stands before it is the year. Without one, twelve characters are the long form with a
    year of four digits, fewer are the short form with a year of two. Two digits up to this year's are 20yy,
    the rest 19yy; ``today`` decides, so that the four-digit form is fixed from then on. The letter is
    ``int(yy + serial of 7) mod 23``.
    """
    typed = text.strip()
    year, serial, letter = _split_pnc(typed.upper())
    if not year:
        return PoliceNumber(typed, typed, False)
    if len(year) == 2:
        year = ("20" if int(year) <= today.year % 100 else "19") + year
    right = FIRST_PNC_YEAR <= int(year) <= today.year and letter == check_letter(year[2:], serial)
    return PoliceNumber(f"{year}/{serial}{letter}" if right else typed, typed, right)


def cro(text):
    """Read a CRO number: ``NNNNNN/YYX`` with its serial padded to six, or ``SFYY/N…X`` with its serial left
    as written.
    """
    typed = text.strip()
    if found := _CRO.fullmatch(typed.upper()):
        serial, year, letter = found[1].zfill(6), found[2], found[3]
        canonical = f"{serial}/{year}{letter}"
    elif found := _CRO_FILE_ONLY.fullmatch(typed.upper()):
        year, serial, letter = found.groups()
        canonical = f"SF{year}/{serial}{letter}"
    else:
        return PoliceNumber(typed, typed, False)
    right = letter == check_letter(year, serial)
    return PoliceNumber(canonical if right else typed, typed, right)


def check_letter(year, serial):
    """The letter that ends a PNC or CRO of this ``year`` (two digits) and this ``serial``, given as text."""
    return CHECK_LETTERS[int(year + serial) % 23]


def _split_pnc(text):
    """Year of two or four digits, serial of seven and letter; empty strings where the shape is wrong."""
    found = _PNC.fullmatch(text)
    if not found:
        return "", "", ""
    year, slash, serial, letter = found.groups()
    if not slash:
        cut = 4 if len(text) >= 12 else 2
        year, serial = text[:cut], text[cut:-1]
    if len(year) == 3 or not 1 <= len(serial) <= 7:
        return "", "", ""
    return year, serial.zfill(7), letter
