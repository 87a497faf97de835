"""Drug tests by keyboard alone: a list typed, a month from the pasted list to its rates, and what a colleague may not know."""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.journeys.conftest import asked, violations
from tests.journeys.keys import choose, pick, press, tab_to, write

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
    return [number for (number,) in asked(HERE, date.today().replace(day=1), count)]


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


# A month that is over and that nobody drew a list for: five places and two reserves, from the list to the rates.
FIRST = "SELECT min(month) FROM interventions_testlist"
UNKNOWN = """
    SELECT p.id, p.number FROM casework_custodyspell s JOIN casework_person p ON p.id = s.person_id
    WHERE s.ended_at IS NULL AND s.off_roll_on IS NULL AND s.received_on < %s
      AND NOT EXISTS (SELECT FROM casework_restriction r WHERE r.person_id = p.id AND r.lifted_at IS NULL)
      AND NOT EXISTS (SELECT FROM casework_case c WHERE c.person_id = p.id)
      AND NOT EXISTS (SELECT FROM referrals_referral r WHERE r.person_id = p.id)
    ORDER BY p.number LIMIT 7
"""


def test_a_month_from_the_pasted_list_to_its_rates(sign_in):
    month = (asked(FIRST)[0][0] - timedelta(days=1)).replace(day=1)
    people = asked(UNKNOWN, month)
    kay, officer = sign_in("keyworker"), sign_in("officer")
    let_random_tests_refer(sign_in("admin"))

    paste_the_list(officer, month, [number for _, number in people])
    saturday = first(month, 5)
    record(officer, month, ["s", "s", "s", "r", "u3"], taken_at=first(month, 0), at_weekend=saturday)
    expect(row(officer, "Reserve 1")).to_contain_text("Called up")
    record(officer, month, {3: "s"}, taken_at=first(month, 0))
    record(officer, month, {0: "n", 1: "p 1 9", 3: "n"})
    explain(officer, month)

    expect(row(officer, "Main 2")).to_contain_text("Cannabis, Synthetic cannabinoids (spice)")
    says(kay, month, positive="25.0 % (1 of 4)", refused="1", weekend="25.0 % (1 of 4)", tested="4.0 % (4 of 100)")
    waits_at_the_front_door(kay, people[1][0])
    put_the_refusal_right(officer, month)
    says(kay, month, positive="25.0 % (1 of 4)", refused="0", weekend="25.0 % (1 of 4)", tested="4.0 % (4 of 100)")
    does_not_know(kay, people[1][0])


def first(month, weekday):
    """The first such day of a month that leaves time for another after it."""
    return month + timedelta(days=(weekday - month.weekday()) % 7)


def row(page, place):
    return page.get_by_role("row").filter(has_text=re.compile(rf"^\s*{place}\b"))


def let_random_tests_refer(page):
    page.goto("/settings/tests/")
    tab_to(page, "Mandatory: random", among="[type=checkbox]")
    page.keyboard.press("Space")
    assert violations(page) == []
    press(page, "^Save the rules$")


def paste_the_list(page, month, numbers):
    page.goto(f"/tests/months/{month:%Y-%m}/")
    press(page, "^Paste the list$")
    write(page, "How many people were held", "100")
    tab_to(page, "Paste the lists", among="textarea")
    page.keyboard.insert_text("\n".join(["Main", *numbers[:5], "Reserve", *numbers[5:]]))
    press(page, "^Check the list$")
    expect(page.get_by_role("main")).to_contain_text("Nothing is wrong with this list. Nothing is kept yet.")
    assert violations(page) == []
    press(page, "^Draw this list$")
    drawn = page.get_by_role("row").filter(has_text=re.compile(r"^\s*(Main|Reserve) \d"))
    expect(drawn).to_have_count(7)


def record(page, month, letters, *, taken_at=None, at_weekend=None):
    """``letters``: by the line of the page; the second sample of the first evening was taken at the weekend."""
    page.goto(f"/tests/months/{month:%Y-%m}/record/")
    letters = dict(enumerate(letters)) if isinstance(letters, list) else letters
    names = [field.get_attribute("name") for field in page.locator("[name^=what_]").all()]
    if taken_at:
        write(page, "When were the samples taken", f"{taken_at:%d/%m/%Y} 09:30")
    for line, letter in letters.items():
        page.locator(f"[name={names[line]}]").focus()
        page.keyboard.type(letter)
        if at_weekend and line == 1:
            page.keyboard.press("Tab")
            page.keyboard.type(f"{at_weekend:%d/%m/%Y} 10:00")
    assert violations(page) == []
    press(page, "^Save these$")
    so_many = "1 test was" if len(letters) == 1 else f"{len(letters)} tests were"
    expect(page.get_by_role("main")).to_contain_text(f"{so_many} recorded.")


def explain(page, month):
    """A positive one that a prescription explains is recorded on its own page."""
    page.goto(f"/tests/months/{month:%Y-%m}/")
    with page.expect_navigation():
        row(page, "Main 3").get_by_role("link").press("Enter")
    choose(page, "Positive, explained by a prescription")
    tab_to(page, "Methadone", among="[type=checkbox]")
    page.keyboard.press("Space")
    write(page, "What was prescribed", "Methadone 40 ml, says the nurse")
    assert violations(page) == []
    press(page, "^Save$")
    expect(row(page, "Main 3")).to_contain_text("Positive, explained by a prescription")


def says(page, month, *, positive, refused, weekend, tested):
    """What the page of the month says in its numbers; the line of the month below says the same."""
    page.goto(f"/tests/?month={month:%Y-%m}")
    line = page.get_by_role("row").filter(has_text=f"{month:%B %Y}").locator("td").all_inner_texts()
    line = [" ".join(words.split()) for words in line]
    assert [line[0], line[3], line[5], line[6]] == [positive, refused, tested, weekend]
    expect(page.get_by_role("main")).to_contain_text("Reserves called up")
    assert violations(page) == []


def waits_at_the_front_door(page, person):
    """The referral says that drug testing asks, and not what was found."""
    page.goto(f"/people/{person}/referrals/")
    expect(page.get_by_role("main")).to_contain_text(re.compile("drug test", re.IGNORECASE))


def put_the_refusal_right(page, month):
    page.goto(f"/tests/months/{month:%Y-%m}/")
    with page.expect_navigation():
        row(page, "Main 4").get_by_role("link").press("Enter")
    press(page, "put it right$")
    choose(page, "Not started")
    write(page, "What was wrong", "He was not asked: it was the man in the next cell")
    assert violations(page) == []
    press(page, "^Put it right$")
    expect(page.get_by_role("table")).to_contain_text("He was not asked")
    assert violations(page) == []


def does_not_know(page, person):
    """Whoever has not the duty sees no result of a person anywhere."""
    assert page.goto(f"/people/{person}/tests/").status == 403
    page.goto(f"/people/{person}/")
    for words in ["Cannabis", "spice", "Positive"]:
        expect(page.get_by_role("main")).not_to_contain_text(words)


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
