"""What somebody types survives: the network goes, the session locks, the way leads back, a colleague is quicker."""

import re

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from tests.journeys.conftest import HOUSE

SAVED = re.compile(r"Saved as a draft at \d\d:\d\d\.$")
WORDS = "Talked about sleep, and about who he will ring on the day."


@pytest.fixture
def page(sign_in):
    page = sign_in("keyworker")
    open_log(page)
    return page


def open_log(page):
    page.goto("/caseload/")
    page.get_by_role("main").get_by_role("rowheader").get_by_role("link").first.click()
    page.get_by_role("button", name="Log a session").click()
    expect(note(page)).to_be_visible()
    discard_all(page)


def discard_all(page):
    while (button := page.get_by_role("button", name=re.compile("^Discard it"))).count():
        button.first.click()


def note(page):
    return page.get_by_label("What happened?")


def status(page):
    return page.locator("[data-draft-status]")


def database():
    where = settings.DATABASES["default"]
    return psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=HOUSE, autocommit=True)


def sessions_recorded():
    with database() as connection:
        return connection.execute("SELECT count(*) FROM interventions_contact").fetchone()[0]


def stored(page):
    """Everything in the browser's storage."""
    return page.evaluate(
        """async () => [{...localStorage}, {...sessionStorage}, await indexedDB.databases(), await caches.keys()]"""
    )


def test_what_is_typed_is_saved_as_a_draft_offered_and_cleared(page):
    address = page.url
    note(page).press_sequentially(WORDS)
    expect(status(page)).to_have_text(SAVED, timeout=6000)
    page.goto("/drafts/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^Session")).first.click()
    expect(note(page)).to_have_value(WORDS)
    expect(page.get_by_role("main")).to_contain_text("This is your unsaved text from")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("saved.")

    page.goto(address)
    expect(note(page)).to_have_value("")
    expect(page.get_by_role("main")).not_to_contain_text("unsaved text")


def test_nothing_rests_in_the_browser_after_typing_going_away_and_coming_back(page):
    before = stored(page)
    note(page).press_sequentially(WORDS)
    expect(status(page)).to_have_text(SAVED, timeout=6000)
    typed = stored(page)
    page.get_by_role("link", name="Wingwalk").click()
    page.wait_for_url("**/")
    left = stored(page)
    page.go_back()
    expect(note(page)).to_be_visible()

    assert [before, typed, left, stored(page)] == [[{}, {}, [], []]] * 4
    page.reload()
    discard_all(page)


def test_what_is_typed_survives_a_lost_connection(page):
    page.route("**/drafts/keep/", lambda route: route.abort())
    note(page).fill(WORDS)
    expect(status(page)).to_have_text("Not connected: your text is still here; trying again.", timeout=6000)

    page.get_by_role("button", name="Save", exact=True).click()  # would lead to the browser's own page of error
    expect(note(page)).to_have_value(WORDS)
    expect(note(page)).to_be_enabled()

    page.unroute("**/drafts/keep/")
    expect(status(page)).to_have_text(SAVED, timeout=20_000)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("saved.")


def test_leaving_with_unsaved_text_is_asked_about_and_back_offers_it(page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    address = page.url
    note(page).press_sequentially(WORDS)

    page.get_by_role("link", name="Wingwalk").click()  # before the script had its few seconds
    page.wait_for_url("**/")
    page.go_back()
    page.wait_for_url(address)

    assert asked == ["beforeunload"]
    if note(page).input_value() != WORDS:  # The browser fetched the page anew, as its headers ask.
        page.get_by_role("button", name=re.compile("^Use it")).click()
    expect(note(page)).to_have_value(WORDS)
    discard_all(page)


def test_nobody_is_asked_when_everything_is_saved(page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    note(page).press_sequentially(WORDS)
    expect(status(page)).to_have_text(SAVED, timeout=6000)

    page.get_by_role("link", name="Wingwalk").click()
    page.wait_for_url("**/")

    assert asked == []


def test_what_is_typed_survives_an_idle_lock(page):
    note(page).press_sequentially("Talked about sleep")
    expect(status(page)).to_have_text(SAVED, timeout=6000)
    lock(page)
    note(page).press_sequentially(", and more")
    expect(status(page)).to_contain_text("Your session is locked", timeout=6000)

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Your session was locked")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(settings.DEMO_PASSWORD)
    page.get_by_role("button", name="Unlock").click()

    expect(note(page)).to_have_value("Talked about sleep, and more")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("saved.")


def lock(page):
    """As another window does that finds the session idle; the page itself knows nothing of it."""
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == settings.SESSION_COOKIE_NAME)
    where = " FROM django_session WHERE session_key = %s"
    with database() as connection:
        data = SessionStore().decode(connection.execute("SELECT session_data" + where, [key]).fetchone()[0])
        locked = SessionStore().encode({**data, "locked_at": 1.0})
        connection.execute("UPDATE django_session SET session_data = %s WHERE session_key = %s", [locked, key])


def test_a_double_click_makes_one_record(page):
    before = sessions_recorded()
    note(page).press_sequentially(WORDS)

    page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(page.get_by_role("main")).to_contain_text("saved.")

    assert sessions_recorded() == before + 1


def test_two_people_who_change_the_same_thing_both_lose_nothing(sign_in):
    first, second = sign_in("admin"), sign_in("admin")
    for one in [first, second]:
        one.goto("/settings/wings/")
        one.get_by_role("main").get_by_role("link", name="Change").first.click()
        discard_all(one)
    name = first.get_by_label("What is it called?").input_value()
    for one, words in [(first, f"{name} north"), (second, f"{name} south")]:
        one.get_by_label("What is it called?").fill(words)
        one.get_by_role("button", name="Save").click()

    expect(second.get_by_role("alert")).to_contain_text("Somebody else changed this")
    expect(second.get_by_role("main")).to_contain_text(f"Theirs: {name} north")
    expect(second.get_by_label("What is it called?")).to_have_value(f"{name} south")
    second.get_by_label("What is it called?").fill(name)
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("main")).to_contain_text("changed")
