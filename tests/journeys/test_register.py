"""A register of fifteen, written by the keys alone, and a line about each who came."""

import io
import re

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.conftest import violations
from tests.journeys.test_drop_in import say_why

NOT_SIMPLY_THERE = {
    3: ("r", "Refused"),
    5: ("l", "Late, but came"),
    7: ("i", "Ill"),
    11: ("n", "Not unlocked or no escort"),
    13: ("m", "Moved away"),
}
CAME = 11


def test_register_of_fifteen_is_closed_by_keyboard(sign_in):
    page = sign_in("keyworker")
    page.goto("/groups/registers/")
    over = page.get_by_role("table", name="Sessions that are over and whose register is open")
    over.locator("tr", has_text="Triggers and cravings").get_by_role("link").click()
    expect(page.locator("select.ww-mark")).to_have_count(15)

    assert violations(page) == []
    cannot_be_closed_yet(page)
    keys = mark(page)

    assert keys == 22  # a Tab for each, a letter for each of the five, one tick for the others, and Enter
    expect(page.get_by_text("The register is closed.", exact=False)).to_be_visible()
    write_lines(page)
    expect(page.get_by_text("1 line is to be added later.")).to_be_visible()
    put_right(page)
    the_contact_leads_back(page)


def cannot_be_closed_yet(page):
    """Nobody is marked: it says so."""
    page.get_by_role("button", name="Save and close").click()
    expect(page.get_by_text("15 people are not marked yet, so the register cannot be closed.").first).to_be_visible()
    assert violations(page) == []
    page.locator("select.ww-mark").first.focus()


def mark(page):
    """Those who did not come by a letter each, all the others by one tick; how many keys it took."""
    keys = 0
    for row in range(1, 16):
        if row in NOT_SIMPLY_THERE:
            letter, words = NOT_SIMPLY_THERE[row]
            page.keyboard.press(letter)
            chosen = page.evaluate("() => document.activeElement.selectedOptions[0].innerText")
            assert chosen == words
            keys += 1
        page.keyboard.press("Tab")
        keys += 1
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return keys + 2


def write_lines(page):
    """The cursor stands in the line: words and Enter, ten times; one is put off."""
    assert violations(page) == []
    for number in range(CAME):
        expect(page.get_by_label(re.compile("^A line about "))).to_be_focused()
        with page.expect_navigation():
            if number == 5:
                page.get_by_role("button", name="Skip and add later").click()
            else:
                page.keyboard.type(f"Line {number}")
                page.keyboard.press("Enter")


def put_right(page):
    """Somebody who was ill came after all: what it said before stays on the page."""
    page.locator("select.ww-mark").nth(6).select_option("LATE")
    page.get_by_role("button", name="Save the changes").click()
    changed = page.get_by_role("table", name="What was changed")
    expect(changed).to_contain_text("Person: ill")
    expect(changed).to_contain_text("Came late")


def the_contact_leads_back(page):
    """The record of the first names the group, and leads to its register."""
    number = re.search(r"A\d{4}[A-Z]{2}", page.locator("tbody tr").first.inner_text())[0]
    page.goto("/find/")
    page.get_by_role("main").get_by_role("textbox").fill(number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    say_why(page)
    page.get_by_role("link", name=re.compile("^Group: ")).first.click()
    expect(page.get_by_role("main")).to_contain_text("Part of")
    assert violations(page) == []
    page.get_by_role("link", name="in its register").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Register:")


def test_feedback_sheets_are_printed_two_on_a_page_without_the_name_of_who_printed_them(sign_in):
    page = sign_in("keyworker")
    page.goto("/groups/drop-ins/")
    page.locator("tbody th a").first.click()
    page.get_by_role("button", name="Feedback", exact=True).click()
    page.get_by_role("button", name="Print empty sheets").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Feedback sheet")

    pages = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages

    assert len(pages) == 1
    text = pages[0].extract_text()
    assert text.count("What did you think?") == 2
    assert not {"Testwright", "Wingwalk"} & set(re.findall(r"\w+", text))
