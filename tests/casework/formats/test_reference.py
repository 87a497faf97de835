import pytest

from casework.formats import reference


def test_lists_answer_in_plain_words():
    assert reference.legal_statuses()["RECALL"] == "Recalled to prison"
    assert reference.sexes()["M"] == "Male"
    assert reference.ethnicities()["W2"] == "White: Irish"
    assert reference.release_dates()["conditionalReleaseDate"] == ("CONDITIONAL", "Conditional release")
    assert reference.alerts()["RNO121"] == reference.Meaning(
        "RNO121",
        "Do not see alone",
        "CONTACT",
        "No one-to-one: another member of staff is in the room at every session",
    )
    assert reference.movement_reasons()["NG"] == reference.Meaning("NG", "Found not guilty", "COURT_RELEASE")


@pytest.mark.parametrize(
    ("kind", "code", "never"),
    [
        ("H", "HA", False),
        ("", "HA", False),
        ("R", "RNO121", False),
        ("D", "DOCGM", True),
        ("X", "XVL", True),
        ("X", "CA", True),  # of the type, though not in our list
        ("R", "XVL", True),  # the code knows better than a wrong type
        ("", "NEW", True),
        ("Y", "NEW", True),
        ("V", "NEW", False),
    ],
)
def test_never_share_holds_back_security_and_what_nobody_knows(kind, code, never):
    assert reference.never_share(kind, code) == never


@pytest.mark.parametrize(
    ("table", "written", "code"),
    [
        ("sex", "Male", "M"),
        ("sex", "f", "F"),
        ("sex", "Not Known / Not Recorded", "NK"),
        ("ethnicity", "White: Eng./Welsh/Scot./N.Irish/British", "W1"),
        ("ethnicity", "Mixed: White and Asian", "M3"),
        ("ethnicity", "Black/Black British: Any other Backgr'nd", "B9"),
        ("ethnicity", "a4", "A4"),
    ],
)
def test_spoken_knows_codes_and_wordings(table, written, code):
    assert reference.spoken(table)[reference.squeeze(written)] == code


@pytest.mark.parametrize("table", ["legal_status", "sex", "ethnicity", "release_date", "movement_reason", "alert"])
def test_no_list_has_a_code_twice(table):
    codes = [next(iter(row.values())) for row in reference._rows(table)]

    assert sorted(set(codes)) == sorted(codes)
