"""A walk along a wing by a partner who carries keys, by keyboard alone: those who agreed and two more, a line each, saved at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import keys as plain
from tests.journeys.conftest import violations
from tests.journeys.test_wing_round import Keys

MOST_ACTIONS = 60  # page loads, clicks, and keys outside numbers and notes, for a walk of up to ten
STRANGERS = ["Z9999ZZ", "Z9998ZZ"]
NOTES = ["Spoke of the first night out", "Naloxone, and where to get it", "Wants to be met at the gate"]


@pytest.fixture
def page(sign_in):
    page = sign_in("partner.liverpool")
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_walk_is_written_down_by_keyboard(page):
    wing, named = busiest(page)
    keys, loads = Keys(page), 3  # the visits, the list, and the visit that was saved
    page.goto("/wing-visits/")
    assert violations(page) == []
    assert page.evaluate("document.activeElement.id") == "choose_wing"
    keys.press(wing[0])
    with page.expect_navigation():
        keys.press("Tab", "Enter")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.name").startswith("what_")
    assert violations(page) == []
    walked = walk(page, keys, len(named))
    with page.expect_navigation():
        keys.press("Control+Enter")

    expect(page.get_by_role("main")).to_contain_text("The visit was saved.")
    assert violations(page) == []
    print(
        f"a walk of {len(walked)}: {loads} page loads, 0 clicks, {keys.pressed} keys outside numbers and notes, "
        f"{loads + keys.pressed} actions"
    )
    assert loads + keys.pressed <= MOST_ACTIONS
    rows = page.get_by_role("table", name="Who was seen").locator("tbody tr")
    assert rows.locator("td[data-label=Number]").all_inner_texts() == [*numbers_of(named, walked), *STRANGERS]
    assert rows.locator("td[data-label=What]").all_inner_texts() == walked
    assert rows.locator("th").all_inner_texts()[-2:] == ["–", "–"]
    comes_to_the_referrals(page, named[0][0])


def busiest(page):
    """The wing on which most agreed to be seen, and (name, number) of up to eight of them."""
    page.goto("/wing-visits/")
    wings = {option.get_attribute("value"): option.inner_text() for option in page.locator("#choose_wing option").all()}
    found = {}
    for key, name in wings.items():
        page.goto(f"/wing-visits/log/?wing={key}")
        rows = page.get_by_role("table", name="Who agreed to be seen by your agency, by cell").locator("tbody tr")
        cells = [(row.locator("th").inner_text(), row.locator("td").nth(1).inner_text()) for row in rows.all()]
        found[name] = cells
    wing = max(found, key=lambda name: len(found[name]))
    assert len(found[wing]) >= 3
    return wing, found[wing]


def walk(page, keys, count):
    """The first took a referral with him, the last is not seen; two more by number. What was written down, in words."""
    letters = ["r", "a", "s", "n"]
    words = {"r": "Referral taken away", "a": "Advice", "s": "Support", "n": "Not seen"}
    chosen = [letters[min(line, 3)] for line in range(min(count, 4))]
    for line, letter in enumerate(chosen):
        keys.press(letter)
        if line < len(NOTES):
            keys.press("Tab")
            keys.write(NOTES[line])
        keys.press("Enter")
    while not page.evaluate("document.activeElement.name").startswith("number_"):
        keys.press("Enter")
    for number in STRANGERS:
        keys.write(number)
        keys.press("Tab", "a", "Enter")
    return [words[letter] for letter in chosen] + ["Advice", "Advice"]


def numbers_of(named, walked):
    return [number for _, number in named[: len(walked) - len(STRANGERS)]]


def comes_to_the_referrals(page, name):
    """What was taken away is a referral with an answer of its own, as soon as the worker has taken it up."""
    for _ in range(30):
        page.goto("/referred/")
        if re.search(NOTES[0], page.get_by_role("main").inner_text()):
            break
        page.wait_for_timeout(500)
    row = page.get_by_role("row").filter(has_text=NOTES[0])
    surname = name.split(",")[0]
    expect(row).to_contain_text(surname)
    plain.press(page, surname)
    plain.choose(page, "Accept")
    plain.write(page, "Why not", "Monday at ten on the wing")
    plain.press(page, "Save the answer")
    expect(page.get_by_role("main")).to_contain_text("Answered.")
