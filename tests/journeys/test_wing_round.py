"""A round along a wing, by keyboard alone: twelve people, a line each, saved at once. And the sheet of the same list."""

import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.conftest import violations

NUMBER = r"\b[A-Z]\d{4}[A-Z]{2}\b"
MOST_ACTIONS = 50  # page loads, clicks, and keys outside free text, for a round of twelve
MOST_KEYS = 400  # with the notes: two minutes at forty words a minute
NOTES = [
    "Slept badly, spoke of cravings", "Wants the Friday group", "Script changed, feels better", "Mother visited",
    "Debt on the wing, thinking", "Plan still fits", "Asked about naloxone", "Clean three weeks now", "Quiet today",
    "Started in the kitchen",
]  # fmt: skip


class Keys:
    """Presses keys, and counts those that are no free text and those that are."""

    def __init__(self, page):
        self.page, self.pressed, self.written = page, 0, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)

    def write(self, words):
        self.page.keyboard.type(words)
        self.written += len(words)

    def tab_to(self, selector):
        while not self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            self.press("Tab")


@pytest.fixture
def page(sign_in):
    page = sign_in("keyworker")
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_round_of_twelve_is_written_up_by_keyboard(page):
    keys, loads = Keys(page), 3  # the rounds, the list, and the round that was saved
    page.goto("/rounds/")
    assert violations(page) == []
    show_the_people(page, keys, "B wing")
    named, before = names(page)[:12], keys.pressed
    walk(page, keys)
    with page.expect_navigation():
        keys.press("Control+Enter")

    expect(page.get_by_role("main")).to_contain_text("The round was saved.")
    assert outcomes(page) == [
        (name, "Person: refused" if line == 4 else "Took place") for line, name in enumerate(named)
    ]
    print(
        f"a round of twelve: {loads} page loads, 0 clicks, {keys.pressed} keys outside the notes, {loads + keys.pressed} actions"
    )
    assert keys.pressed - before == 38
    assert loads + keys.pressed <= MOST_ACTIONS
    assert keys.pressed + keys.written <= MOST_KEYS
    assert violations(page) == []
    page.goto("/rounds/")
    first = page.get_by_role("table", name="Wing rounds, newest first").locator("tbody tr").first
    assert first.locator("td").all_inner_texts()[:5] == [
        "B wing",
        "Kerry Testwright",
        "Brief contact on the wing",
        "11",
        "1",
    ]


def show_the_people(page, keys, wing):
    """The page begins at the wing."""
    keys.tab_to("#choose_wing")
    keys.press(wing[0])
    assert page.evaluate("document.activeElement.selectedOptions[0].innerText") == wing
    with page.expect_navigation():
        keys.tab_to("form[action*=log] button")
        keys.press("Enter")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.name").startswith("seen_")
    assert violations(page) == []


def names(page):
    rows = page.get_by_role("table", name="On the caseload, by cell").locator("tbody tr")
    return [re.sub("^Seen:", "", name).strip() for name in rows.locator("label").all_inner_texts()]


def walk(page, keys):
    """Twelve lines: ten were seen and get a note, the fifth would not come out, the last was seen and said nothing."""
    notes = iter(NOTES)
    for line in range(12):
        if line == 4:
            keys.press("Tab", "Tab", "Tab", "ArrowDown", "Tab", "Tab")
        elif line == 11:
            keys.press("Enter")
        else:
            keys.press("Space", "Tab")
            keys.write(next(notes))
            keys.press("Enter")


def outcomes(page):
    rows = page.get_by_role("table", name="Who was on it").locator("tbody tr").all()
    return [
        (row.locator("th a").inner_text(), row.locator("td[data-label=Outcome]").inner_text().strip()) for row in rows
    ]


def test_arrows_go_from_line_to_line_in_one_column(page):
    page.goto("/rounds/log/?wing=" + wing_key(page))
    focus = "document.activeElement.name"
    ticks = [box.get_attribute("name") for box in page.locator("[name^=seen_]").all()[:3]]

    page.locator("[name^=seen_]").first.focus()
    seen = [page.keyboard.press(key) or page.evaluate(focus) for key in ["ArrowDown", "ArrowDown", "ArrowUp"]]
    page.keyboard.press("Tab")
    noted = [page.keyboard.press(key) or page.evaluate(focus) for key in ["ArrowDown", "ArrowUp"]]

    assert seen == [ticks[1], ticks[2], ticks[1]]
    assert noted == [ticks[2].replace("seen", "note"), ticks[1].replace("seen", "note")]
    assert page.locator("[name^=seen_]:checked").count() == 0


def wing_key(page):
    page.goto("/rounds/")
    return page.locator("#choose_wing option", has_text="B wing").get_attribute("value")


def test_sheet_is_printed_with_the_lines_of_the_list(page):
    key = wing_key(page)
    page.goto(f"/rounds/log/?wing={key}")
    listed, numbers = names(page), re.findall(NUMBER, page.locator("#people").inner_text())
    page.goto(f"/rounds/sheet/?wing={key}")
    assert violations(page) == []

    text = "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format="A4"))).pages)

    assert re.findall(NUMBER, text) == numbers
    assert text.count("Name and number:") == 6
    assert "Type it up" not in text
    page.get_by_role("button", name="Type it up").click()
    assert names(page) == listed
    expect(page.get_by_role("main")).to_contain_text("In the order of the sheet printed on")
