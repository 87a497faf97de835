from datetime import date

import pytest
from django.core.exceptions import ValidationError

from casework.formats import questions

SET = {
    "code": "TRIAGE",
    "version": 7,
    "name": "Triage",
    "about": "",
    "ended_on": None,
    "sections": [
        {
            "code": "one",
            "title": "One",
            "questions": [
                {"code": "wants", "wording": "What?", "kind": "text", "required": True},
                {"code": "used", "wording": "Used?", "kind": "yes_no", "required": True},
                {
                    "code": "times",
                    "wording": "How often?",
                    "kind": "number",
                    "min": 1,
                    "max": 9,
                    "required": True,
                    "show_if": {"question": "used", "is": ["YES"]},
                },
            ],
        },
        {
            "code": "two",
            "title": "Two",
            "questions": [
                {
                    "code": "last",
                    "wording": "When?",
                    "kind": "date",
                    "show_if": {"question": "used", "is": ["YES"]},
                },
                {
                    "code": "why",
                    "wording": "Why?",
                    "kind": "choices",
                    "choices": [["PAIN", "Pain"], ["SLEEP", "Sleep"]],
                },
                {
                    "code": "pain",
                    "wording": "Where?",
                    "kind": "text",
                    "short": True,
                    "required": True,
                    "show_if": {"question": "why", "is": ["PAIN"]},
                },
                {"code": "goal", "wording": "Goal?", "kind": "choice", "choices": [["STOP", "Stop"]]},
                {"code": "drugs", "wording": "Which?", "kind": "substances"},
            ],
        },
    ],
}
MADE = questions.read(SET)
ONE, TWO = MADE.sections


def changed(section, place, **change):
    """The set with one question changed."""
    copy = {**SET, "sections": [{**one, "questions": [*one["questions"]]} for one in SET["sections"]]}
    copy["sections"][section]["questions"][place] = {**copy["sections"][section]["questions"][place], **change}
    return copy


def missing(**answers):
    return [question.code for question in MADE.missing(answers)]


def test_missing_asks_for_what_is_required_and_applies():
    assert missing() == ["wants", "used"]
    assert missing(wants="Help", used="NO") == []
    assert missing(wants="Help", used="YES") == ["times"]
    assert missing(wants="  ", used="NO", why=["PAIN", "SLEEP"]) == ["wants", "pain"]


def test_applies_follows_the_answers_a_question_depends_on():
    last, pain = TWO.questions[0], TWO.questions[2]

    assert [MADE.applies(last, {"used": given}) for given in ["YES", "NO", None]] == [True, False, False]
    assert [MADE.applies(pain, {"why": given}) for given in [["PAIN"], ["SLEEP"], []]] == [True, False, False]


def test_a_question_does_not_apply_when_the_one_it_depends_on_does_not():
    chain = changed(1, 3, show_if={"question": "pain", "is": []})
    chain["sections"][1]["questions"][3]["show_if"] = {"question": "why", "is": ["PAIN"]}
    chain["sections"][1]["questions"][1]["show_if"] = {"question": "used", "is": ["YES"]}
    made = questions.read(chain)

    goal = made.by_code["goal"]
    assert made.applies(goal, {"used": "YES", "why": ["PAIN"]}) is True
    assert made.applies(goal, {"used": "NO", "why": ["PAIN"]}) is False


def test_check_keeps_answers_and_leaves_out_what_is_empty():
    assert MADE.check(ONE, {"wants": "Help", "used": None, "times": 3}) == {"wants": "Help", "times": 3}
    assert MADE.check(TWO, {"last": date(2026, 3, 27), "why": ["SLEEP", "PAIN"], "pain": " ", "goal": "STOP"}) == {
        "last": "2026-03-27",
        "why": ["PAIN", "SLEEP"],
        "goal": "STOP",
    }


@pytest.mark.parametrize(
    ("section", "code", "value", "words"),
    [
        (ONE, "wants", "x" * 100_000, "This is too long: 100,000 characters, 5,000 are possible."),
        (ONE, "wants", "a\0b", "This has a character in it that cannot be saved."),
        (ONE, "wants", 4, "Write the answer in words."),
        (ONE, "used", "MAYBE", "Choose one of the answers."),
        (ONE, "times", 0, "Enter a whole number from 1 to 9."),
        (ONE, "times", 10, "Enter a whole number from 1 to 9."),
        (ONE, "times", True, "Enter a whole number from 1 to 9."),
        (ONE, "last", date(2026, 1, 1), "There is no such question here."),
        (TWO, "last", "soon", "Enter a date, such as 27/3/2026."),
        (TWO, "last", 5, "Enter a date, such as 27/3/2026."),
        (TWO, "last", date(1066, 1, 1), "Check the year."),
        (TWO, "why", ["PAIN", "FUN"], "Choose from the answers."),
        (TWO, "why", "PAIN", "Choose from the answers."),
        (TWO, "pain", "x" * 201, "This is too long: 201 characters, 200 are possible."),
        (TWO, "goal", "FLY", "Choose one of the answers."),
    ],
)
def test_check_names_the_question_that_was_answered_wrongly(section, code, value, words):
    with pytest.raises(ValidationError) as error:
        MADE.check(section, {code: value})

    assert error.value.message_dict == {code: [words]}


def test_carried_takes_over_what_still_is_an_answer():
    answers = {"wants": "Help", "goal": "GONE", "last": "2026-03-27", "old": "x", "drugs": []}

    assert MADE.carried(answers) == {"wants": "Help", "last": "2026-03-27"}


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("used", "YES", "Yes"),
        ("times", 3, "3"),
        ("last", "2026-03-07", "7 March 2026"),
        ("why", ["PAIN", "SLEEP"], "Pain, Sleep"),
        ("goal", "STOP", "Stop"),
        ("wants", "Help", "Help"),
    ],
)
def test_told_says_an_answer_in_words(code, value, words):
    assert MADE.by_code[code].told(value) == words


def test_sections_follow_each_other():
    assert (MADE.section("two"), MADE.section("three")) == (TWO, None)
    assert (MADE.after(ONE), MADE.after(TWO)) == (TWO, None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed(0, 0, kind="song"), "wants is of no kind that we know"),
        (changed(0, 1, code="wants"), "wants occurs twice"),
        (changed(0, 2, min=None), "times needs a lowest and a highest number"),
        (changed(0, 2, show_if={"question": "goal", "is": ["STOP"]}), "a question that does not come before it"),
        (changed(0, 2, show_if={"question": "used", "is": ["FLY"]}), "an answer that cannot be given"),
        (changed(1, 1, choices=[]), "why has nothing to choose from"),
        (changed(1, 3, kind="substances"), "substances are asked twice"),
        ({**SET, "sections": [SET["sections"][1] | {"questions": []}] * 2}, "a section occurs twice"),
    ],
)
def test_read_refuses_a_file_that_contradicts_itself(data, words):
    with pytest.raises(ValueError, match=f"TRIAGE 7: .*{words}"):
        questions.read(data)


# The files


def test_every_set_has_one_version_that_can_be_begun_now():
    assert set(questions.every()) == {("TRIAGE", 1), ("COMPREHENSIVE", 1), ("COMPREHENSIVE", 2), ("REVIEW", 1)}
    assert questions.current("COMPREHENSIVE", date(2026, 6, 30)).version == 2
    assert questions.current("TRIAGE", date(2040, 1, 1)).version == 1


def test_a_version_that_ended_keeps_its_own_wording():
    old, new = questions.get("COMPREHENSIVE", 1), questions.get("COMPREHENSIVE", 2)

    assert old.ended_on == date(2026, 6, 30)
    assert old.by_code["housing"].wording == "Is there somewhere to live on release?"
    assert new.by_code["housing"].wording == "Where will the person live?"
    assert old.by_code["housing"].told("UNSURE") == "Not sure"
    assert "witnessed" in new.by_code
    assert "witnessed" not in old.by_code


def test_the_version_that_went_before_may_not_be_begun_once_it_ended(monkeypatch):
    sets = {("TRIAGE", 1): questions.read({**SET, "version": 1}), ("TRIAGE", 2): questions.read({**SET, "version": 2})}
    monkeypatch.setattr(questions, "every", lambda: sets)

    assert questions.current("TRIAGE", date(2026, 1, 1)).version == 2
    sets["TRIAGE", 2] = questions.read({**SET, "version": 2, "ended_on": "2025-12-31"})
    assert questions.current("TRIAGE", date(2026, 1, 1)).version == 1


def test_every_set_but_the_review_asks_for_the_history_that_matters():
    for one in [one for one in questions.every().values() if one.code != "REVIEW"]:
        assert {"substances", "injected", "overdose_ever", "overdose_times", "overdose_last"} <= set(one.by_code)
