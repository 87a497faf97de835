"""A recovery meeting, from the list of the chair to the agency that did what it was asked for."""

import re

from playwright.sync_api import expect

from tests.journeys import keys
from tests.journeys.conftest import violations


def test_meeting_is_chaired_by_keyboard_and_the_agency_does_its_part(sign_in):
    chair = sign_in("manager")
    chair.goto("/meetings/")
    assert violations(chair) == []
    with chair.expect_navigation():
        chair.get_by_role("table", name="Ahead and under way").get_by_role("link").first.click()
    assert violations(chair) == []
    expect(chair.get_by_role("heading", name=re.compile("Due out, and not agreed: ")).first).to_be_visible()
    keys.press(chair, "^Begin the meeting$")
    row = chair.locator("tbody tr", has_text="Liverpool DIP").filter(has=chair.locator("th a")).first
    name = row.locator("th a").inner_text()
    row.locator("th a").click()

    say(chair)
    attend_and_close(chair)
    expect(chair.get_by_role("link", name="Open the minutes for Liverpool DIP (PDF)")).to_be_visible(timeout=60_000)
    assert violations(chair) == []

    partner = sign_in("partner.liverpool")
    partner.goto("/our-meetings/")
    assert violations(partner) == []
    do_ones_part(partner, name)
    chair.goto("/meetings/")
    chair.get_by_role("table", name="Earlier meetings").locator("tbody tr").first.get_by_role("link").first.click()
    chair.get_by_role("table", name="People, soonest release first").get_by_role("link", name=name).first.click()
    expect(chair.get_by_text("The bed is held.")).to_be_visible()


def say(page):
    """The cursor stands in the first field; everything is typed, nothing clicked."""
    expect(page.get_by_label("What does this person need?")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Control+A")
    page.keyboard.type("A bed for the first week.")
    keys.write(page, "What was said", "Wants to go back to his old worker.")
    keys.write(page, "What is to be done", "Hold a bed that is warm")
    keys.pick(page, "By whom", "Liverpool DIP")
    keys.write(page, "By which day", page.evaluate("new Date(Date.now() + 7 * 864e5).toLocaleDateString('en-GB')"))
    keys.press(page, "^Save and go on$")
    expect(page.get_by_text(": saved.")).to_be_visible()


def attend_and_close(page):
    back = page.get_by_role("link", name="The whole list")
    if back.count():
        back.click()
    with page.expect_navigation():
        page.get_by_role("button", name="Who was there, and in general").click()
    assert violations(page) == []
    for yes in page.get_by_label("Yes").all():
        yes.check()
    page.get_by_label("Who of our team was there?").fill("The manager")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Close the minutes").click()
    expect(page.get_by_text("The minutes are closed")).to_be_visible()


def do_ones_part(page, name):
    """What was asked stands first on the agency's list; the minutes hold its own people only."""
    row = page.get_by_role("table", name="Asked of your agency and not done").locator(
        "tr", has_text="Hold a bed that is warm"
    )
    with page.expect_navigation():
        row.get_by_role("link", name=re.compile("Report")).click()
    assert violations(page) == []
    page.get_by_label("It is done").check()
    page.get_by_label("A word about it").fill("The bed is held.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Recovery meeting")
    assert violations(page) == []
    address = page.get_by_role("button", name="Open the minutes (PDF)").get_attribute("href")
    answer = page.request.get(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
