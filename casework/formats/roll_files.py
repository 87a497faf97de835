"""From the bytes of a roll to plain records: which of the accepted shapes it has, and whether it is whole.

Accepted: JSON of the prisoner search service (a list, one page with ``content``, or one person), CSV with the
five columns of the location report, CSV with the JSON's field names as header. Whatever makes a file doubtful
as a whole refuses it, because half a roll looks like a prison that has emptied.
"""

import csv
import io
import json
import re
from dataclasses import dataclass

MAX_BYTES = 20_000_000  # 1,300 full records are about 4 MB
MAX_RECORDS = 20_000
REPORT_COLUMNS = {
    "noms number": "prisonerNumber",
    "offender surname": "lastName",
    "offender given name 1": "firstName",
    "date of birth": "dateOfBirth",
    "establishment code": "prisonId",
}
NEEDED = ("prisonerNumber", "lastName", "firstName", "dateOfBirth", "prisonId")

_CUT_NUMBER = re.compile(r"[A-Z][0-9]{1,4}[A-Z]{0,2}")  # a prison number, or the beginning of one


class RollRefused(Exception):
    """The file as a whole cannot be taken. The message is a plain sentence for whoever brought it."""


@dataclass(frozen=True)
class Records:
    """``shape`` (JSON_LIST, JSON_PAGE, CSV_REPORT or CSV_FIELDS), ``records`` as (row number, dict),
    ``covers``: fields present.
    """

    shape: str
    records: tuple
    covers: frozenset


def records(data):
    """Read ``data`` (bytes) into Records, or raise RollRefused. Row numbers are those a spreadsheet shows, or
    list positions.
    """
    if len(data) > MAX_BYTES:
        raise RollRefused(f"The file is larger than {MAX_BYTES // 1_000_000} MB. A roll is much smaller.")
    text = _decode(data)
    if not text.strip():
        raise RollRefused("The file is empty.")
    found = _from_json(text) if text.lstrip()[0] in "[{" else _from_csv(text)
    if not found.records:
        raise RollRefused("The file has no people in it.")
    if len(found.records) > MAX_RECORDS:
        raise RollRefused(f"The file has more than {MAX_RECORDS:,} rows. No prison is that large.")
    return found


def _decode(data):
    """Text of ``data``: UTF-8 with or without its mark, UTF-16 with one, otherwise what Windows writes."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise RollRefused("This is a spreadsheet or a document. Save it as CSV and bring that.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise RollRefused("This is not a text file, so it cannot be a roll.")


def _from_json(text):
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, character {error.colno}"
        raise RollRefused(f"The file is not valid JSON: it goes wrong at {place}. It may be cut off.") from None
    except (ValueError, RecursionError):
        raise RollRefused("The file is not a roll: it is JSON of a kind that nobody writes.") from None
    shape, people = "JSON_LIST", document
    if isinstance(document, dict) and "content" in document:
        shape, people = "JSON_PAGE", document["content"]
        _refuse_part(document, people)
    elif isinstance(document, dict):
        people = [document]
    if not isinstance(people, list) or not all(isinstance(entry, dict) for entry in people):
        raise RollRefused("The file is JSON, but not a list of people.")
    if people and not any("prisonerNumber" in entry or is_merge(entry) for entry in people):
        raise RollRefused("The file is JSON, but nobody in it has a prison number (prisonerNumber).")
    covers = frozenset().union(*people)
    return Records(shape, tuple(enumerate(people, start=1)), covers)


def _refuse_part(page, people):
    """Refuse a page that is not the whole answer."""
    number, pages = page.get("number", 0), page.get("totalPages", 1)
    total, here = page.get("totalElements", 0), len(people) if isinstance(people, list) else 0
    more = page.get("last") is False or page.get("first") is False or (_is_count(number) and number > 0)
    if more or (_is_count(pages) and pages > 1):
        raise RollRefused("This is one page of a longer roll. Fetch all pages in one file, so that nobody is missed.")
    if _is_count(total) and total > here:
        raise RollRefused(f"The file says it has {total:,} people but holds {here:,}. It is not the whole roll.")


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_merge(entry):
    """Whether an entry tells of two numbers becoming one: flat, or as the event the prisons publish."""
    event = entry.get("additionalInformation")
    return "removedNomsNumber" in (event if isinstance(event, dict) else entry)


def _from_csv(text):
    lines = _lines(text)
    if not lines:
        raise RollRefused("The file is empty.")
    (_, header), body = lines[0], lines[1:]
    shape, fields = _columns(header)
    while body and _is_footer(body[-1][1]):
        body.pop()
    people = []
    for line, cells in body:
        if len(cells) < len(fields) or any(cells[len(fields) :]):
            raise RollRefused(
                f"Row {line} has {len(cells)} of {len(fields)} columns. It may be damaged. Nothing was read."
            )
        if _is_footer(cells):
            raise RollRefused(f"Row {line} looks like the end of the report, but more people follow. Nothing was read.")
        people.append((line, {field: cell for field, cell in zip(fields, cells, strict=False) if field}))
    return Records(shape, tuple(people), frozenset(filter(None, fields)))


def _lines(text):
    """(Line number, stripped cells) of every line with anything in it."""
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = []
    try:
        for row in reader:
            if any("\n" in cell or "\r" in cell for cell in row):
                raise RollRefused(f"A quotation mark runs over several lines, up to row {reader.line_num}.")
            cells = [cell.strip() for cell in row]
            if any(cells):
                lines.append((reader.line_num, cells))
    except csv.Error:
        raise RollRefused(f"The CSV is damaged at row {reader.line_num}: its quotation marks do not match.") from None
    return lines


def _columns(header):
    """Shape and the field of each column ("" for one we do not read)."""
    if "noms number" in {cell.casefold() for cell in header}:
        shape, fields = (
            "CSV_REPORT",
            [REPORT_COLUMNS.get(" ".join(cell.casefold().split()), "") for cell in header],
        )
    elif "prisonerNumber" in header:
        shape, fields = "CSV_FIELDS", header
    else:
        raise RollRefused("This is not a roll: its first row names neither “NOMS Number” nor “prisonerNumber”.")
    missing = [field for field in NEEDED if field not in fields]
    if missing:
        names = {field: title for title, field in REPORT_COLUMNS.items()} if shape == "CSV_REPORT" else {}
        raise RollRefused("Columns are missing: " + ", ".join(names.get(field, field) for field in missing) + ".")
    twice = sorted({field for field in fields if field and fields.count(field) > 1})
    if twice:
        raise RollRefused("Columns stand twice: " + ", ".join(twice) + ".")
    return shape, fields


def _is_footer(cells):
    """Whether only the first cell is filled, with what is no prison number and no beginning of one."""
    return bool(cells[0]) and not any(cells[1:]) and not _CUT_NUMBER.fullmatch(cells[0].upper())
