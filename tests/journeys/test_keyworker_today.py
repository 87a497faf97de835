"""A day that begins with Today, by keyboard alone: an assessment in two goes, a questionnaire, a session, a change taken note of."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.conftest import ROOT
from tests.journeys.conftest import HOUSE, violations
from tests.journeys.keys import pick, press, tab_to, write

ROOM = "Room of the journey"
ONE_TO_ONE = "Structured one-to-one"
NOT_WRITTEN_UP = "Your sessions that are over and not written up"
LEFT_TO_ANSWER = [
    "Done",
    "4 to be answered",
    "3 to be answered",
    "3 to be answered",
    "1 to be answered",
    "4 to be answered",
]


@dataclass(frozen=True)
class Somebody:
    """Whom the journey is about. ``list_name``: as lists have it."""

    pk: int
    number: str
    name: str
    list_name: str


@pytest.fixture
def page(sign_in):
    page = sign_in("keyworker")
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_keyworker_works_through_the_day_from_today(page, sign_in):
    person = somebody_to_see()
    begin_an_assessment(page, person)
    go_on_with_it_and_complete_it(page, person)
    ask_how_the_person_feels(page)
    assert violations(page) == []
    at = plan_a_session(page)
    write_it_up_from_today(page, person, at)
    note_a_notice(sign_in("manager"), f"/people/{person.pk}/")
    take_note_of_the_change(page, person)


def somebody_to_see():
    """Somebody whose case the keyworker holds, who is here: nothing is begun, asked or noted that the journey begins, asks or notes."""
    asked = """
        SELECT person.id, person.number, person.forenames, person.surname
        FROM casework_case AS held
        JOIN casework_person AS person ON person.id = held.person_id
        JOIN casework_allocation AS now ON now.case_id = held.id AND now.until_at IS NULL
        JOIN casework_user AS worker ON worker.id = now.worker_id AND worker.username = 'keyworker'
        JOIN casework_location AS place ON place.spell_id = held.spell_id AND place.until_at IS NULL
        WHERE held.closed_on IS NULL AND held.closing_from IS NULL AND place.whereabouts = 'IN'
        AND NOT EXISTS (SELECT FROM casework_assessment WHERE case_id = held.id AND completed_at IS NULL)
        AND NOT EXISTS (SELECT FROM casework_score WHERE person_id = person.id AND tool = 'PHQ_9')
        AND NOT EXISTS (SELECT FROM casework_alert
                        WHERE person_id = person.id AND until_at IS NULL AND code = 'WWPAIR')
        AND NOT EXISTS (SELECT FROM casework_restriction WHERE person_id = person.id)
        ORDER BY held.id LIMIT 1"""
    where = settings.DATABASES["default"]
    login = {"host": where["HOST"], "port": where["PORT"], "user": "postgres", "dbname": HOUSE}
    with psycopg.connect(**login) as connection:
        pk, number, forenames, surname = connection.execute(asked).fetchone()
    return Somebody(pk, number, f"{forenames} {surname}", f"{surname}, {forenames}")


def an_hour_passes():
    """The session that the journey planned is over; returns how long that took. It is told to the trail, which explains every change."""
    done = f"""
from datetime import timedelta
from casework import audit, context
from casework.models import User
from interventions.models import Appointment
system = User.objects.system()
with context.acting(system):
    planned = Appointment.objects.get(place="{ROOM}")
    planned.at -= timedelta(hours=1)
    planned.save()
    audit.record(by=system, action="appointment.moved", target=planned)"""
    environment = {**os.environ, "WINGWALK_DATABASE": HOUSE, "WINGWALK_LOGIN": "worker"}
    command = [sys.executable, ROOT / "manage.py", "shell", "--no-imports", "-c", done]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
    return timedelta(hours=1)


def main(page):
    return page.get_by_role("main")


def today(page):
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def find(page, number):
    today(page)
    press(page, "^Find a person$")
    write(page, "^Name or prison number", number)
    press(page, "^Find$")


def rows(page, caption):
    """A table as it is read: the words of each cell."""
    found = page.get_by_role("table", name=caption, exact=True).locator("tbody tr").all()
    return [
        [" ".join(cell.inner_text().split()).replace(" :", ":") for cell in row.locator("th, td").all()]
        for row in found
    ]


def problems(page):
    return page.get_by_role("alert").get_by_role("listitem").all_inner_texts()


def day(on=None):
    on = on or date.today()
    return f"{on.day} {on:%b %Y}"


# The assessment


def begin_an_assessment(page, person):
    find(page, person.number)
    press(page, "^Assessments$")
    press(page, "^Begin a comprehensive assessment$")
    press(page, "^Begin$")
    choose_in(page, "uses", "Yes")
    pick(page, "^Substance$", "Heroin")
    pick(page, "^How it is taken$", "Smoked")
    pick(page, "^How often before custody$", "Every day")
    pick(page, "^How often now$", "Not used")
    write(page, "^How did it begin", "With friends, at nineteen.")
    press(page, "^Save and come back later$")
    assert standings(page) == LEFT_TO_ANSWER


def go_on_with_it_and_complete_it(page, person):
    find(page, person.number)
    press(page, "^Assessments$")
    press(page, "^Go on with the comprehensive assessment$")
    assert rows(page, "Which, the main one first?") == [
        ["1. Heroin", "Smoked or vaped", "Not known", "Every day", "Not used"]
    ]
    press(page, "^Complete the assessment$")
    assert problems(page) == ["15 questions have to be answered first, such as “Has the person ever injected?”"]
    press(page, "^Answer section 2")
    answer(page, injected="No", bbv="Yes", overdose_ever="No", witnessed="No")
    answer(page, physical="Well enough.", mental="Low at night.", treated="No")
    answer(page, housing="With family or friends", people="His mother.", children="No")
    answer(page, linked="Partly")
    answer(page, goal="Stay off", ready="7", strengths="Work.", summary="One-to-one work first.")
    assert standings(page) == ["Done"] * 6
    press(page, "^Complete the assessment$")
    expect(main(page)).to_contain_text("The assessment is completed")
    press(page, "^Back to the assessments$")
    done = ["Comprehensive assessment begun on", "Completed", day(), "Kerry Testwright", "comprehensive-2"]
    newest = rows(page, "Assessments, newest first")[0]
    assert [newest[0][: len(done[0])], *newest[1:]] == done


def standings(page):
    return main(page).locator("h2 .govuk-tag").all_inner_texts()


def answer(page, **answers):
    """One page of questions, each by the name of its field."""
    for name, words in answers.items():
        field = page.locator(f"[name={name}]").first
        if field.get_attribute("type") == "radio":
            choose_in(page, name, words)
        else:
            tab_to(page, "", among=f"[name={name}]")
            page.keyboard.type(words)
    press(page, "^Save and go on$")


def choose_in(page, name, words):
    """One of the radios with this name: Tab to the group, then the arrow keys."""
    radio = page.locator(f"[name={name}]").and_(page.get_by_role("radio", name=words, exact=True))
    tab_to(page, "", among=f"[name={name}]")
    page.keyboard.press("Space")
    for _ in range(12):
        if radio.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"The keys do not lead to {words} of {name} on {page.url}")


# The questionnaire


def ask_how_the_person_feels(page):
    ask(page, "Several days")
    expect(page.get_by_role("group", name="Question 9: safer custody")).to_be_visible()
    press(page, "^Save and score$")
    assert problems(page) == ["Question 9 speaks of self-harm. Tell safer custody, or say why you did not."]
    choose_in(page, "told", "No")
    press(page, "^Save and score$")
    assert problems(page) == ["Say why safer custody was not told."]
    write(page, "^Why not", "An ACCT is open, and they asked us to ask him.")
    press(page, "^Save and score$")
    assert facts(page)["Score"] == "9 of 27: Mild"
    assert facts(page)["Safer custody"] == "Not told: An ACCT is open, and they asked us to ask him."
    press(page, "^Back to the assessments$")
    now = datetime.now(ZoneInfo("Europe/London"))
    ask(page, "Not at all")
    choose_in(page, "q9", "Several days")
    choose_in(page, "told", "Yes")
    write(page, "^Who was told", "Orderly officer")
    write(page, "^On which day", f"{now:%d/%m/%Y}")
    write(page, "^At what time", f"{now:%H:%M}")
    press(page, "^Save and score$")
    assert facts(page)["Safer custody"] == f"Orderly officer was told on {now.day} {now:%B %Y, %H:%M}"
    press(page, "^PHQ-9 over time$")
    chart = page.get_by_role("img", name="PHQ-9 over time")
    assert chart.locator("circle title").all_text_contents() == [f"{now.day} {now:%B %Y}: {total}" for total in (9, 1)]
    assert rows(page, "PHQ-9: scores, newest first") == [
        [f"{day()}: PHQ-9", "1 of 27", "Minimal Safer custody told", "Kerry Testwright"],
        [f"{day()}: PHQ-9", "9 of 27", "Mild Safer custody not told", "Kerry Testwright"],
    ]


def ask(page, words):
    """PHQ-9 with the same answer to every question; what safer custody is told is not asked before."""
    press(page, "^PHQ-9$")
    expect(page.get_by_role("group", name="Question 9: safer custody")).to_be_hidden()
    for number in range(1, 10):
        choose_in(page, f"q{number}", words)


def facts(page):
    """A list of facts as it is read."""
    keys, values = page.locator("main dt").all_inner_texts(), page.locator("main dd").all_inner_texts()
    return {key: " ".join(value.split()) for key, value in zip(keys, values, strict=False)}


# The session


def plan_a_session(page):
    """In the diary for two minutes from now; the moment that stands there."""
    at = datetime.now(ZoneInfo("Europe/London")).replace(second=0) + timedelta(minutes=2)
    tab_to(page, "^Sessions$", among="[aria-label='About this person'] a")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(page, "^Plan a session$")
    pick(page, "^What kind of session", ONE_TO_ONE)
    write(page, "^When", f"{at:%d/%m/%Y %H:%M}")
    write(page, "^Where", ROOM)
    press(page, "^Plan the session$")
    if problems(page):  # Whatever the invented day has at this hour.
        tab_to(page, "^Plan it all the same")
        page.keyboard.press("Space")
        press(page, "^Plan the session$")
    expect(main(page)).to_contain_text(f"{ONE_TO_ONE} planned for {at:%A} {at.day} {at:%B} at {at:%H:%M}.")
    return at


def write_it_up_from_today(page, person, at):
    link = f"Write up the session with {person.name} at"
    today(page)
    planned = [
        f"{at:%H:%M}",
        person.list_name,
        ONE_TO_ONE,
        ROOM,
        f"Planned {link.replace('Write up', 'Open')} {at:%H:%M}",
    ]
    assert sessions(page, "Your sessions today") == [planned]
    at -= an_hour_passes()
    today(page)
    owed = [f"{at:%a} {at.day} {at:%b, %H:%M}", *planned[1:4], f"Not written up {link} {at:%H:%M}"]
    assert sessions(page, NOT_WRITTEN_UP) == [owed]
    press(page, f"^{link} {at:%H:%M}$")
    write(page, "^What happened", "Spoke of the weekend.")
    press(page, "^Save$")
    expect(main(page)).to_contain_text(f"{ONE_TO_ONE} with {person.name} saved.")
    held = [f"{day(at)}, {at:%H:%M}", ONE_TO_ONE, "Took place", "45", "Kerry Testwright", "Spoke of the weekend."]
    assert held in rows(page, "Sessions, newest first")
    today(page)
    assert sessions(page, NOT_WRITTEN_UP) == []


def sessions(page, caption):
    return [row for row in rows(page, caption) if ROOM in row]


# The change


def note_a_notice(page, address):
    """A colleague writes down what security says."""
    page.goto(f"{address}alerts/note/")
    page.get_by_label("See in pairs").check()
    page.get_by_label("Who said so?").fill("SO Stencil, security")
    page.get_by_role("button", name="Note it").click()
    expect(main(page)).to_contain_text("The notice was noted")


def take_note_of_the_change(page, person):
    today(page)
    count = int(press(page, "changes to take note of: see the records$").split()[0])
    row = main(page).get_by_role("row").filter(has_text=person.number).filter(has_text="New notice: See in pairs")
    while not row.count():
        press(page, "^Later changes$")
    tab_to(page, f"^Acknowledge: {re.escape(person.name)}, New notice: See in pairs$")
    page.keyboard.press("Space")
    press(page, "^Acknowledge those ticked$")
    expect(main(page)).to_contain_text("1 change acknowledged")
    expect(main(page)).to_contain_text(f"{count - 1} change{'' if count == 2 else 's'} to acknowledge for the people")
    expect(row).to_have_count(0)
