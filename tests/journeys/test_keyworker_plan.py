"""A keyworker writes a plan by keyboard, agrees, prints and reviews it; writes and amends a note; keeps a photo and takes it back."""

import hashlib
import io
import re

import psycopg
from django.conf import settings
from PIL import Image
from playwright.sync_api import expect

from tests import factories
from tests.journeys.conftest import HOUSE, violations

SECRET = "53.4084 N"


def test_keyworker_writes_down_what_was_agreed(sign_in, tmp_path):
    page = sign_in("keyworker")
    open_somebody_without_a_plan(page)
    write_a_plan(page)
    agree(page)
    live(page)
    print_it(page)
    review(page)
    write_and_amend_a_note(page)
    keep_a_photo(page, tmp_path)
    assert violations(page) == []


def tab(page, name):
    page.get_by_role("navigation", name="About this person").get_by_role("link", name=name, exact=True).click()


def main(page):
    return page.get_by_role("main")


def press(page, name):
    """Go to a button or link with the keyboard, and press it."""
    target = main(page).get_by_role("button", name=name, exact=True)
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.first.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def to(page, label):
    """Go to a field with the keyboard."""
    field = page.get_by_label(label)
    for _ in range(80):
        page.keyboard.press("Tab")
        if field.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not lead to “{label}”")


def open_somebody_without_a_plan(page):
    """Somebody new: all whose case the keyworker holds already may have a plan."""
    page.goto(f"/people/{somebody_without_a_case()}/case/open/")
    to(page, "Why?")
    page.keyboard.type("Asked for me on the landing")
    press(page, "Open the case")
    tab(page, "Plan")


def somebody_without_a_case():
    """The key of somebody who is here, never had a case, and does not wait for triage."""
    asked = """
        SELECT person.id FROM casework_person AS person
        JOIN casework_custodyspell AS spell ON spell.person_id = person.id AND spell.ended_at IS NULL AND spell.off_roll_on IS NULL
        JOIN casework_location AS place ON place.spell_id = spell.id AND place.until_at IS NULL AND place.whereabouts = 'IN'
        WHERE NOT EXISTS (SELECT FROM casework_case WHERE person_id = person.id)
        AND NOT EXISTS (SELECT FROM referrals_referral WHERE person_id = person.id)
        AND NOT EXISTS (SELECT FROM casework_restriction WHERE person_id = person.id)
        ORDER BY person.id LIMIT 1"""
    where = settings.DATABASES["default"]
    login = {"host": where["HOST"], "port": where["PORT"], "user": "postgres", "dbname": HOUSE}
    with psycopg.connect(**login) as connection:
        return connection.execute(asked).fetchone()[0]


def write_a_plan(page):
    main(page).get_by_role("link", name="Begin a plan").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Begin a recovery plan")).to_be_visible()
    press(page, "Begin the plan")
    expect(page.get_by_role("heading", name="Add a goal")).to_be_visible()
    to(page, "What does the person want?")
    page.keyboard.type("I want to sleep through the night.")
    to(page, "What is it about?")
    page.keyboard.type("Health")
    press(page, "Add the goal")
    expect(page.get_by_role("heading", name="Add an action")).to_be_visible()
    to(page, "What is to be done?")
    page.keyboard.type("Keep the sleep diary")
    to(page, "Who does it?")
    page.keyboard.type("The person")
    to(page, "By when?")
    page.keyboard.type("1/1/2020")
    press(page, "Add the action")
    expect(main(page)).to_contain_text("Choose a later day")
    field = page.get_by_label("By when?")
    day = page.evaluate("new Date(Date.now() + 14 * 864e5).toLocaleDateString('en-GB')")
    field.fill(day)
    expect(page.get_by_label("What is to be done?")).to_have_value("Keep the sleep diary")
    press(page, "Add the action")
    expect(main(page)).to_contain_text("Keep the sleep diary")
    expect(main(page)).to_contain_text("Draft")


def agree(page):
    press(page, "Agree the plan")
    page.get_by_label("Signed the printed plan").focus()
    page.keyboard.press("Space")
    press(page, "It is agreed")
    expect(main(page)).to_contain_text("In force")
    expect(main(page)).to_contain_text("To be reviewed by")


def live(page):
    press(page, "Done Keep the sleep diary")
    expect(main(page).get_by_role("button", name="Undo Keep the sleep diary")).to_be_visible()
    press(page, "Undo Keep the sleep diary")
    expect(main(page).get_by_role("button", name="Done Keep the sleep diary")).to_be_visible()


def print_it(page):
    press(page, "Print for the person")
    page.emulate_media(media="print")
    expect(page.get_by_role("article")).to_contain_text("I want to sleep through the night.")
    expect(page.get_by_role("article")).not_to_contain_text("Kerry Testwright")
    expect(page.locator(".ww-header")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Recovery plan").click()


def review(page):
    press(page, "Review the plan")
    to(page, "How has it gone since the plan was agreed?")
    page.keyboard.type("Sleeps better since he keeps the diary.")
    press(page, "Begin the next version")
    expect(main(page)).to_contain_text("The next version was begun")
    expect(page.get_by_role("heading", name=re.compile("Version 1"))).to_contain_text("In force")
    expect(page.get_by_role("heading", name=re.compile("Version 2"))).to_contain_text("Draft")
    press(page, "Agree the plan")
    page.get_by_label("Said so").check()
    press(page, "It is agreed")
    expect(page.get_by_role("heading", name=re.compile("Version 2"))).to_contain_text("In force")
    expect(page.get_by_role("table", name="Earlier versions")).to_contain_text("Version 1")


def write_and_amend_a_note(page):
    tab(page, "Notes")
    main(page).get_by_role("button", name="Write a note").click()
    page.get_by_label("What do you want to write down?").fill("Seán Ó Faketon, A9999ZZ, says the methadone comes late.")
    expect(page.get_by_role("status").filter(has_text="A9999ZZ")).to_contain_text("number of somebody else")
    page.get_by_role("button", name="Save the note").dblclick()
    expect(main(page)).to_contain_text("The note was saved")
    page.get_by_label("Search these notes").fill("METHA sean")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text(["Seán", "methadone"])
    assert "sean" not in page.url.lower()
    main(page).get_by_role("link", name="Add to this note").first.click()
    page.get_by_label("What do you want to write down?").fill("It came on time on Monday.")
    page.get_by_role("button", name="Add to the note").click()
    expect(main(page)).to_contain_text("Amended")
    expect(main(page)).to_contain_text("It came on time on Monday.")
    expect(main(page)).to_contain_text("says the methadone comes late")


def keep_a_photo(page, folder):
    exif = Image.Exif()
    exif[0x010E] = SECRET
    photo = folder / "mäp of session.jpg"
    photo.write_bytes(factories.picture("JPEG", size=(300, 200), exif=exif))
    tab(page, "Files")
    main(page).get_by_role("button", name="Add a file").or_(
        main(page).get_by_role("link", name="Add a file")
    ).first.click()
    page.get_by_label("Which file?").set_input_files(photo)
    page.get_by_label("What is it?").select_option("Map of a session")
    page.get_by_label("What shall it be called here?").fill("Map of what leads to what")
    page.get_by_role("button", name="Keep the file").click()
    expect(main(page)).to_contain_text("The file was kept")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Map of what leads to what")).first.click()
    kept = download.value.path().read_bytes()
    assert download.value.suggested_filename == "mäp of session.jpg"
    assert Image.open(io.BytesIO(kept)).size == (300, 200)
    assert (SECRET.encode() in photo.read_bytes(), SECRET.encode() in kept) == (True, False)
    assert hashlib.sha256(kept).hexdigest() != hashlib.sha256(photo.read_bytes()).hexdigest()
