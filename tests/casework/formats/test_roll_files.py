import json

import pytest

from casework.formats import roll_files

HEADER = "NOMS Number,Offender Surname,Offender Given Name 1,Date of Birth,Establishment Code"
ROW = "A1234AA,Tester,John,2/9/1997,LPI"
PERSON = {"prisonerNumber": "A1234AA", "lastName": "TESTER"}


def refusal(data):
    with pytest.raises(roll_files.RollRefused) as refused:
        roll_files.records(data if isinstance(data, bytes) else data.encode())
    return str(refused.value)


def lines(*some):
    return "\r\n".join(some)


def test_records_reads_a_list_a_page_and_one_person():
    person_list, page = json.dumps([PERSON]), json.dumps({"content": [PERSON], "last": True, "totalPages": 1})

    found = [roll_files.records(text.encode()) for text in (person_list, page, json.dumps(PERSON))]

    assert [(each.shape, each.records) for each in found] == [
        ("JSON_LIST", ((1, PERSON),)),
        ("JSON_PAGE", ((1, PERSON),)),
        ("JSON_LIST", ((1, PERSON),)),
    ]


@pytest.mark.parametrize(
    "page",
    [
        {"last": False},
        {"first": False},
        {"number": 1},
        {"totalPages": 2},
        {"totalPages": 2, "last": True},
    ],
)
def test_records_refuses_a_page_of_several(page):
    message = "This is one page of a longer roll. Fetch all pages in one file, so that nobody is missed."

    assert refusal(json.dumps({"content": [PERSON], **page})) == message


def test_records_refuses_a_page_that_counts_more_people_than_it_holds():
    message = "The file says it has 1,300 people but holds 1. It is not the whole roll."

    assert refusal(json.dumps({"content": [PERSON], "totalElements": 1300})) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty."),
        (b" \r\n ", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (",,,,\n,,", "The file is empty."),
        (b"[]", "The file has no people in it."),
        (HEADER, "The file has no people in it."),
        (lines(HEADER, "Latest Business Data Available,,,,"), "The file has no people in it."),
        (
            '[{"prisonerNumber": "A1234AA",\n "lastName": }]',
            "The file is not valid JSON: it goes wrong at line 2, character 14. It may be cut off.",
        ),
        ("[1, 2]", "The file is JSON, but not a list of people."),
        ('{"content": "x"}', "The file is JSON, but not a list of people."),
        ('{"a": 1}', "The file is JSON, but nobody in it has a prison number (prisonerNumber)."),
        ("[" * 100_000, "The file is not a roll: it is JSON of a kind that nobody writes."),
        (f"[{'9' * 5000}]", "The file is not a roll: it is JSON of a kind that nobody writes."),
        (
            "Wing,Cell\nA,1",
            "This is not a roll: its first row names neither “NOMS Number” nor “prisonerNumber”.",
        ),
        ("NOMS Number,Offender Surname\nA1234AA,Tester", "Columns are missing: {missing}."),
        ("prisonerNumber,lastName,firstName,prisonId\n", "Columns are missing: dateOfBirth."),
        (HEADER + ",NOMS Number", "Columns stand twice: prisonerNumber."),
        (b"PK\x03\x04....", "This is a spreadsheet or a document. Save it as CSV and bring that."),
        (b"\x81\x00", "This is not a text file, so it cannot be a roll."),
    ],
)
def test_records_refuses_what_is_no_roll(data, message):
    missing = "offender given name 1, date of birth, establishment code"

    assert refusal(data) == message.format(missing=missing)


def test_records_refuses_what_is_too_large(monkeypatch):
    monkeypatch.setattr(roll_files, "MAX_RECORDS", 1)
    rows = refusal(lines(HEADER, ROW, ROW))
    monkeypatch.setattr(roll_files, "MAX_BYTES", 10)

    assert rows == "The file has more than 1 rows. No prison is that large."
    assert refusal(HEADER) == "The file is larger than 0 MB. A roll is much smaller."


@pytest.mark.parametrize("short", ["A1234AB,Tester", "A1234AB", "Latest Business Data Available", "A1234AB,x,y,1/1/90"])
def test_records_refuses_a_short_row_in_the_middle(short):
    cells = short.count(",") + 1

    message = refusal(lines(HEADER, ROW, short, ROW))

    assert message == f"Row 3 has {cells} of 5 columns. It may be damaged. Nothing was read."


@pytest.mark.parametrize("cut", ["A1234AB,Tes", "A1234AB", "A12", "A1234AB,Tester,Joe,1/1/90"])
def test_records_refuses_a_file_cut_off_in_its_last_row(cut):
    assert refusal(lines(HEADER, ROW, cut)).startswith("Row 3 has ")


def test_records_refuses_a_row_longer_than_the_header():
    assert refusal(lines(HEADER, ROW + ",more")) == "Row 2 has 6 of 5 columns. It may be damaged. Nothing was read."


def test_records_refuses_a_footer_with_people_behind_it():
    message = "Row 3 looks like the end of the report, but more people follow. Nothing was read."

    assert refusal(lines(HEADER, ROW, "Latest Business Data Available,,,,", ROW)) == message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            'A1234AB,"Tester,John,2/9/1997,LPI',
            "The CSV is damaged at row 4: its quotation marks do not match.",
        ),
        (
            'A1234AB,"Tes"ter,John,2/9/1997,LPI',
            "The CSV is damaged at row 3: its quotation marks do not match.",
        ),
        ('A1234AB,"Tes\nter",John,2/9/1997,LPI', "A quotation mark runs over several lines, up to row 4."),
    ],
)
def test_records_refuses_quotation_marks_that_swallow_rows(row, message):
    assert refusal(lines(HEADER, ROW, row, ROW)) == message


@pytest.mark.parametrize(
    "footer",
    [
        ["Latest Business Data Available,,,,", "01/09/2026,,,,"],
        ["Latest Business Data Available", "01/09/2026"],
        ["", "Latest Business Data Available,,,,", "", "01/09/2026,,,,", "", ""],
    ],
)
def test_records_takes_footers_and_blank_lines_at_the_end(footer):
    found = roll_files.records(lines(HEADER, ROW, "", ROW, *footer).encode())

    assert [row for row, _ in found.records] == [2, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_records_reads_what_spreadsheets_write(encoding, delimiter):
    text = lines(HEADER, "A1234AA,O’Tester,Seán,2/9/1997,LPI").replace(",", delimiter)

    found = roll_files.records(text.encode(encoding))

    assert found.records == (
        (
            2,
            {
                "prisonerNumber": "A1234AA",
                "lastName": "O’Tester",
                "firstName": "Seán",
                "dateOfBirth": "2/9/1997",
                "prisonId": "LPI",
            },
        ),
    )


def test_records_reads_the_fields_of_the_json_from_csv_in_any_order():
    text = lines("prisonId,prisonerNumber,firstName,lastName,cellLocation,dateOfBirth,", "LPI,A1234AA,J,T,A-1-1,,")

    found = roll_files.records(text.encode())

    assert (found.shape, found.records[0][1]["cellLocation"]) == ("CSV_FIELDS", "A-1-1")
    assert found.covers == {
        "prisonId",
        "prisonerNumber",
        "firstName",
        "lastName",
        "cellLocation",
        "dateOfBirth",
    }
