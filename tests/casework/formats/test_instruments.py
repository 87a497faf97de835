"""The published rules of scoring (domain.md 4), at the boundary of every band and with every answer that cannot be."""

import json
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from casework.formats import instruments, reference

CURRENT = instruments.current()


def answers(code, points, *, without=()):
    """Answers to all items of an instrument that together score ``points``, filled from the last item on."""
    given, left = {}, points
    for item in reversed(CURRENT[code].items):
        fits = [option for option in item.options if option.points <= left]
        option = max(fits, key=lambda one: one.points)
        given[item.code], left = option.value, left - option.points
    assert left == 0
    return {name: value for name, value in given.items() if name not in without}


def score(code, given, substance=""):
    return instruments.score(CURRENT[code], given, substance)


def refused(code, given, substance=""):
    with pytest.raises(ValidationError) as error:
        score(code, given, substance)
    return error.value.message_dict


BOUNDARIES = {
    "AUDIT": [
        (0, "Lower risk"),
        (7, "Lower risk"),
        (8, "Increasing risk"),
        (15, "Increasing risk"),
        (16, "Higher risk"),
        (19, "Higher risk"),
        (20, "Possible dependence"),
        (40, "Possible dependence"),
    ],
    "AUDIT_C": [
        (0, "Below the threshold"),
        (4, "Below the threshold"),
        (5, "Positive: ask the whole AUDIT"),
        (12, "Positive: ask the whole AUDIT"),
    ],
    "DAST_10": [
        (0, "No problems reported"),
        (1, "Low level"),
        (2, "Low level"),
        (3, "Moderate level"),
        (5, "Moderate level"),
        (6, "Substantial level"),
        (8, "Substantial level"),
        (9, "Severe level"),
        (10, "Severe level"),
    ],
    "PHQ_9": [
        (0, "Minimal"),
        (4, "Minimal"),
        (5, "Mild"),
        (9, "Mild"),
        (10, "Moderate"),
        (14, "Moderate"),
        (15, "Moderately severe"),
        (19, "Moderately severe"),
        (20, "Severe"),
        (27, "Severe"),
    ],
    "GAD_7": [
        (0, "Minimal"),
        (4, "Minimal"),
        (5, "Mild"),
        (9, "Mild"),
        (10, "Moderate"),
        (14, "Moderate"),
        (15, "Severe"),
        (21, "Severe"),
    ],
}


@pytest.mark.parametrize(
    ("code", "points", "band"), [(code, *row) for code, rows in BOUNDARIES.items() for row in rows]
)
def test_score_names_the_band_at_each_of_its_ends(code, points, band):
    assert score(code, answers(code, points)) == instruments.Result(points, band)


@pytest.mark.parametrize(
    ("drug", "points", "band"),
    [
        ("HEROIN", 0, "Below the threshold for heroin"),
        ("HEROIN", 2, "Below the threshold for heroin"),
        ("HEROIN", 3, "At or above the threshold for heroin"),
        ("HEROIN", 15, "At or above the threshold for heroin"),
        ("COCAINE", 3, "Below the threshold for cocaine"),
        ("COCAINE", 4, "At or above the threshold for cocaine"),
    ],
)
def test_score_of_sds_depends_on_the_named_drug(drug, points, band):
    assert score("SDS", answers("SDS", points), drug) == instruments.Result(points, band)


def test_score_of_sds_says_when_no_threshold_was_published():
    found = score("SDS", answers("SDS", 9), "SPICE")

    assert (found.total, found.band) == (9, "")
    assert found.note == (
        "No threshold was published for spice (synthetic cannabinoids), so the score is given without one."
    )


@pytest.mark.parametrize(
    ("drug", "words"),
    [
        ("ALCOHOL", "SDS is not for alcohol. Use AUDIT."),
        ("", "Choose the one drug that SDS is asked about."),
        ("TEA", "Choose the one drug that SDS is asked about."),
    ],
)
def test_score_of_sds_needs_one_drug_and_not_alcohol(drug, words):
    assert refused("SDS", answers("SDS", 3), drug) == {"about": [words]}


def test_score_of_the_others_is_about_no_one_drug():
    assert refused("GAD_7", answers("GAD_7", 3), "HEROIN") == {"about": ["GAD-7 is not about one drug."]}


def test_the_highest_score_is_the_published_one():
    assert {code: one.most for code, one in CURRENT.items()} == {
        "AUDIT_C": 12,
        "AUDIT": 40,
        "SDS": 15,
        "DAST_10": 10,
        "PHQ_9": 27,
        "GAD_7": 21,
    }


# Skipping in AUDIT


def test_audit_of_somebody_who_never_drinks_needs_questions_1_9_and_10():
    assert score("AUDIT", {"q1": 0, "q9": 2, "q10": 4}) == instruments.Result(6, "Lower risk")


@pytest.mark.parametrize("missing", ["q1", "q9", "q10"])
def test_audit_always_needs_questions_1_9_and_10(missing):
    given = {"q1": 0, "q2": 0, "q3": 0, "q9": 0, "q10": 0}
    del given[missing]

    assert list(refused("AUDIT", given)) == [missing]


def test_audit_may_skip_4_to_8_when_2_and_3_score_nothing():
    assert score("AUDIT", {"q1": 3, "q2": 0, "q3": 0, "q9": 0, "q10": 4}) == instruments.Result(7, "Lower risk")


@pytest.mark.parametrize("given", [{"q2": 1, "q3": 0}, {"q2": 0, "q3": 1}])
def test_audit_may_not_skip_4_to_8_otherwise(given):
    assert list(refused("AUDIT", {"q1": 1, "q9": 0, "q10": 0, **given})) == ["q4", "q5", "q6", "q7", "q8"]


def test_audit_may_not_skip_2_and_3_of_somebody_who_drinks():
    given = {"q1": 1, "q4": 0, "q5": 0, "q6": 0, "q7": 0, "q8": 0, "q9": 0, "q10": 0}

    assert list(refused("AUDIT", given)) == ["q2", "q3"]


def test_audit_counts_what_was_answered_although_it_could_be_skipped():
    assert score("AUDIT", {"q1": 0, "q4": 4, "q9": 0, "q10": 4}) == instruments.Result(8, "Increasing risk")


@pytest.mark.parametrize("code", ["AUDIT_C", "DAST_10", "PHQ_9", "GAD_7"])
def test_nothing_else_may_be_skipped(code):
    for item in CURRENT[code].items:
        given = answers(code, 0, without=[item.code])
        assert list(refused(code, given)) == [item.code]


def test_sds_may_not_be_skipped():
    assert refused("SDS", answers("SDS", 0, without=["q4"]), "HEROIN") == {"q4": ["Answer question 4: wished to stop"]}


# Reversed and impossible


def test_dast_counts_no_to_question_3_and_yes_to_every_other():
    yes = dict.fromkeys(answers("DAST_10", 0), 1)

    assert score("DAST_10", yes).total == 9
    assert score("DAST_10", {**yes, "q3": 0}).total == 10
    assert score("DAST_10", {**dict.fromkeys(yes, 0), "q3": 1}).total == 0


@pytest.mark.parametrize("question", ["q9", "q10"])
@pytest.mark.parametrize("value", [1, 3])
def test_audit_takes_0_2_and_4_for_questions_9_and_10(question, value):
    number = question[1:]
    words = f"Question {number} is answered with one of 0, 2, 4."

    assert refused("AUDIT", {**answers("AUDIT", 20), question: value}) == {question: [words]}


IMPOSSIBLE = [-1, 5, 99, 0.5, "1", "", True, [0]]


@pytest.mark.parametrize("value", IMPOSSIBLE, ids=repr)
@pytest.mark.parametrize("code", sorted(CURRENT))
def test_every_item_refuses_what_is_no_answer_to_it(code, value):
    drug = "HEROIN" if code == "SDS" else ""
    for item in CURRENT[code].items:
        assert list(refused(code, {**answers(code, 0), item.code: value}, drug)) == [item.code]


@pytest.mark.parametrize("code", sorted(CURRENT))
def test_every_item_refuses_one_above_its_highest_answer(code):
    drug = "HEROIN" if code == "SDS" else ""
    for item in CURRENT[code].items:
        above = max(option.value for option in item.options) + 1
        assert list(refused(code, {**answers(code, 0), item.code: above}, drug)) == [item.code]


def test_an_item_that_does_not_exist_is_refused():
    assert refused("GAD_7", {**answers("GAD_7", 0), "q8": 0}) == {"q8": ["GAD-7 has no item “q8”."]}


def test_an_item_left_empty_is_missing():
    assert list(refused("GAD_7", {**answers("GAD_7", 0), "q2": None})) == ["q2"]


# Safer custody


@pytest.mark.parametrize(("value", "alarms"), [(0, []), (1, ["q9"]), (2, ["q9"]), (3, ["q9"])])
def test_item_9_of_phq_9_is_an_alarm_whatever_the_total(value, alarms):
    given = {**answers("PHQ_9", 0), "q9": value}

    assert [item.code for item in CURRENT["PHQ_9"].alarms(given)] == alarms


def test_nothing_else_is_an_alarm():
    most = {code: answers(code, one.most) for code, one in CURRENT.items()}

    assert [code for code, one in CURRENT.items() if one.alarms(most[code])] == ["PHQ_9"]


# The files


@pytest.mark.parametrize("one", instruments.every().values(), ids=lambda one: one.code)
def test_every_file_says_where_it_is_from_and_that_the_labels_are_ours(one):
    assert one.source
    assert one.period
    assert "The short labels here are our own: read the questions from the official card." in one.licence


def test_every_file_is_offered_and_found_by_its_version():
    assert list(CURRENT) == instruments.ORDER
    assert {one.code for one in instruments.every().values()} == set(instruments.ORDER)
    assert instruments.get("AUDIT", 1) is CURRENT["AUDIT"]
    with pytest.raises(KeyError):
        instruments.get("AUDIT", 99)


def test_sds_is_asked_about_any_drug_but_alcohol():
    assert set(CURRENT["SDS"].drugs()) == set(reference.substances()) - {"ALCOHOL"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"items": [{"code": "q1", "label": "", "scale": "days"}] * 2}, "an item occurs twice"),
        ({"skips": [{"when": ["q1"], "items": ["q99"], "words": ""}]}, "no such items"),
        ({"bands": [{"from": 1, "label": "Some"}]}, "bands begin at 0 and rise"),
        ({"bands": [{"from": 0, "label": "A"}, {"from": 30, "label": "B"}]}, "bands begin at 0 and rise"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(change, words):
    file = Path(instruments.__file__).parent / "data/instruments/gad-7-1.json"

    with pytest.raises(ValueError, match=words):
        instruments.read({**json.loads(file.read_text()), **change})


@pytest.mark.parametrize(("least", "most", "said"), [(0, 7, "0 to 7"), (0, 0, "0")])
def test_a_band_says_its_range(least, most, said):
    assert instruments.Band(least, most, "").range == said
