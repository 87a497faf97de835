from datetime import date

import pytest

from casework.formats import working_days

THURSDAY_BEFORE_EASTER = date(2026, 4, 2)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 14), True),
        (date(2026, 10, 17), False),
        (date(2026, 10, 18), False),
        (date(2026, 4, 3), False),
        (date(2026, 12, 28), False),
        (date(2026, 3, 17), True),  # St Patrick's Day is kept in Northern Ireland
        (date(2026, 1, 2), True),  # and the second of January in Scotland
    ],
)
def test_is_working_knows_weekends_and_the_bank_holidays_of_england(day, works):
    assert working_days.is_working(day) is works


@pytest.mark.parametrize(
    ("count", "due"),
    [(0, THURSDAY_BEFORE_EASTER), (1, date(2026, 4, 7)), (5, date(2026, 4, 13))],
)
def test_after_passes_over_the_easter_weekend(count, due):
    assert working_days.after(THURSDAY_BEFORE_EASTER, count) == due


def test_after_counts_from_the_first_working_day_when_it_begins_on_a_weekend():
    assert working_days.after(date(2026, 10, 17), 1) == date(2026, 10, 19)


@pytest.mark.parametrize(
    ("until", "count"),
    [
        (THURSDAY_BEFORE_EASTER, 0),
        (date(2026, 4, 6), 0),
        (date(2026, 4, 7), 1),
        (date(2026, 4, 13), 5),
        (date(2026, 4, 1), 0),
    ],
)
def test_between_counts_no_day_off(until, count):
    assert working_days.between(THURSDAY_BEFORE_EASTER, until) == count
