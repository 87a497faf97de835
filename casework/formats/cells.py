"""Where somebody is inside a prison, as the roll writes it: ``A-1-002``, ``LPI-A-1-002``, or a plain word
such as ``RECP``.
"""

import re

LAST = "~"  # sorts behind every letter and digit in the "C" collation: people without a cell stand at the end
RUN = 6  # longest run of digits that sorts as a number


def tidy(text, prison=""):
    """A location in capitals without spaces around it and without the code of its ``prison`` in front."""
    cell = "".join(text.upper().split())
    return cell.removeprefix(f"{prison}-") if prison else cell


def sort_key(cell):
    """A string that sorts cells as people read them, in Python and in the database's "C" collation.

    Digits compare as numbers, the rest as letters (the prisons' own systems sort so), by padding each run of
    digits.
    """
    if not cell:
        return LAST
    return re.sub(r"[0-9]+", lambda run: run[0].lstrip("0").zfill(RUN), cell.upper())


def wing(cell):
    """The code of the wing: the first part of a tidied location. Plain words such as COURT have none."""
    return cell.split("-")[0] if "-" in cell else ""


def landing(cell):
    """The landing: the part before the cell, where there is one between wing and cell (a spur may stand
    between too).
    """
    parts = cell.split("-")
    return parts[-2] if len(parts) > 2 else ""
