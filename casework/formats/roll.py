"""A prison's roll: everybody it holds, as its own system writes them down. ``read`` is the way in.

``RollRefused`` is raised for a file that is not to be trusted as a whole; what is wrong with single rows is
collected in ``Roll.problems`` and never raises. The rules for codes are in ``roll_rows``, those for whole
files in ``roll_files``.
"""

from collections import Counter
from dataclasses import dataclass

from casework.formats import numbers, roll_files, roll_rows
from casework.formats.roll_fields import Problem, Record
from casework.formats.roll_files import RollRefused
from casework.formats.roll_rows import RollRow

__all__ = ["Problem", "Roll", "RollRefused", "RollRow", "read"]


@dataclass(frozen=True)
class Roll:
    """One file, read.

    ``rows``: the people on this prison's roll, each number once, in the order of the file.
    ``elsewhere``: rows that place somebody off this roll (released, in transit, another prison). They are not
    imported; they only tell where somebody went whom we already know.
    ``skipped``: how many rows that is, by code (TRN, OUT, or the other prison's).
    ``covers``: the RollRow fields this file can say at all. A field it does not cover is to be left alone; in
    one it does cover, an empty value means that the prison's system has none.
    ``merges``: (number given up, number kept), chains followed to their end.
    """

    prison: str
    shape: str
    rows: tuple
    elsewhere: tuple
    skipped: dict
    problems: tuple
    covers: frozenset
    merges: tuple


def read(data, *, prison, today):
    """Read ``data`` (bytes) as the roll of ``prison`` (its code) on ``today``. Returns a Roll or raises
    RollRefused.
    """
    found = roll_files.records(data)
    problems, people, merges = [], [], []
    for row_number, values in found.records:
        record = Record(values, row_number, today, problems)
        pairs, row = _merges(record), None
        if "prisonerNumber" in values or not roll_files.is_merge(values):
            row = roll_rows.read(record, prison)
        people += [row] if row else []
        merges += pairs
    covers = frozenset(roll_rows.SAID_BY[field] for field in found.covers if field in roll_rows.SAID_BY)
    _missing_births(people, covers, problems)
    kept = _once(people, prison, problems)
    here = tuple(row for row in kept if _is_here(row, prison))
    elsewhere = tuple(row for row in kept if not _is_here(row, prison))
    into = _resolved(merges, {row.number for row in here}, problems)
    return Roll(
        prison=prison,
        shape=found.shape,
        rows=here,
        elsewhere=elsewhere,
        skipped=dict(sorted(Counter(_where(row, prison) for row in elsewhere).items())),
        problems=tuple(sorted(problems, key=lambda problem: problem.row)),
        covers=covers,
        merges=into,
    )


def _is_here(row, prison):
    return row.on_roll and row.prison == prison


def _where(row, prison):
    """The code under which a row that is not here is counted."""
    return row.in_out if row.prison == prison else row.prison


def _missing_births(people, covers, problems):
    """Say once that a file has no dates of birth, or by row who has none: the date is how a slip in a number
    shows.
    """
    if "date_of_birth" not in covers:
        problems.append(Problem(0, "dateOfBirth", "The file gives no dates of birth."))
        return
    told = {problem.row for problem in problems if problem.field == "dateOfBirth"}
    for row in people:
        if row.date_of_birth is None and row.row_number not in told:
            problems.append(Problem(row.row_number, "dateOfBirth", f"{row.number} has no date of birth."))


def _once(people, prison, problems):
    """Each number once. Of rows that contradict each other the first that has the person here counts, and
    each is named.

    Leaving both out would take a man off the roll who is there; the last one has no better claim than the
    first.
    """
    kept = {}
    for row in people:
        first = kept.setdefault(row.number, row)
        if first is row or first.same_content(row):
            continue
        better = _is_here(row, prison) and not _is_here(first, prison)
        kept[row.number], left = (row, first) if better else (first, row)
        other = kept[row.number].row_number
        message = f"{row.number} stands twice and differs. Row {other} was used."
        problems.append(Problem(left.row_number, "prisonerNumber", message, skipped=True))
    return kept.values()


def _merges(record):
    """(Number given up, number kept) as one record tells it: a merge event, or identifiers of type MERGED."""
    event = record.values.get("additionalInformation")
    told = Record(event, record.row, record.today, record.problems) if isinstance(event, dict) else record
    pairs = []
    if "removedNomsNumber" in told.values:
        pairs.append((told.text("removedNomsNumber"), told.text("nomsNumber") or record.text("prisonerNumber")))
    for entry in record.entries("identifiers"):
        if entry.text("type").upper() == "MERGED":
            pairs.append((entry.text("value"), record.text("prisonerNumber")))
    good = []
    for pair in pairs:
        removed, number = map(numbers.normalise, pair)
        if numbers.is_prison_number(removed) and numbers.is_prison_number(number) and removed != number:
            good.append((removed, number))
        elif removed or number:
            record.say("removedNomsNumber", f"The merge of “{removed}” into “{number}” is not of two prison numbers.")
    return good


def _resolved(merges, here, problems):
    """Merges with chains followed to their end, without circles and without numbers that are still on the
    roll.
    """
    into = {}
    for removed, number in merges:
        into.setdefault(removed, number)
    found = []
    for removed in sorted(into):
        end, seen = into[removed], {removed}
        while end in into and end not in seen:
            seen.add(end)
            end = into[end]
        if end in seen or removed in here:
            why = "is still on the roll" if removed in here else "leads back to itself"
            problems.append(Problem(0, "removedNomsNumber", f"{removed} was merged but {why}. Nothing was merged."))
        else:
            found.append((removed, end))
    return tuple(found)
