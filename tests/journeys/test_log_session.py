"""A session is written up on one page, by keyboard alone, and what that costs is counted: page loads, clicks, keys outside free text."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import violations
from tests.journeys.keys import focused

NOTE = "Talked about sleep. He keeps the diary and brings it next time."
MOST_KEYS = 20  # for an ordinary session, from Today on: everything but the note
MOST_TABS = 60


@dataclass
class Hands:
    """Whoever works the page without a mouse. ``loads`` and ``keys`` count what it took; free text is not counted."""

    page: object
    loads: int = 0
    keys: int = 0

    def open(self, address):
        self.loads += 1
        self.page.goto(address)

    def press(self, key):
        self.keys += 1
        self.page.keyboard.press(key)

    def press_and_go(self, key):
        self.loads += 1
        with self.page.expect_navigation():
            self.press(key)

    def tab_to(self, words):
        for _ in range(MOST_TABS):
            if re.search(words, focused(self.page)):
                return
            self.press("Tab")
        raise AssertionError(f"The Tab key does not lead to {words} on {self.page.url}")

    def spell(self, words):
        """Letters that choose, each of them counted."""
        self.keys += len(words)
        self.page.keyboard.type(words)

    def write(self, words):
        self.page.keyboard.type(words)


@pytest.fixture
def hands(sign_in):
    page = sign_in("keyworker")
    page.on("dialog", lambda dialog: dialog.accept())
    return Hands(page)


def test_a_session_is_logged_on_one_page_by_keyboard(hands):
    name = whom(hands.page)
    hands.open("/")
    hands.press("Tab")
    hands.press("Enter")  # past the menus, to the page itself
    hands.tab_to("^Log a session$")
    hands.press_and_go("Enter")
    before = hands.keys
    assert re.search("^Log a session with", focused(hands.page))
    hands.spell(name[:4])
    hands.tab_to("^Log a session$")
    hands.press_and_go("Enter")
    expect(hands.page.get_by_role("heading", level=1)).to_have_text("Log a session")
    hands.tab_to("^What happened")
    hands.write(NOTE)
    hands.press("Tab")
    hands.press_and_go("Enter")

    expect(hands.page.get_by_role("main")).to_contain_text("saved.")
    expect(hands.page.get_by_role("table", name="Sessions, newest first")).to_contain_text(NOTE[:40])
    assert hands.loads == 4
    assert hands.keys <= MOST_KEYS, hands.keys
    print(f"a session, from Today: {hands.loads} page loads, 0 clicks, {hands.keys} keys outside the note")
    print(
        f"a session, from the diary: {hands.loads - 1} page loads, 0 clicks, {hands.keys - before} keys outside the note"
    )


def test_topics_goals_and_the_next_session_are_told_on_the_same_page(hands):
    page = hands.page
    page.goto("/sessions/")
    page.get_by_label("Log a session with").select_option(index=2)
    page.get_by_role("button", name="Log a session").click()
    page.get_by_label("What happened?").fill(NOTE)
    page.get_by_label("Sleep").check()
    at = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=20)
    page.get_by_label("When is the next session?").fill(f"{at:%d/%m/%Y} 07:00")
    page.get_by_role("button", name="Save", exact=True).click()
    if page.get_by_label("Plan it all the same").count():  # Whatever the invented day has at this hour.
        page.get_by_label("Plan it all the same").check()
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("table", name="Planned and not written up")).to_contain_text(f"{at:%b %Y}, 07:00")
    assert violations(page) == []
    page.get_by_role("table", name="Sessions, newest first").get_by_role("link").first.click()
    expect(page.get_by_role("main")).to_contain_text("Sleep")
    assert violations(page) == []


def whom(page):
    """Somebody of the caseload whose name no other begins like."""
    page.goto("/sessions/")
    names = page.get_by_label("Log a session with").locator("option").all_inner_texts()[1:]
    return next(name for name in names if sum(other.startswith(name[:4]) for other in names) == 1)
