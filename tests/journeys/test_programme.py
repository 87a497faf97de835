"""A programme of six sessions, from the waiting list to the certificate; and a room that two want at the same moment."""

import io
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from casework import audit, context
from casework.models import Alert, CustodySpell, Prison, User
from interventions.models import Enrolment, GroupSession, Seat

NAME, SERIES, ROOM = "Staying well", "Staying well at weekends", "Recovery group room 1 (holds 24)"
WEEKS = 4  # that pass between the planning and the registers
WAIT = 20  # seconds for both requests to reach the database


@pytest.fixture
def in_house(house, django_db_blocker):
    """Begin something in the database of the house, as the system and beside the browser: what will come of it."""

    def acting(act, *given):
        try:
            with context.acting(User.objects.system()):
                return act(*given)
        finally:
            connection.close()

    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as beside:
        yield lambda act, *given: beside.submit(acting, act, *given)


def long_here():
    """Keys and numbers of three who have been here for long, against whom nothing stands and who are in no group."""
    stays = CustodySpell.objects.current().filter(received_on__lt=timezone.localdate() - timedelta(days=45))
    stays = stays.filter(off_roll_on=None, locations__until_at=None, locations__wing__kind="GENERAL")
    stays = stays.exclude(person__in=Alert.objects.open().values("person"))
    stays = stays.exclude(person__in=Seat.objects.values("person")).exclude(
        person__in=Enrolment.objects.values("person")
    )
    return list(stays.order_by("pk").values_list("person", "person__number")[:3])


def told(what):
    """The trail is told what was prepared past the pages."""
    audit.record(by=User.objects.system(), action=f"journey.{what}", prison=Prison.objects.get(code="LPI"))


def newcomer():
    """Somebody joins the team who does not plan rooms and groups, and so is told no names of those who are kept apart."""
    worker = User.objects.get(username="keyworker")
    worker.pk, worker.username, worker.email, worker.full_name = (
        None,
        "newcomer",
        "newcomer@wingwalk.example",
        "Nia Newcomer",
    )
    worker.duties = []
    worker._state.adding = True
    worker.save()
    told("newcomer")


def weeks_pass():
    """What was planned for this programme lies in the past, as if the weeks had gone by."""
    with connection.cursor() as cursor:
        back = f"interval '{WEEKS} weeks'"
        cursor.execute(
            f"UPDATE interventions_groupsession SET period = tstzrange(lower(period) - {back}, upper(period) - {back}) "
            "WHERE name LIKE %s AND lower(period) > now()",
            [f"{SERIES}%"],
        )
    told("weeks_passed")


def test_a_programme_from_the_waiting_list_to_the_certificate(sign_in, in_house):
    (key, first), (_, apart), (_, second) = in_house(long_here).result()
    in_house(newcomer).result()
    planner, page = sign_in("officer"), sign_in("newcomer")
    keep_apart(planner, key, apart)
    add_programme(sign_in("manager"))
    page.goto("/programmes/")
    page.get_by_role("link", name=NAME, exact=True).click()
    page.wait_for_url("**/programmes/*/")
    programme = page.url
    series = put_down_series(page)

    graduate, quits = (enrol(page, programme, number) for number in [first, second])
    refuse_who_is_kept_apart(page, planner, enrol(page, programme, apart))
    in_house(weeks_pass).result()
    sessions = write_registers(page, series, first, second)
    stop(page, quits)
    cannot_graduate_yet(page, graduate)
    catch_up(page, sessions[2], first)
    in_house(weeks_pass).result()
    page.goto(series)
    page.locator("tbody tr", has_text="catch-up").get_by_role("link").click()
    page.wait_for_url("**/groups/*/")
    write(page, page.url, {first: "TOOK_PLACE"})
    graduate_with_a_certificate(page, graduate, first)

    page.goto(f"{programme}?show=completed")
    expect(page.locator("tbody tr", has_text=first)).to_contain_text("6 of 6")
    page.goto(f"{programme}?show=ended")
    expect(page.locator("tbody tr", has_text=second)).to_contain_text("Missed too many sessions")


def keep_apart(page, one, other):
    page.goto(f"/people/{one}/keep-apart/")
    give_reason(page)
    page.get_by_label("Prison number of the other person").fill(other)
    page.locator("input[name=scope]").first.check()
    page.locator("input[name=reason]").first.check()
    page.get_by_label("Who said so?").fill("SO Sample")
    with page.expect_navigation():
        page.get_by_role("button", name="Keep them apart").click()


def add_programme(page):
    page.goto("/settings/programmes/add/")
    page.get_by_label("What is it called?").fill(NAME)
    page.get_by_label("How many sessions has it?").fill("6")
    page.get_by_label("How many must somebody attend to complete it?").fill("6")
    page.get_by_label("Those who complete it get a certificate").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Add programme").click()
    expect(page.get_by_role("heading", name=f"Wings that have {NAME}")).to_be_visible()


def put_down_series(page):
    """Six sessions on Saturdays and Sundays, when the team does not work otherwise; the address of the series."""
    page.goto("/groups/series/")
    page.get_by_role("button", name="Put down a series").first.click()
    page.get_by_label("What is it called?").fill(SERIES)
    page.get_by_label("Part of a programme?").select_option(label=NAME)
    page.get_by_label("In which room?").select_option(label=ROOM)
    for day in ["Saturday", "Sunday"]:
        page.get_by_label(day).check()
    page.get_by_label("From which day?").fill(f"{tomorrow():%-d/%-m/%Y}")
    page.get_by_label("How many sessions?").fill("6")
    page.get_by_label("How many people at most?").fill("8")
    page.get_by_role("button", name="Put it in the diary").click()
    expect(page.get_by_role("heading", name=SERIES)).to_be_visible()
    assert page.locator("tbody tr").count() == 6
    return page.url


def tomorrow():
    return date.today() + timedelta(days=1)


def enrol(page, programme, number):
    """Proposed, accepted, seen on the waiting list, and asked to be given a place; the address of the enrolment."""
    page.goto(programme)
    page.get_by_role("button", name="Propose somebody").click()
    page.get_by_label("Prison number").fill(number)
    page.get_by_role("button", name="Go on").click()
    give_reason(page)
    page.wait_for_url("**/groups/propose/*")
    expect(page.get_by_label(NAME)).to_be_checked()
    page.get_by_label("Why would it suit this person?").fill("Wants to stay stopped.")
    page.get_by_role("button", name="Propose", exact=True).click()
    page.wait_for_url("**/enrolments/*/")
    enrolment = page.url
    page.get_by_role("button", name="Decide").click()
    page.get_by_label("What was decided, and why?").fill("Talked it through.")
    page.get_by_role("button", name="Put on the waiting list").click()
    page.wait_for_url(enrolment)
    page.goto(programme)
    expect(page.locator("tbody tr", has_text=number)).to_contain_text("Waiting")
    page.goto(enrolment)
    give_a_place(page)
    return enrolment


def give_reason(page):
    """Whose record it is not his work to open is asked why."""
    page.wait_for_url(re.compile("/people/"))
    if "/reason/" in page.url:
        page.get_by_label("Why do you open this record?").fill("Asked on the landing to join the programme.")
        page.get_by_role("button", name="Open the record").click()


def give_a_place(page):
    page.get_by_role("button", name="Give a place").click()
    page.get_by_label(re.compile(f"^{SERIES}")).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Give the place").click()


def refuse_who_is_kept_apart(page, planner, enrolment):
    """The worker is not told from whom; whoever plans the groups is."""
    refusal = page.locator(".govuk-error-summary")
    expect(refusal).to_contain_text("Cannot be in this room with somebody who is expected. Ask who plans the groups.")
    assert "kept apart from" not in page.content()
    planner.goto(enrolment)
    give_reason(planner) if "/reason/" in planner.url else None
    give_a_place(planner)
    expect(planner.locator(".govuk-error-summary")).to_contain_text("Is kept apart from")
    planner.goto(enrolment)
    expect(planner.locator(".govuk-summary-list")).to_contain_text("Waiting")


def write_registers(page, series, first, second):
    """One misses the third session, the other comes to two only; the addresses of the six."""
    page.goto(series)
    sessions = [link.get_attribute("href") for link in page.locator("tbody tr td a").all()]
    assert len(sessions) == 6
    for number, session in enumerate(sessions, start=1):
        marks = {first: "REGIME_NOT_UNLOCKED" if number == 3 else "TOOK_PLACE"}
        write(page, session, {**marks, second: "TOOK_PLACE" if number < 3 else "PERSON_REFUSED"})
    return sessions


def write(page, session, marks):
    page.goto(session)
    page.get_by_role("button", name="Register", exact=True).click()
    page.wait_for_url("**/register/")
    for number, mark in marks.items():
        page.locator("tbody tr", has_text=number).locator("select").select_option(mark)
    with page.expect_navigation():
        page.get_by_role("button", name="Save and close").click()
    expect(page.get_by_text("The register is closed.", exact=False)).to_be_visible()


def stop(page, enrolment):
    """Whoever came has begun, so the reasons are those for not completing it."""
    page.goto(enrolment)
    expect(page.locator(".govuk-summary-list")).to_contain_text("Attending")
    page.get_by_role("button", name="End it").click()
    page.get_by_label("Why?").select_option(label="Missed too many sessions")
    page.get_by_role("button", name="End it").click()
    page.wait_for_url(enrolment)
    expect(page.locator(".govuk-summary-list")).to_contain_text("Not completed")


def cannot_graduate_yet(page, enrolment):
    page.goto(enrolment)
    page.get_by_role("button", name="Graduate").click()
    expect(page.get_by_text("Missed and not caught up with: session 3", exact=False)).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Graduate").click()
    refusal = page.locator(".govuk-error-summary")
    expect(refusal).to_contain_text("5 of the 6 sessions needed, 1 more to attend or catch up with")


def catch_up(page, session, number):
    page.goto(session)
    page.get_by_role("link", name="Plan a catch-up").click()
    page.get_by_label(re.compile(number)).check()
    saturday = tomorrow() + timedelta(days=(5 - tomorrow().weekday()) % 7)
    page.get_by_label("On which day?").fill(f"{saturday:%-d/%-m/%Y}")
    page.get_by_label("In which part of the day?").select_option(label="PM, 13:30 to 16:30")
    page.get_by_role("button", name="Put it in the diary").click()
    expect(page.get_by_role("heading", name=f"{SERIES}: catch-up")).to_be_visible()


def graduate_with_a_certificate(page, enrolment, number):
    """The certificate is one sheet with the name that is wanted, what was completed and nothing else about the person."""
    page.goto(enrolment)
    page.get_by_role("button", name="Graduate").click()
    page.get_by_label("Which name goes on the certificate?").fill("Zoë O’Testwright")
    page.get_by_role("button", name="Graduate").click()
    page.wait_for_url(enrolment)
    expect(page.locator(".govuk-summary-list")).to_contain_text("Completed")
    page.get_by_role("button", name="Certificate").click()
    page.wait_for_url("**/certificate/")
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    text = sheets[0].extract_text()
    assert len(sheets) == 1
    assert [words in text for words in ["Zoë O’Testwright", NAME, "a programme of 6 sessions"]] == [True] * 3
    assert number not in text


# A room


def test_a_room_that_two_want_at_the_same_moment_is_had_by_one(sign_in, in_house):
    """Both requests wait in the database at the same time; PostgreSQL lets one have the room and refuses the other."""
    pages = [sign_in(name) for name in ["keyworker", "officer"]]
    for number, page in enumerate(pages, start=1):
        ask_for_room(page, f"Chess club {number}")

    ready = Event()
    waiting = in_house(hold, ready)
    assert ready.wait(WAIT)
    for page in pages:
        page.get_by_role("button", name="Put it in the diary").click(no_wait_after=True)
    assert waiting.result() == 2
    for page in pages:
        page.wait_for_function("() => window.asked === undefined")
        page.wait_for_load_state()
    won = [page for page in pages if re.search(r"/groups/\d+/$", page.url)]
    (lost,) = [page for page in pages if page not in won]
    assert len(won) == 1
    expect(won[0].get_by_role("heading", level=1)).to_contain_text("Chess club")
    had = won[0].get_by_role("heading", level=1).inner_text()
    said = f"Recovery group room 2 is taken on {sunday():%A %-d %B}, 18:30 to 19:30, by {had}."
    expect(lost.locator(".govuk-form-group--error", has_text="In which room?")).to_contain_text(said)
    assert lost.get_by_label("What is it called?").input_value().startswith("Chess club")
    assert lost.get_by_label("What is it called?").input_value() != had


def sunday():
    return tomorrow() + timedelta(days=(6 - tomorrow().weekday()) % 7)


def ask_for_room(page, name):
    page.goto("/groups/make/")
    page.get_by_label("What is it called?").fill(name)
    page.get_by_label("In which room?").select_option(label="Recovery group room 2 (holds 22)")
    page.get_by_label("On which day?").fill(f"{sunday():%-d/%-m/%Y}")
    page.get_by_label("In which part of the day?").select_option(label="ED, 18:30 to 19:30")
    page.evaluate("() => { window.asked = true }")


def hold(ready):
    """Be the one who plans until two others wait; how many did."""
    GroupSession.objects.one_at_a_time(Prison.objects.get(code="LPI").pk)
    ready.set()
    count, until = 0, time.monotonic() + WAIT
    while count < 2 and time.monotonic() < until:
        time.sleep(0.1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            count = cursor.fetchone()[0]
    return count
