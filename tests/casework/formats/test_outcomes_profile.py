from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from casework.formats import outcomes_profile as top

RECEIVED = date(2026, 9, 14)
BEFORE = top.reference("START", date(2026, 9, 20), RECEIVED)
SETTINGS = SimpleNamespace(
    top_start_days=14, top_review_from_days=29, top_review_until_days=182, top_exit_days=14
)  # fmt: skip
NOTHING = {
    **{line.total: 0 for line in top.LINES},
    **{item.code: 0 if item.most else "NO" for item in top.ITEMS},
}


def check(**given):
    return top.check({**NOTHING, **given}, BEFORE)


def refused(**given):
    with pytest.raises(ValidationError) as error:
        check(**given)
    return error.value.message_dict


def weeks(code, *days):
    return dict(zip([f"{code}_week_{week}" for week in top.WEEKS], days, strict=True))


def test_check_fills_in_nothing_and_every_day_from_the_total():
    kept, warnings = check(alcohol_total=28, alcohol_amount=12)

    assert [kept[f"alcohol_week_{week}"] for week in top.WEEKS] == [7, 7, 7, 7]
    assert [kept[f"crack_week_{week}"] for week in top.WEEKS] == [0, 0, 0, 0]
    assert (kept["alcohol_amount"], kept["crack_amount"], kept["version"], warnings) == (12, 0, 1, [])


def test_check_adds_the_weeks_up():
    kept, _ = check(**weeks("opiates", 7, 0, 3, 2), opiates_total=None, opiates_amount=0.5)

    assert (kept["opiates_total"], kept["opiates_amount"]) == (12, 0.5)


def test_check_takes_weeks_and_total_that_agree():
    assert check(**weeks("opiates", 7, 7, 7, 7), opiates_total=28, opiates_amount=1)[0]["opiates_total"] == 28


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (
            {**weeks("crack", 1, 2, 3, 4), "crack_total": 11, "crack_amount": 1},
            "crack_total",
            "Crack: the weeks add up to 10, and the total says 11.",
        ),
        (
            {**weeks("crack", 1, 2, 3, 4), "crack_total": "NA", "crack_amount": 1},
            "crack_total",
            "Crack: the weeks add up to 10, and the total says not disclosed.",
        ),
        ({**weeks("crack", 8, 0, 0, 0), "crack_total": None}, "crack_week_4", "Crack: a week has 0 to 7 days."),
        ({**weeks("crack", -1, 0, 0, 0), "crack_total": None}, "crack_week_4", "Crack: a week has 0 to 7 days."),
        ({**weeks("crack", True, 0, 0, 0), "crack_total": None}, "crack_week_4", "Crack: a week has 0 to 7 days."),
        (
            {"crack_total": 29},
            "crack_total",
            "Crack: four weeks have 0 to 28 days. Enter NA if the person would not say.",
        ),
        (
            {"crack_total": 5},
            "crack_week_4",
            "Crack: enter the days of each week. If it was no day or every day, 0 or 28 under “All” is enough.",
        ),
        (
            {**weeks("crack", 1, None, 0, 0), "crack_total": None},
            "crack_week_3",
            "Crack: enter the days of each week. If it was no day or every day, 0 or 28 under “All” is enough.",
        ),
        (
            {"cannabis_total": 28},
            "cannabis_amount",
            "Cannabis: enter how many spliffs on a day of use, or NA if the person would not say.",
        ),
        (
            {"cannabis_total": 28, "cannabis_amount": 0},
            "cannabis_amount",
            "Cannabis: enter an amount above 0, up to 1,000, or NA.",
        ),
        (
            {"cannabis_total": 28, "cannabis_amount": 1001},
            "cannabis_amount",
            "Cannabis: enter an amount above 0, up to 1,000, or NA.",
        ),
        ({"cannabis_amount": 3}, "cannabis_amount", "Cannabis: there were no days of use, so there is no amount."),
        ({"other_total": 28, "other_amount": 1}, "other_name", "Say which other drug."),
        ({"other_name": "x" * 61}, "other_name", "Use 60 characters at most."),
        (
            {"injecting_days": 29},
            "injecting_days",
            "Days on which the person injected: enter a whole number from 0 to 28, or NA if the person would not say.",
        ),
        (
            {"psychological": 21},
            "psychological",
            "How the person rates mood and feelings: enter a whole number from 0 to 20, or NA if the person would not say.",
        ),
        (
            {"quality": None},
            "quality",
            "How the person rates life as a whole: enter a whole number from 0 to 20, or NA if the person would not say.",
        ),
        (
            {"physical": -1},
            "physical",
            "How the person rates physical health: enter a whole number from 0 to 20, or NA if the person would not say.",
        ),
        (
            {"work_days": 29},
            "work_days",
            "Days in paid work: enter a whole number from 0 to 28, or NA if the person would not say.",
        ),
        ({"assault": None}, "assault", "Answer “Any assault or violence?”"),
        ({"assault": "MAYBE"}, "assault", "Answer “Any assault or violence?”"),
        ({"shared_needle": "YES"}, "shared_needle", "The person did not inject on any day."),
        ({"tea_total": 3}, "tea_total", "There is no such question."),
    ],
)
def test_check_names_what_cannot_be(given, field, words):
    assert refused(**given) == {field: [words]}


def test_check_takes_not_disclosed_for_everything():
    nothing_said = {line.total: "NA" for line in top.LINES} | {item.code: "NA" for item in top.ITEMS}

    kept, warnings = top.check(nothing_said, BEFORE)

    assert {value for name, value in kept.items() if name not in {"version", "other_name"}} == {"NA"}
    assert warnings == []


def test_check_asks_about_sharing_only_of_those_who_inject():
    kept, _ = check(shared_needle=None, shared_equipment=None)

    assert (kept["shared_needle"], kept["shared_equipment"], top.sharing(kept)) == ("NO", "NO", "NO")
    given = {"opiates_total": 28, "opiates_amount": 1, "injecting_days": 3, "shared_needle": None}
    assert list(refused(**given)) == ["shared_needle"]


@pytest.mark.parametrize(
    ("needle", "equipment", "shared"),
    [("YES", "NO", "YES"), ("NO", "YES", "YES"), ("NA", "YES", "YES"), ("NO", "NO", "NO"), ("NA", "NO", "NA")],
)
def test_sharing_is_either(needle, equipment, shared):
    assert top.sharing({"shared_needle": needle, "shared_equipment": equipment}) == shared


def test_more_days_of_injecting_than_of_any_drug_are_a_warning_only():
    given = {**weeks("opiates", 1, 0, 0, 0), "opiates_total": None, "opiates_amount": 1, "alcohol_total": 28}

    _, warnings = check(**given, alcohol_amount=9, injecting_days=2)

    assert warnings == ["Injecting on 2 days, but no drug was used on more than 1 day."]
    assert check(**given, alcohol_amount=9, injecting_days=1)[1] == []
    assert check(**given, alcohol_amount=9, injecting_days=2, crack_total="NA")[1] == []


def test_more_days_than_there_were_since_reception_are_a_warning_only():
    period = top.reference("REVIEW", date(2026, 9, 24), RECEIVED)

    _, warnings = top.check({**NOTHING, "tobacco_total": 28, "tobacco_amount": 10}, period)

    assert warnings == ["The period has only 10 days since reception, and more were entered for: Tobacco."]


# When


def test_reference_is_before_custody_at_the_start():
    assert BEFORE == top.Period(date(2026, 8, 17), date(2026, 9, 13))
    assert BEFORE.days == 28
    assert date(2026, 9, 14) not in BEFORE


@pytest.mark.parametrize("stage", ["REVIEW", "EXIT", "POST_EXIT"])
def test_reference_is_the_last_four_weeks_later(stage):
    assert top.reference(stage, date(2026, 12, 1), RECEIVED) == top.Period(date(2026, 11, 3), date(2026, 11, 30))


def test_reference_begins_anew_with_a_reception():
    assert top.reference("REVIEW", date(2026, 9, 24), RECEIVED) == top.Period(RECEIVED, date(2026, 9, 23))
    assert top.reference("EXIT", RECEIVED, RECEIVED).days == 1


@pytest.mark.parametrize(
    ("stage", "day", "inside"),
    [
        ("START", date(2026, 9, 16), False),
        ("START", date(2026, 9, 17), True),
        ("START", date(2026, 10, 15), True),
        ("START", date(2026, 10, 16), False),
        ("REVIEW", date(2026, 10, 29), False),
        ("REVIEW", date(2026, 10, 30), True),
        ("REVIEW", date(2027, 4, 1), True),
        ("REVIEW", date(2027, 4, 2), False),
        ("EXIT", date(2026, 12, 17), False),
        ("EXIT", date(2026, 12, 18), True),
        ("EXIT", date(2027, 1, 15), True),
        ("EXIT", date(2027, 1, 16), False),
    ],
)
def test_window_of_each_stage(stage, day, inside):
    known = {"treated_from": date(2026, 10, 1), "last_on": date(2026, 10, 1), "ended_on": date(2027, 1, 1)}

    assert (day in top.window(stage, SETTINGS, **known)) is inside


@pytest.mark.parametrize("stage", ["START", "REVIEW", "EXIT", "POST_EXIT"])
def test_window_is_none_while_nothing_says_when(stage):
    assert top.window(stage, SETTINGS) is None


def test_window_follows_the_settings_of_the_prison():
    own = SimpleNamespace(top_start_days=7)

    assert top.window("START", own, treated_from=date(2026, 10, 8)) == top.Period(date(2026, 10, 1), date(2026, 10, 15))
