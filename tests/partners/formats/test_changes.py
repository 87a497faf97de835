from copy import deepcopy

from partners.formats import changes
from tests.partners.formats import packs


def changed(**parts):
    after = deepcopy(packs.ORDINARY)
    for name, part in parts.items():
        after[name] = {**after[name], **part} if isinstance(part, dict) and after[name] else part
    return changes.told(packs.ORDINARY, after).splitlines()


def test_told_says_nothing_of_a_pack_that_says_the_same():
    assert changed(pack={"number": "LPI-2026-0042", "amendment": 2}, sender={"name": "Sam Second"}) == []


def test_told_names_the_release_date_first_with_the_one_before():
    lines = changed(custody={"release_on": "2026-07-01"}, person={"area": "Wirral"})

    assert lines == [
        "Release date: Wednesday 1 July 2026, before: Friday 3 July 2026.",
        "Area of return: Wirral, before: Liverpool.",
    ]


def test_told_says_what_came_and_went_in_a_list():
    risks = [*packs.ORDINARY["risks"][1:], {"risk": "Seizures", "detail": "Two in June."}]
    risks[0] = {"risk": "Self-harm, past", "detail": "Last in 2024."}

    assert changed(risks=risks) == [
        "Risks to know before meeting: changed Self-harm, past; added Seizures; taken out Alcohol withdrawal fit."
    ]


def test_told_says_that_an_appointment_was_moved_or_fell_through():
    assert changed(appointment={"time": "11:00", "address": "", "travel": "", "if_missed": ""}) == [
        "First appointment: Friday 3 July 2026 at 11:00, Liverpool Community Drug Team, Robin Recovery."
    ]
    assert changed(appointment=None, no_appointment_because="He goes to Wales.") == [
        "First appointment: taken out.",
        "Reason why there is no appointment: He goes to Wales.",
    ]


def test_told_does_not_say_a_long_text_again():
    assert changed(overdose_risk="x " * 100) == ["Risk of overdose: written anew."]
    assert changed(overdose_risk=None, clinical=None) == [
        "Risk of overdose: taken out.",
        "Clinical summary: taken out.",
    ]
