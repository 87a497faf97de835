"""What journeys with handovers do again and again. Each takes somebody of the invented prison who was handed over to Liverpool DIP."""

import re

from playwright.sync_api import expect

NUMBER = re.compile(r"\b[A-Z]\d{4}[A-Z]{2}\b")


def main(page):
    return page.get_by_role("main")


def go(page, name):
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def coming(partner, state="Sent"):
    """Open the first handover that stands in the list of the partner in this ``state``; gives its number."""
    go(partner, "Coming to us")
    row = partner.locator("tbody tr").filter(has=partner.get_by_text(state, exact=True)).first
    number = NUMBER.search(row.inner_text())[0]
    row.get_by_role("link").first.click()
    expect(main(partner)).to_contain_text(number)
    return number


def of_person(staff, number, agency="Liverpool DIP"):
    """Open the newest handover of the person to ``agency``, as the prison's team does."""
    go(staff, "Find a person")
    main(staff).get_by_role("textbox").fill(number)
    staff.keyboard.press("Enter")
    staff.get_by_role("link", name="Release", exact=True).click()
    main(staff).get_by_role("link", name=agency, exact=True).first.click()
