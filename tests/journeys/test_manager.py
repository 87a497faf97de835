"""A day of the manager: the cases of somebody who is away, a case against the proposal, its rest and its end, a returner."""

import re
from datetime import date

import psycopg
from django.conf import settings
from playwright.sync_api import expect

from tests.journeys.conftest import HOUSE
from tests.journeys.keys import choose, pick, press, write


def test_manager_spreads_the_cases_of_somebody_who_is_away(sign_in):
    page = sign_in("manager")
    away = name_of_the_absent(page)
    count = open_cases_of(page, away)
    first = main(page).locator("tbody tr").first
    person, taker = first.get_by_role("checkbox"), first.get_by_role("combobox")
    name, proposed = page.locator(f"label[for={person.get_attribute('id')}]").inner_text(), chosen(taker)
    other = another(taker, apart_from=proposed)
    taker.select_option(label=other)
    page.get_by_role("button", name="Save them all").click()

    expect(page.get_by_role("alert")).to_contain_text(f"For {name} you chose somebody else than proposed. Say why.")
    assert chosen(taker) == other
    write(page, "why\\?", "Speaks his language")
    press(page, "^Save them all$")
    expect(main(page)).to_contain_text(f"{count} cases have a new worker")
    expect(main(page)).not_to_contain_text(f"{away} is away until")
    pick(page, "^Held by$", away)
    press(page, "^Show$")
    expect(main(page)).to_contain_text(re.compile(r"\b(0 open cases\.|(\d+) open cases?, \2 of them as co-worker)"))


def test_manager_allocates_against_the_proposal_lets_a_case_rest_and_closes_it(sign_in):
    page = sign_in("manager")
    open_a_case_in_plan(page)
    who = allocate_to_another(page)
    expect(main(page)).to_contain_text("Speaks his language")
    expect(main(page).get_by_role("row").filter(has_text="Speaks his language")).to_contain_text(who)
    rest_and_resume(page)
    close(page)


def test_manager_reads_the_old_case_of_a_returner(sign_in):
    page = sign_in("manager")
    page.goto("/")
    press(page, "^Find a person$")
    write(page, "^Name or prison number", number_of_a_returner())
    press(page, "^Find$")
    press(page, "^Details$")
    press(page, "^the previous case$")

    expect(main(page)).to_contain_text("This case is closed and can be read.")
    expect(main(page)).to_contain_text("Case closed:")
    for name in ["Suspend", "Resume", "Begin closing", "Close the case", "Allocate the case", "Start a strand"]:
        expect(main(page).get_by_role("button", name=name)).to_have_count(0)
    press(page, "^opened ")
    expect(main(page)).to_contain_text("Previous case")


def main(page):
    return page.get_by_role("main")


def caseload(page):
    page.goto("/")
    press(page, "^Caseload$")


def name_of_the_absent(page):
    caseload(page)
    told = main(page).get_by_text(re.compile("is away until .* and holds .* open case")).first.inner_text()
    return told.split(" is away until")[0]


def open_cases_of(page, worker):
    press(page, f"^Reallocate them: the cases of {worker}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Reallocate the cases of {worker}")
    expect(page.get_by_label("Why do these cases move?")).to_have_value(re.compile("^Away until "))
    return main(page).locator("tbody tr").count()


def chosen(field):
    return field.evaluate("field => field.selectedOptions[0].innerText")


def another(field, *, apart_from):
    """Somebody else in the list who could take the case: neither away nor its holder."""
    offered = [one.inner_text() for one in field.locator("option").all()][1:]
    return next(one for one in offered if one != apart_from and "away until" not in one and "holds it now" not in one)


def open_a_case_in_plan(page):
    caseload(page)
    pick(page, "^Stage$", "In plan")
    press(page, "^Show$")
    press(page, "^In plan: the case of")
    expect(main(page)).to_contain_text("Life of the case, newest first")


def allocate_to_another(page):
    press(page, "^Allocate the case$")
    proposed = main(page).get_by_text(re.compile("^Suggested: ")).locator("strong").inner_text()
    field = page.get_by_label("Who will hold the case?")
    offered = [one.inner_text() for one in field.locator("option").all()][1:]
    proposed = next(one for one in offered if one.startswith(proposed))
    other = another(field, apart_from=proposed)
    pick(page, "^Who will hold the case", other.split(" (")[0])
    press(page, "^Allocate$")
    expect(page.get_by_role("alert")).to_contain_text("is suggested. Say why it shall be")
    assert chosen(field) == other
    write(page, "^Why", "Speaks his language")
    press(page, "^Allocate$")
    who = other.split(" (")[0]
    expect(main(page)).to_contain_text(f"{who} now holds the case")
    return who


def rest_and_resume(page):
    press(page, "^Suspend$")
    choose(page, "In hospital")
    write(page, "What else should colleagues know", "Back on Friday")
    press(page, "^Suspend the case$")
    expect(main(page)).to_contain_text("Suspended, in hospital since")
    press(page, "^Resume$")
    press(page, "^Resume the case$")
    expect(main(page)).to_contain_text("The case is resumed")
    expect(main(page).locator(".ww-person__facts")).to_contain_text("In plan")


def close(page):
    press(page, "^Begin closing$")
    write(page, "Why is it coming to its end", "The plan is done")
    press(page, "^Begin closing$")
    expect(main(page)).to_contain_text("Closing since")
    press(page, "^Close the case$")
    choose(page, "Work completed")
    write(page, "When did it close", "1/1/2020")
    press(page, "^Close the case$")
    expect(page.get_by_role("alert")).to_contain_text("A case closes on or after the day it was opened")
    expect(page.get_by_role("radio", name="Work completed")).to_be_checked()
    write(page, "When did it close", f"{date.today():%d/%m/%Y}")
    press(page, "^Close the case$")
    expect(main(page)).to_contain_text("This case is closed and can be read.")


def number_of_a_returner():
    where = settings.DATABASES["default"]
    login = {"host": where["HOST"], "port": where["PORT"], "user": "postgres", "dbname": HOUSE}
    asked = (
        "SELECT person.number FROM casework_case AS now JOIN casework_person AS person ON person.id = now.person_id"
        " JOIN casework_case AS old ON old.id = now.previous_id WHERE now.closed_on IS NULL AND old.closed_on IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM casework_restriction AS r WHERE r.person_id = person.id) ORDER BY now.id"
    )
    with psycopg.connect(**login) as connection:
        return connection.execute(asked).fetchone()[0]
