"""A run of six sessions is put down, somebody who is kept apart is refused, and a room is not had twice."""

import re

from playwright.sync_api import expect


def put_down_series(page, name, room="Healthcare consulting room (holds 3)"):
    page.get_by_role("button", name="Put down a series").click()
    page.get_by_label("What is it called?").fill(name)
    page.get_by_label("In which room?").select_option(label=room)
    page.get_by_label("Saturday").check()
    page.get_by_label("How many sessions?").fill("6")
    page.get_by_label("How many people at most?").fill("2")
    page.get_by_role("button", name="Put it in the diary").click()


def put_down(page, number):
    """Put one person down for the session that is open; whether it was done."""
    session = page.url
    page.get_by_role("button", name="Put people down").first.click()
    page.wait_for_url("**/people/")
    page.get_by_label("Who is expected?").fill(number)
    page.get_by_label("Why is it all right that they come?").fill("The wing was asked.")
    with page.expect_navigation():
        page.get_by_role("button", name="Put them down").click()
    return page.url == session


def pairs_kept_apart(page):
    page.goto("/keep-apart/")
    rows = page.locator("tbody tr").all_inner_texts()
    return [numbers for row in rows if len(numbers := re.findall(r"[A-Z]\d{4}[A-Z]{2}", row)) == 2]


def test_a_programme_of_six_sessions_with_a_keep_apart_and_a_room_clash(sign_in):
    planner = sign_in("officer")
    pairs = pairs_kept_apart(planner)
    page = sign_in("keyworker")
    page.goto("/groups/")

    put_down_series(page, "Six Saturdays")

    expect(page.get_by_role("heading", name="Six Saturdays")).to_be_visible()
    assert page.locator("tbody tr").count() == 6
    with page.expect_navigation():
        page.locator("tbody tr a").first.click()
    session = page.url
    one, other = next((one, other) for one, other in pairs if try_one(page, session, one))
    assert not put_down(page, other)
    expect(page.locator(".govuk-error-summary")).to_contain_text("Is kept apart from")

    page.goto("/groups/")
    put_down_series(page, "Six more Saturdays")

    expect(page.locator(".govuk-error-summary")).to_contain_text("Healthcare consulting room is taken on Saturday")
    expect(page.locator(".govuk-error-summary")).to_contain_text("by Six Saturdays.")
    assert page.get_by_label("What is it called?").input_value() == "Six more Saturdays"


def try_one(page, session, number):
    """Whether somebody may be expected at this session at all."""
    page.goto(session)
    return put_down(page, number)
