import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.formats import dates

TODAY = datetime.date(2026, 9, 1)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("", None),
        ("  ", None),
        ("1997-09-02", (1997, 9, 2)),
        ("1997-09-02T13:00:00", (1997, 9, 2)),
        ("2/9/1997 00:00", (1997, 9, 2)),
        ("3/5/1979 0:00:00", (1979, 5, 3)),
        ("02-09-1997", (1997, 9, 2)),
        ("12/11/84", (1984, 11, 12)),
        ("1/9/26", (2026, 9, 1)),
        ("2/9/26", (1926, 9, 2)),
        ("29/2/00", (2000, 2, 29)),
        ("29/2/28", (1928, 2, 29)),
    ],
)
def test_read_knows_the_forms_in_use(written, day):
    assert dates.read(written, today=TODAY) == (day and datetime.date(*day))


def test_read_takes_short_years_of_dates_ahead_as_this_century():
    assert dates.read("1/4/28", today=TODAY, ahead=True) == datetime.date(2028, 4, 1)


@pytest.mark.parametrize(
    "written", ["31/2/1990", "1990-13-01", "tomorrow", "9/1990", "1/1/990", "2/9/1997 x", "٢/٩/١٩٩٧"]
)
def test_read_refuses_nonsense_in_a_sentence(written):
    with pytest.raises(ValueError, match=f"^“{written}” is not a date"):
        dates.read(written, today=TODAY)


@given(st.dates(datetime.date(1926, 9, 2), TODAY))
def test_read_finds_every_date_of_a_hundred_years_from_two_digits(day):
    assert dates.read(f"{day.day}/{day.month}/{day:%y}", today=TODAY) == day


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)))
def test_read_never_puts_two_digits_in_the_future(day):
    try:
        found = dates.read(f"{day:%d/%m/%y}", today=TODAY)
    except ValueError:
        found = TODAY  # 29 February of a century in which it does not exist

    assert found <= TODAY


def test_age_counts_birthdays():
    born = datetime.date(2008, 9, 2)

    assert [dates.age(born, TODAY), dates.age(born, datetime.date(2026, 9, 2))] == [17, 18]
