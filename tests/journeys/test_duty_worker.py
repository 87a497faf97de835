"""A day of the duty worker, by keyboard alone: take, go in vain, let rest, see, open a case, decline; ask somebody again."""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.journeys.conftest import asked
from tests.journeys.keys import choose, press, write


def test_duty_worker_goes_through_the_queue_by_keyboard(sign_in):
    kay, ola = sign_in("keyworker"), sign_in("officer")
    name = take_one(kay)
    assert is_told_who_has_it(ola, kay_has=name)
    open_referral(kay, name)
    go_in_vain(kay)
    rest_and_resume(kay)
    see(kay)
    open_case(kay, name)
    decline_one(ola)
    ask_again(ola)
    who_waited(ola)


def front_door(page):
    page.goto("/")
    press(page, "^Front door$")


def take_one(page):
    front_door(page)
    name = press(page, "^Take .+").removeprefix("Take ")
    expect(page.get_by_role("main")).to_contain_text(f"You have taken the referral of {name}.")
    return name


def is_told_who_has_it(page, kay_has):
    front_door(page)
    row = page.get_by_role("row").filter(has_text=backwards(kay_has))
    expect(row).to_contain_text("Taken by duty:")
    expect(row.get_by_role("button")).to_have_count(0)
    row.get_by_role("link", name=re.compile("^Triage")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("has this referral since")
    return True


def backwards(name):
    """A name as lists show it: where it is parted only the record knows (de la Muestra, St Example)."""
    parted = "SELECT surname || ', ' || forenames FROM casework_person WHERE forenames || ' ' || surname = %s"
    return asked(parted, name)[0][0]


def open_referral(page, name):
    front_door(page)
    press(page, f"^{re.escape(backwards(name))}$")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Referral of")


def go_in_vain(page):
    press(page, "^Went to see$")
    choose(page, "Not unlocked")
    write(page, "Anything to add", "Staff short")
    press(page, "^Save$")
    expect(page.get_by_role("main")).to_contain_text("Went to see: not unlocked")


def rest_and_resume(page):
    press(page, "^Put on hold$")
    choose(page, "At court")
    write(page, "On which day does it come back", "1/1/2020")
    press(page, "^Put it on hold$")
    expect(page.get_by_role("alert")).to_contain_text("Choose a day after today.")
    expect(page.get_by_role("radio", name="At court")).to_be_checked()
    write(page, "On which day does it come back", in_days(3))
    press(page, "^Put it on hold$")
    expect(page.get_by_role("main")).to_contain_text("On hold until")
    press(page, "^Take off hold$")
    expect(page.get_by_role("main")).to_contain_text("is off hold")
    expect(page.get_by_role("main")).to_contain_text("Taken by duty")


def in_days(count):
    return f"{date.today() + timedelta(days=count):%d/%m/%Y}"


def see(page):
    press(page, "^Went to see$")
    choose(page, re.compile("^Seen"))
    press(page, "^Save$")
    expect(page.get_by_role("main")).to_contain_text("Seen, outcome to come.")


def open_case(page, name):
    press(page, "^Triage$")
    write(page, "What does the person need", "Somebody to talk to, and a plan for the day of release.")
    press(page, "^Save the triage$")
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(f"{re.escape(name)}: (case opened|already on the caseload)")
    )


def decline_one(page):
    front_door(page)
    press(page, "^Triage .+")
    choose(page, "Person declined")
    write(page, "What does the person need", "Not now, he says.")
    press(page, "^Save the triage$")
    expect(page.get_by_role("main")).to_contain_text("person declined")


def ask_again(page):
    front_door(page)
    press(page, "^Offer again$")
    due = page.get_by_role("row").count()
    press(page, "^Record the answer")
    choose(page, re.compile("^Wants to be seen"))
    press(page, "^Save$")
    expect(page.get_by_role("main")).to_contain_text("a new referral waits for triage")
    assert page.get_by_role("row").count() in (due - 1, 0)


def who_waited(page):
    press(page, "^Who waited$")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Who waited on")
    number = press(page, "people are waiting|person is waiting").split()[0]
    expect(page.get_by_role("main")).to_contain_text(f"{number} referral")
