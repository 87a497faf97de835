import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.formats import cells

PARTS = st.from_regex(r"[A-Z][0-9]?(-[0-9]{1,3}){0,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("written", "cell", "wing", "landing"),
    [
        ("A-1-002", "A-1-002", "A", "1"),
        ("LPI-A-1-002", "A-1-002", "A", "1"),
        ("MDI-A-1-002", "MDI-A-1-002", "MDI", "1"),  # another prison's prefix is not ours to take off
        (" a-1-002 ", "A-1-002", "A", "1"),
        ("A-S-1-002", "A-S-1-002", "A", "1"),
        ("1-3-037", "1-3-037", "1", "3"),
        ("B-12", "B-12", "B", ""),
        ("RECP", "RECP", "", ""),
        ("COURT", "COURT", "", ""),
        ("", "", "", ""),
    ],
)
def test_cell_is_tidied_and_taken_apart(written, cell, wing, landing):
    tidy = cells.tidy(written, "LPI")

    assert (tidy, cells.wing(tidy), cells.landing(tidy)) == (cell, wing, landing)


def test_sort_key_sorts_as_people_read():
    sorted_well = [
        "1-3-037",
        "A-1-2",
        "A-1-010",
        "A-1-011",
        "A-2-001",
        "A-10-001",
        "A1-1-001",
        "B-1-001",
        "RECP",
        "",
    ]

    assert sorted(reversed(sorted_well), key=cells.sort_key) == sorted_well


@given(st.lists(PARTS))
def test_sort_key_agrees_with_comparing_digits_as_numbers_and_with_the_c_collation(some):
    def natural(cell):
        return [
            [(0, int(run), "") if run.isdigit() else (1, 0, run) for run in re.findall(r"[0-9]+|[A-Z]+", part)]
            for part in cell.split("-")
        ]

    by_bytes = sorted(some, key=lambda cell: cells.sort_key(cell).encode())

    assert [natural(cell) for cell in by_bytes] == sorted(map(natural, some))
