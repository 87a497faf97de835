"""A drop-in: heads counted, two who gave their names for the first time, and both of them at the front door."""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

ON_THE_MAIN_WINGS = r"\b[BCDFGHJ]-\d-\d{3}\b"
SATURDAY = 5


def test_drop_in_brings_two_to_the_front_door(sign_in):
    page = sign_in("keyworker")
    people = strangers(page)
    open_one(page)

    page.get_by_label("How many came?").fill("14")
    for row, (_, number) in enumerate(people, 1):
        page.get_by_label(f"Prison number or name, line {row}", exact=True).fill(number.lower())
        page.get_by_label(f"Refer, line {row}", exact=True).check()
        page.get_by_label(f"What about, line {row}", exact=True).fill("Wants help to stay off spice")
    expect(page.locator("#name_1")).to_contain_text(people[0][0])
    page.get_by_role("button", name="Save and close").click()

    expect(page.get_by_text("Saved: 2 names, 2 referrals made. The drop-in is closed.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Waits at the front door"))).to_have_count(2)
    page.goto("/groups/drop-ins/")
    expect(page.locator("tr", has_text="Journey drop-in")).to_contain_text("14")
    for name, number in people:
        page.goto("/find/")
        page.get_by_role("main").get_by_role("textbox").fill(number)
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_contain_text(name.split(",")[0])


def strangers(page):
    """Two in cells of the main wings whom the team does not know: name and number of each."""
    page.goto("/find/")
    page.get_by_role("main").get_by_role("textbox").fill("s")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    found = []
    for row in page.locator("tbody tr").all():
        text = row.inner_text()
        if "No open case" in text and re.search(ON_THE_MAIN_WINGS, text):
            found.append((row.get_by_role("rowheader").inner_text().strip(), re.search(r"A\d{4}[A-Z]{2}", text)[0]))
    assert len(found) >= 2
    return found[:2]


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
