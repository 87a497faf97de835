"""A drop-in: heads counted, two who gave their names for the first time, both of them at the front door, and a name taken back."""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.journeys.conftest import violations

ON_THE_MAIN_WINGS = r"\b[BCDFGHJ]-\d-\d{3}\b"
SATURDAY = 5
NOBODY = "A0000ZZ"


def test_drop_in_brings_two_to_the_front_door(sign_in):
    page = sign_in("keyworker")
    first, second, third = strangers(page)
    open_one(page)

    page.get_by_label("How many came?").fill("14")
    write(page, 1, first, "Wants help to stay off spice")
    write(page, 2, second, "Wants help to stay off spice")
    page.get_by_label("Prison number or name, line 3", exact=True).fill(NOBODY)
    expect(page.locator("#name_1")).to_contain_text(first[0])
    page.get_by_role("button", name="Save and close").click()

    nothing_is_saved_until_the_number_is_right(page)
    expect(page.get_by_text("Saved: 2 names, 2 referrals made. The drop-in is closed.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Waits at the front door"))).to_have_count(2)
    assert violations(page) == []
    page.goto("/groups/drop-ins/")
    expect(page.locator("tr", has_text="Journey drop-in")).to_contain_text("14")
    assert violations(page) == []
    for name, number in [first, second]:
        find(page, number)
        expect(page.get_by_role("main")).to_contain_text(name.split(",")[0])
    a_wrong_name_is_taken_back(page, third)


def nothing_is_saved_until_the_number_is_right(page):
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_text("Nobody here has this number or name.").first).to_be_visible()
    expect(page.get_by_label("How many came?")).to_have_value("14")
    assert violations(page) == []
    page.get_by_label("Prison number or name, line 3", exact=True).fill("")
    page.get_by_role("button", name="Save and close").click()


def a_wrong_name_is_taken_back(page, who):
    """By the keyboard: typed, seen to be wrong, taken back with a reason; it stands struck in the record and on no list."""
    _, number = who
    page.goto("/groups/drop-ins/")
    page.get_by_role("row", name=re.compile("Journey drop-in")).get_by_role("link").click()
    box = page.get_by_label("Prison number or name, line 1", exact=True)
    box.focus()
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("Enter")  # on an empty line it saves
    expect(page.get_by_role("link", name=re.compile("^Take back"))).to_have_count(3)
    page.get_by_role("row", name=re.compile(number)).get_by_role("link", name=re.compile("^Take back")).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert violations(page) == []
    page.get_by_label("Why is it taken back?").fill("It was his cellmate")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Journey drop-in")
    expect(page.get_by_role("link", name=re.compile("^Take back"))).to_have_count(2)
    page.get_by_text("Taken back", exact=True).click()
    expect(page.get_by_text("It was his cellmate")).to_be_visible()
    assert violations(page) == []
    find(page, number)
    say_why(page)
    expect(page.locator("s", has_text="Drop-in: taken back")).to_be_visible()
    assert violations(page) == []


def write(page, row, who, words):
    page.get_by_label(f"Prison number or name, line {row}", exact=True).fill(who[1].lower())
    page.get_by_label(f"Refer, line {row}", exact=True).check()
    page.get_by_label(f"What about, line {row}", exact=True).fill(words)


def find(page, text):
    page.goto("/find/")
    page.get_by_role("main").get_by_role("textbox").fill(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def say_why(page):
    """A number leads to the record; of somebody who is not one's own work any more it is asked why."""
    if page.get_by_label("Why do you open this record?").count():
        page.get_by_label("Why do you open this record?").fill("To see what was taken back")
        page.get_by_role("button", name="Open the record").click()


def strangers(page):
    """Three in cells of the main wings whom the team does not know: name and number of each."""
    find(page, "s")
    found = []
    for row in page.locator("tbody tr").all():
        text = row.inner_text()
        if "No open case" in text and re.search(ON_THE_MAIN_WINGS, text):
            found.append((row.get_by_role("rowheader").inner_text().strip(), re.search(r"A\d{4}[A-Z]{2}", text)[0]))
    assert len(found) >= 3
    return found[:3]


def open_one(page):
    """On the last day of a weekend, when nobody of the team ran anything."""
    day = date.today() - timedelta(days=1)
    while day.weekday() < SATURDAY:
        day -= timedelta(days=1)
    page.goto("/groups/drop-ins/open/")
    page.get_by_label("What is it called?").fill("Journey drop-in")
    page.get_by_label("On which day?").fill(f"{day.day}/{day.month}/{day.year}")
    page.get_by_label("On which wing?").select_option(label="D wing, with the 3D unit")
    page.get_by_label("Everybody but vulnerable prisoners").check()
    page.get_by_role("button", name="Open the drop-in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Journey drop-in")
