import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.formats import numbers

TODAY = datetime.date(2026, 9, 1)


@pytest.mark.parametrize(
    ("typed", "stored", "good"),
    [
        ("A1234AA", "A1234AA", True),
        (" a0036ec ", "A0036EC", True),
        ("A123AA", "A123AA", False),
        ("A1234AA1", "A1234AA1", False),
        ("A1234AA\n", "A1234AA", True),
        ("A１234AA", "A１234AA", False),  # a digit, but not one of ours
        ("", "", False),
    ],
)
def test_prison_number_is_upper_cased_and_checked(typed, stored, good):
    number = numbers.normalise(typed)

    assert (number, numbers.is_prison_number(number)) == (stored, good)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("81/34U", "1981/0000034U"),
        ("02/73319Z", "2002/0073319Z"),
        ("00/223R", "2000/0000223R"),
        ("79/163001B", "1979/0163001B"),
        ("79163001B", "1979/0163001B"),
        ("033Y", "2003/0000003Y"),
        ("67/9893091D", "1967/9893091D"),
        ("1967/9893091D", "1967/9893091D"),
        ("19679893091D", "1967/9893091D"),
        ("2012/394773H", "2012/0394773H"),  # long year, short serial, as the search service writes it
        (" 12/394773h ", "2012/0394773H"),
    ],
)
def test_pnc_has_one_canonical_form(typed, canonical):
    assert numbers.pnc(typed, today=TODAY) == numbers.PoliceNumber(canonical, typed.strip(), True)


@pytest.mark.parametrize(
    "typed",
    [
        "20030011985Z",
        "20230583843N",
        "2001/0171310S",
        "20120052494O",
        "198/34U",
        "81/34",
        "2081/34U",
        "nonsense",
        "",
    ],
)
def test_pnc_that_fails_is_kept_as_typed(typed):
    assert numbers.pnc(typed, today=TODAY) == numbers.PoliceNumber(typed, typed, False)


@pytest.mark.parametrize(("year", "century"), [("00", "20"), ("26", "20"), ("27", "19"), ("38", "19"), ("39", "19")])
def test_pnc_year_of_two_digits_turns_with_the_current_year(year, century):
    typed = f"{year}/1{numbers.check_letter(year, '0000001')}"

    assert numbers.pnc(typed, today=TODAY).value[:4] == century + year


@given(st.integers(1950, 2026), st.integers(1, 9_999_999))
def test_pnc_canonical_form_reads_as_itself_and_no_other_letter_does(year, serial):
    letter = numbers.check_letter(f"{year % 100:02d}", f"{serial:07d}")
    canonical = f"{year}/{serial:07d}{letter}"

    good = [other for other in numbers.CHECK_LETTERS if numbers.pnc(canonical[:-1] + other, today=TODAY).valid]

    assert (numbers.pnc(canonical, today=TODAY).value, good) == (canonical, [letter])


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("65656/91H", "065656/91H"),
        ("065656/91h", "065656/91H"),
        ("29906/12J", "029906/12J"),
        ("SF05/482703J", "SF05/482703J"),
        ("sf83/50058z", "SF83/50058Z"),
    ],
)
def test_cro_has_one_canonical_form(typed, canonical):
    assert numbers.cro(typed) == numbers.PoliceNumber(canonical, typed, True)


@pytest.mark.parametrize("typed", ["85227/65G", "SF83/50058B", "SF83/050058Z", "065656/91", "x"])
def test_cro_that_fails_is_kept_as_typed(typed):
    assert numbers.cro(typed) == numbers.PoliceNumber(typed, typed, False)
