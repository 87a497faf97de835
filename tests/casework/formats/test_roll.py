import datetime
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.formats import roll
from casework.formats.roll_rows import SAID_BY
from tests import rolls

TODAY = datetime.date(2026, 9, 1)
SAMPLES = Path(__file__).parents[2] / "data" / "rolls"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda of: st.lists(of) | st.dictionaries(st.text(), of),
    max_leaves=5,
)
FIELDS = ["prisonerNumber", "identifiers", "additionalInformation", "restrictedPatient", *SAID_BY]


def person(number="A1234AA", **more):
    return {
        "prisonerNumber": number,
        "lastName": "TESTER",
        "firstName": "JOHN",
        "dateOfBirth": "1990-01-01",
        "prisonId": "LPI",
        **more,
    }


def read(*people, prison="LPI"):
    return roll.read(json.dumps(people).encode(), prison=prison, today=TODAY)


def read_sample(name, prison):
    return roll.read((SAMPLES / name).read_bytes(), prison=prison, today=TODAY)


def said(found):
    return [(problem.row, problem.field, problem.message, problem.skipped) for problem in found.problems]


def test_read_takes_a_full_record():
    found = read_sample("prisoner_search_active_in_full.json", "MDI")

    (row,) = found.rows
    assert (row.number, row.surname, row.forenames, row.sex, row.ethnicity) == (
        "A7089EY",
        "Smith",
        "John Lee",
        "M",
        "W1",
    )
    assert (row.booking_id, row.book_number, row.cell, row.status) == (
        "1900836",
        "V61585",
        "A-1-001",
        "ACTIVE IN",
    )
    assert (row.legal_status, row.imprisonment_status) == ("SENTENCED", "LASPO_DR")
    assert (row.pnc.value, row.cro.value) == ("2012/0394773H", "029906/12J")
    assert (row.movement_type, row.movement_reason, row.in_out) == ("ADM", "24", "IN")
    assert row.release_dates == {
        "CONFIRMED": datetime.date(2023, 4, 1),
        "CONDITIONAL": datetime.date(2023, 5, 16),
        "RELEASE": datetime.date(2023, 4, 1),
        "HDC_ELIGIBILITY": datetime.date(2020, 12, 20),
        "HDC_ACTUAL": datetime.date(2019, 6, 22),
        "HDC_END": datetime.date(2019, 6, 22),
        "PAROLE_ELIGIBILITY": datetime.date(2020, 12, 30),
        "SENTENCE_EXPIRY": datetime.date(2026, 4, 5),
        "LICENCE_EXPIRY": datetime.date(2026, 4, 15),
    }
    assert [alert.code for alert in row.alerts] == ["HC", "OCYP", "PL1", "RKS", "RSS", "VU", "XSA", "XVL"]
    assert [alert.code for alert in row.alerts if alert.never_share] == ["XSA", "XVL"]
    assert [(language.kind, language.code, language.interpreter) for language in row.languages] == [
        ("PRIM", "WEL", True)
    ]
    assert said(found) == []


def test_read_takes_a_page_and_says_once_that_it_has_no_dates_of_birth():
    found = read_sample("prisoner_search_page.json", "MDI")

    assert [row.number for row in found.rows] == ["A1234AA", "A1234AB", "A1234AC"]
    assert said(found) == [(0, "dateOfBirth", "The file gives no dates of birth.", False)]


def test_read_takes_the_location_report():
    found = read_sample("roll_csv_mtp_shape.csv", "LPI")

    assert [(row.row_number, row.number, row.surname, row.forenames, row.date_of_birth) for row in found.rows] == [
        (2, "A1234AA", "Smith", "John", datetime.date(1997, 9, 2)),
        (3, "A1234AB", "O'Brien", "Seán", datetime.date(1984, 11, 12)),
    ]
    assert [row.number for row in found.elsewhere] == ["A1234AC", "A1234AD"]
    assert found.skipped == {"TRN": 1, "ZCH": 1}
    assert found.covers == {"surname", "forenames", "date_of_birth", "prison"}
    assert said(found) == []


def test_read_takes_a_whole_prison():
    found = roll.read(rolls.make_roll(), prison="LPI", today=TODAY)

    assert (len(found.rows), len({row.number for row in found.rows}), said(found)) == (1300, 1300, [])
    assert rolls.make_roll() == rolls.make_roll()


@pytest.mark.parametrize(
    ("where", "rows", "skipped"),
    [
        ({"status": "ACTIVE IN"}, 1, {}),
        ({"status": "ACTIVE OUT"}, 1, {}),
        ({"inOutStatus": "OUT"}, 1, {}),
        ({}, 1, {}),
        ({"prisonId": "lpi"}, 1, {}),
        ({"status": "INACTIVE OUT"}, 0, {"OUT": 1}),
        ({"status": "INACTIVE TRN"}, 0, {"TRN": 1}),
        ({"prisonId": "OUT"}, 0, {"OUT": 1}),
        ({"prisonId": "TRN", "inOutStatus": "TRN"}, 0, {"TRN": 1}),
        ({"prisonId": "MDI", "status": "ACTIVE IN"}, 0, {"MDI": 1}),
        ({"prisonId": "ZZGHI"}, 0, {"ZZGHI": 1}),
    ],
)
def test_read_counts_who_is_not_here_by_code(where, rows, skipped):
    found = read(person(**where))

    assert (len(found.rows), found.skipped) == (rows, skipped)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"prisonerNumber": "A123"}, "prisonerNumber", "“A123” is not a prison number."),
        ({"prisonerNumber": None}, "prisonerNumber", "“” is not a prison number."),
        ({"lastName": "  "}, "lastName", "A1234AA has no surname."),
        ({"prisonId": ""}, "prisonId", "The row does not say in which prison A1234AA is."),
    ],
)
def test_read_reports_and_skips_rows_that_are_nobodys(change, field, message):
    found = read(person("A1234AB"), person(**change))

    assert ([row.number for row in found.rows], said(found)) == (["A1234AB"], [(2, field, message, True)])


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        (
            {"dateOfBirth": "2010-01-01"},
            "dateOfBirth",
            "The date of birth (1 January 2010) makes this person 16. Please check it.",
        ),
        (
            {"dateOfBirth": "1900-01-01"},
            "dateOfBirth",
            "The date of birth (1 January 1900) makes this person 126. Please check it.",
        ),
        (
            {"dateOfBirth": "2030-01-01"},
            "dateOfBirth",
            "A date of birth in the future (1 January 2030) was left out.",
        ),
        ({"dateOfBirth": "soon"}, "dateOfBirth", "“soon” is not a date."),
        ({"dateOfBirth": ""}, "dateOfBirth", "A1234AA has no date of birth."),
        ({"gender": "X"}, "gender", "“X” is not a known sex and was left out."),
        ({"ethnicity": "Martian"}, "ethnicity", "“Martian” is not a known ethnicity and was left out."),
        ({"status": "GONE"}, "status", "“GONE” is not a known status and was left out."),
        ({"legalStatus": "FREE"}, "legalStatus", "“FREE” is not a known legal status and was left out."),
        ({"receptionDate": "31/2/2026"}, "receptionDate", "“31/2/2026” is not a date in the calendar."),
        ({"tariffDate": "9999-12-31"}, "tariffDate", "Tariff ends in the year 9999 was left out."),
        ({"cellLocation": ["A"]}, "cellLocation", "cellLocation is not text and was left out."),
        (
            {"cellLocation": "A" * 101},
            "cellLocation",
            "cellLocation is longer than 100 characters and was cut.",
        ),
        ({"alerts": [1]}, "alerts", "alerts is not a list of entries and was left out."),
        (
            {"pncNumber": "20030011985Z"},
            "pncNumber",
            "“20030011985Z” fails its check letter or form. It was kept as it is.",
        ),
        (
            {"croNumber": "85227/65G"},
            "croNumber",
            "“85227/65G” fails its check letter or form. It was kept as it is.",
        ),
    ],
)
def test_read_reports_and_keeps_rows_with_a_flaw(change, field, message):
    found = read(person(**change))

    assert ([row.number for row in found.rows], said(found)) == (["A1234AA"], [(1, field, message, False)])


def test_read_keeps_police_numbers_that_fail_as_typed():
    (row,) = read(person(pncNumber="20030011985Z", croNumber="85227/65G")).rows

    assert [(number.value, number.valid) for number in (row.pnc, row.cro)] == [
        ("20030011985Z", False),
        ("85227/65G", False),
    ]


@pytest.mark.parametrize(
    ("active", "expired", "live"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_alert_is_live_while_active_and_not_expired(active, expired, live):
    alert = {"alertType": "H", "alertCode": "HA", "active": active, "expired": expired}

    (row,) = read(person(alerts=[alert])).rows

    assert [each.live for each in row.alerts] == [live]


def test_read_takes_alerts_as_codes_from_csv():
    header = "prisonerNumber,lastName,firstName,dateOfBirth,prisonId,alerts"
    text = f"{header}\nA1234AA,Tester,John,1/1/90,LPI,HA; XVL|ZZZ\n"

    (row,) = roll.read(text.encode(), prison="LPI", today=TODAY).rows

    assert [(alert.kind, alert.code, alert.live, alert.never_share) for alert in row.alerts] == [
        ("", "ZZZ", True, True),
        ("H", "HA", True, False),
        ("X", "XVL", True, True),
    ]


def test_read_cleans_what_no_database_takes():
    (row,) = read(person(lastName="TES\u0000TER\ud800", cellLocation="LPI-A-1-001\n")).rows

    assert (row.surname, row.cell) == ("Tester", "A-1-001")


def test_read_shows_first_and_middle_names_each_by_itself():
    (row,) = read(person(firstName="SEÁN", middleNames="Lee")).rows

    assert row.forenames == "Seán Lee"


def test_read_ignores_a_row_that_stands_twice():
    found = read(person(), person())

    assert (len(found.rows), said(found)) == (1, [])


def test_read_uses_the_first_of_two_rows_that_differ():
    found = read(person(cellLocation="A-1-001"), person(cellLocation="B-1-001"))

    assert [row.cell for row in found.rows] == ["A-1-001"]
    assert said(found) == [(2, "prisonerNumber", "A1234AA stands twice and differs. Row 1 was used.", True)]


def test_read_prefers_the_row_that_has_the_person_here():
    found = read(person(prisonId="TRN"), person())

    assert ([row.row_number for row in found.rows], found.skipped) == ([2], {})
    assert said(found) == [(1, "prisonerNumber", "A1234AA stands twice and differs. Row 2 was used.", True)]


@pytest.mark.parametrize(
    "told",
    [
        {"removedNomsNumber": "a1234ab", "nomsNumber": "A1234AA"},
        {
            "eventType": "merged",
            "additionalInformation": {"removedNomsNumber": "A1234AB", "nomsNumber": "A1234AA"},
        },
        person(identifiers=[{"type": "PNC", "value": "x"}, {"type": "MERGED", "value": "A1234AB"}]),
    ],
)
def test_read_finds_merges(told):
    found = read(person(), told)

    assert (found.merges, [row.number for row in found.rows], said(found)) == (
        (("A1234AB", "A1234AA"),),
        ["A1234AA"],
        [],
    )


def test_read_follows_merges_to_their_end():
    first = {"removedNomsNumber": "A1234AC", "nomsNumber": "A1234AB"}
    second = {"removedNomsNumber": "A1234AB", "nomsNumber": "A1234AA"}

    assert read(person(), first, second).merges == (("A1234AB", "A1234AA"), ("A1234AC", "A1234AA"))


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (
            [("A1234AA", "A1234AB")],
            [(0, "A1234AA was merged but is still on the roll. Nothing was merged.")],
        ),
        (
            [("A1234AC", "A1234AD"), ("A1234AD", "A1234AC")],
            [
                (0, "A1234AC was merged but leads back to itself. Nothing was merged."),
                (0, "A1234AD was merged but leads back to itself. Nothing was merged."),
            ],
        ),
        ([("A1234AC", "x")], [(2, "The merge of “A1234AC” into “X” is not of two prison numbers.")]),
        (
            [("A1234AC", "A1234AC")],
            [(2, "The merge of “A1234AC” into “A1234AC” is not of two prison numbers.")],
        ),
    ],
)
def test_read_makes_no_merge_of_nonsense(told, problem):
    found = read(person(), *({"removedNomsNumber": removed, "nomsNumber": kept} for removed, kept in told))

    assert (found.merges, [(each.row, each.message) for each in found.problems]) == ((), problem)


def test_read_covers_what_any_row_says():
    found = read(person(), person("A1234AB", conditionalReleaseDate="2027-01-01", nationality="British"))

    assert found.covers == {"surname", "forenames", "date_of_birth", "prison", "release_dates"}


@given(
    st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8), max_size=3),
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
)
def test_read_raises_nothing_but_a_refusal_whatever_json_holds(people, oddities):
    data = json.dumps([*people, {**person("A1234AB"), **oddities}]).encode()

    try:
        found = roll.read(data, prison="LPI", today=TODAY)
    except roll.RollRefused:
        return

    assert all(row.number for row in found.rows)


@given(st.binary() | st.text().map(lambda text: f"NOMS Number,{text}".encode(errors="replace")))
def test_read_raises_nothing_but_a_refusal_whatever_bytes_come(data):
    with pytest.raises(roll.RollRefused):
        roll.read(data, prison="LPI", today=TODAY)
