"""What journeys with handovers do again and again. Each takes somebody of the invented prison who was handed over to Liverpool DIP."""

import re
from datetime import date, datetime, timedelta

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


def coming_later(partner, days=4):
    """Open the first handover whose release is at least so many days away; gives its number and the day."""
    go(partner, "Coming to us")
    for row in partner.locator("tbody tr").all():
        cells = {cell.get_attribute("data-label"): cell.inner_text() for cell in row.locator("td[data-label]").all()}
        day = datetime.strptime(cells["Release"].strip(), "%a %d %b %Y").date()
        if day >= date.today() + timedelta(days=days) and cells["State"] in {"Sent", "Acknowledged", "Queried"}:
            row.get_by_role("link").first.click()
            return cells["Number"].strip(), day
    raise AssertionError("Nobody is coming so late")
