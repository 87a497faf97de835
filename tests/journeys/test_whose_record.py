"""A record outside one's own work opens for a reason, which a manager reads; a restricted one opens to whom it names."""

import re

from playwright.sync_api import expect

REASON = "Covering the wing this afternoon, he asked for somebody."


def test_a_colleagues_record_opens_for_a_reason_that_the_manager_reads(sign_in):
    keyworker, manager = sign_in("keyworker"), sign_in("manager")
    number = find_somebody_elses(keyworker)

    expect(keyworker.get_by_role("heading", level=1)).to_contain_text("is not your own work")
    keyworker.get_by_label("Why do you open this record?").fill("Ask")
    keyworker.get_by_role("button", name="Open the record").click()
    expect(keyworker.get_by_role("main")).to_contain_text("Say in a few words why")
    keyworker.get_by_label("Why do you open this record?").fill(REASON)
    keyworker.get_by_role("button", name="Open the record").click()
    expect(keyworker.get_by_role("heading", name="Timeline")).to_be_visible()

    manager.goto("/openings/?show=today")
    row = manager.get_by_role("row", name=re.compile(number))
    expect(row).to_contain_text(REASON)
    find(manager, number)
    manager.get_by_role("link", name="Details", exact=True).click()
    manager.get_by_role("button", name="Who viewed this record").click()
    expect(manager.get_by_role("main")).to_contain_text("Kerry Testwright")
    restrict(manager)
    find(keyworker, number)
    expect(keyworker.get_by_role("main")).to_contain_text(re.compile("Nobody found|Nobody has exactly"))
    expect(keyworker.get_by_role("cell", name=number, exact=True)).to_have_count(0)


def find_somebody_elses(page):
    """Looks for people whose case a colleague holds until one is nobody's work but his; the number of that one.

    Somebody waiting for triage, and a case that was one's own until lately, open without a word.
    """
    page.goto("/caseload/?worker=all&sort=-worker")
    rows = page.locator("tbody tr").filter(has_not_text=re.compile("Kerry Testwright|Not allocated"))
    for number in [re.search(r"A\d{4}[A-Z]{2}", text)[0] for text in rows.all_inner_texts()]:
        find(page, number)
        page.wait_for_url(re.compile(r"/people/\d+/"))
        if page.get_by_label("Why do you open this record?").count():
            break
    return number


def find(page, text):
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Find a person").click()
    page.get_by_role("main").get_by_role("textbox").first.fill(text)
    page.keyboard.press("Enter")


def restrict(page):
    page.get_by_role("link", name="Details", exact=True).click()
    page.get_by_role("button", name="Restrict this record").click()
    page.get_by_label("Relative or friend of staff").check()
    page.get_by_label("The reason in words").fill("Brother of an officer.")
    page.get_by_role("button", name="Restrict the record").click()
    expect(page.get_by_role("main")).to_contain_text("is restricted to those who are named")
