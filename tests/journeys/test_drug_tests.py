"""A month of drug tests, by keyboard alone: the list written down, what came of it recorded, the figures read by a colleague."""

import re
from datetime import date

import psycopg
from django.conf import settings
from playwright.sync_api import expect

from tests.journeys.conftest import HOUSE, violations
from tests.journeys.keys import pick, press, tab_to, write

# Nobody is on a list for the next month yet, whatever the day is: a small one is drawn for it.
HERE = """
    SELECT p.number FROM casework_custodyspell s JOIN casework_person p ON p.id = s.person_id
    WHERE s.ended_at IS NULL AND s.off_roll_on IS NULL AND s.received_on < %s
      AND NOT EXISTS (SELECT FROM casework_restriction r WHERE r.person_id = p.id AND r.lifted_at IS NULL)
    ORDER BY p.number LIMIT %s
"""


def test_a_month_of_drug_tests_by_keyboard(sign_in):
    officer, kay = sign_in("officer"), sign_in("keyworker")
    draw_the_next_list(officer, numbers_here(5))
    before = figures(kay)
    record_what_waits(officer)
    add_others(officer, numbers_here(2))
    assert figures(kay) != before
    knows_no_names(kay)


def numbers_here(count):
    where = settings.DATABASES["default"]
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=HOUSE) as database:
        return [number for (number,) in database.execute(HERE, [date.today().replace(day=1), count]).fetchall()]


def lists(page):
    page.goto("/tests/")
    press(page, "^Lists and results$")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Drug tests: lists and results")


def draw_the_next_list(page, numbers):
    """Three people are five percent of sixty; of the reserve two lines are filled."""
    lists(page)
    press(page, f"^{next_month():%B %Y}$")
    press(page, "^Write down the list$")
    write(page, "How many people were held", "60")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Enter the prison number.")
    assert page.locator("[name^=main_]").count() == 3
    page.locator("[name=main_1]").focus()
    for number in numbers[:3]:
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    for number in numbers[3:]:
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("is drawn and fixed.")
    expect(page.get_by_role("row")).to_have_count(6)
    assert violations(page) == []


def next_month():
    today = date.today()
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def figures(page):
    page.goto("/tests/")
    return page.get_by_role("main").inner_text()


def record_what_waits(page):
    """A refusal, somebody who cannot be tested, and a wrong letter that is told beside its line."""
    press(page, "^Record what came of them$")
    names = [field.get_attribute("name") for field in page.locator("[name^=what_]").all()]
    assert len(names) == 3
    tab_to(page, "", among=f"[name={names[0]}]")
    page.keyboard.type("r")
    page.keyboard.press("Enter")
    page.keyboard.type("x")
    press(page, "^Save these$")
    expect(page.get_by_role("alert")).to_contain_text("“x” says nothing here.")
    tab_to(page, "", among=f"[name={names[1]}]")
    page.keyboard.press("Control+A")
    page.keyboard.type("u1")
    press(page, "^Save these$")
    expect(page.get_by_role("main")).to_contain_text("2 tests were recorded.")
    expect(page.get_by_role("row").filter(has_text=re.compile(r"Called up \d"))).to_have_count(1)
    assert violations(page) == []
    press(page, "^Record what came of them$")
    expect(page.locator("[name^=what_]")).to_have_count(2)


def add_others(page, numbers):
    page.goto("/tests/")
    press(page, "^Add other tests$")
    pick(page, "What kind of test", "Mandatory: risk")
    tab_to(page, "", among="[name=number_1]")
    for number in numbers:
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("2 tests were added.")


def knows_no_names(page):
    page.goto("/tests/")
    expect(page.get_by_role("main")).to_contain_text("Positive")
    expect(page.get_by_role("link", name="Lists and results")).to_have_count(0)
    assert not re.search(r"[A-Z]\d{4}[A-Z]{2}", page.get_by_role("main").inner_text())
    assert page.goto(f"/tests/months/{date.today():%Y-%m}/").status == 403
