"""A keyworker writes a plan with somebody, by keyboard alone; both agree, they look back on it. Then a note, and a picture."""

import io
from datetime import date, timedelta

from PIL import Image
from playwright.sync_api import expect

from tests.journeys.keys import choose, pick, press, tab_to, write

WANTS = "I want to stay off spice on the wing"
STEP = "Come to the group on Wednesdays"
TOLD = "His sister will have him from the day he leaves."
ADDED = "She rang: it is the week after."


def test_keyworker_writes_agrees_and_reviews_a_plan_by_keyboard(sign_in):
    page = sign_in("keyworker")
    open_somebody_without_a_plan(page)
    begin(page)
    is_told_what_is_missing(page)
    add_an_action(page)
    agree(page, how="Said so", version=1)
    review(page)
    agree(page, how="Signed the printed plan", version=2)
    expect(main(page).get_by_role("row").filter(has_text="Version 1")).to_contain_text("Replaced on")


def test_keyworker_writes_a_note_finds_it_and_adds_to_it_by_keyboard(sign_in):
    page = sign_in("keyworker")
    open_somebody(page)
    press(page, "^Notes$")
    press(page, "^Write a note$")
    write(page, "What do you want to write down", TOLD)
    press(page, "^Save the note$")
    expect(main(page)).to_contain_text("The note was saved")

    write(page, "Search these notes", "sister leave")
    press(page, "^Search$")
    expect(main(page).locator("mark")).to_have_text(["sister", "leaves"])
    assert "sister" not in page.url

    press(page, "^Add to this note")
    write(page, "What do you want to write down", ADDED)
    press(page, "^Add to the note$")
    expect(main(page)).to_contain_text("It was added to the note")
    expect(main(page)).to_contain_text(TOLD)
    expect(main(page)).to_contain_text(ADDED)


def test_keyworker_keeps_a_picture_without_what_the_camera_wrote_and_downloads_it(sign_in):
    page = sign_in("keyworker")
    open_somebody(page)
    press(page, "^Files$")
    press(page, "^Add a file$")
    page.get_by_label("Which file?").set_input_files(
        {"name": "map.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    name_the_picture(page)
    expect(page.get_by_role("alert")).to_contain_text("PDF, JPEG or PNG")
    page.get_by_label("Which file?").set_input_files(
        {"name": "map.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    )
    name_the_picture(page)
    expect(main(page)).to_contain_text("The file was kept")

    with page.expect_download() as begun:
        tab_to(page, "^Map of the session")
        page.keyboard.press("Enter")
    kept = begun.value.path().read_bytes()
    assert begun.value.suggested_filename == "map.jpg"
    assert (b"Secret camera" in photograph(), b"Secret camera" in kept) == (True, False)
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (40, 30))


def main(page):
    return page.get_by_role("main")


def open_somebody(page):
    page.goto("/")
    press(page, "^Caseload$")
    main(page).get_by_role("rowheader").get_by_role("link").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def open_somebody_without_a_plan(page):
    """The first of his own cases at the stage before a plan."""
    page.goto("/")
    press(page, "^Caseload$")
    pick(page, "^Stage$", "Assessed")
    press(page, "^Show$")
    links = main(page).get_by_role("rowheader").get_by_role("link")
    people = [link.get_attribute("href") for link in links.all()]
    for address in people:
        page.goto(address)
        press(page, "^Plan$")
        if main(page).get_by_text("No plan yet").count():
            return
    raise AssertionError("Everybody has a plan, or there is nobody who was assessed")


def begin(page):
    press(page, "^Begin a plan$")
    press(page, "^Begin the plan$")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a goal")


def is_told_what_is_missing(page):
    write(page, "What does the person want", WANTS)
    press(page, "^Add the goal$")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("What does the person want?")).to_have_value(WANTS)
    pick(page, "What is it about", "Drugs")
    press(page, "^Add the goal$")
    expect(main(page)).to_contain_text(f"Goal: {WANTS}")


def add_an_action(page):
    write(page, "What is to be done", STEP)
    pick(page, "Who does it", "The person")
    write(page, "By when", f"{date.today() + timedelta(days=14):%d/%m/%Y}")
    press(page, "^Add the action$")
    expect(main(page).get_by_role("row").filter(has_text=STEP)).to_contain_text("The person")


def agree(page, *, how, version):
    press(page, "^Agree the plan$")
    choose(page, how)
    press(page, "^It is agreed$")
    expect(main(page)).to_contain_text("The plan is agreed and in force")
    expect(page.get_by_role("heading", name=f"Version {version} In force")).to_be_visible()


def review(page):
    press(page, f"^Done {STEP}")
    press(page, "^Review the plan$")
    write(page, "How has it gone", "He came twice, and it helped.")
    press(page, "^Begin the next version$")
    expect(main(page)).to_contain_text("The plan in force stays until both agree to it.")
    expect(page.get_by_role("heading", name="Version 2 Draft")).to_be_visible()
    expect(main(page).get_by_text(WANTS, exact=True)).to_have_count(2)


def name_the_picture(page):
    pick(page, "What is it\\?", "Map")
    write(page, "What shall it be called", "Map of the session")
    press(page, "^Keep the file$")


def photograph():
    """A picture with the name of a camera in it."""
    written, drawn = Image.Exif(), io.BytesIO()
    written[0x010F] = "Secret camera"
    Image.new("RGB", (40, 30), "teal").save(drawn, "JPEG", exif=written)
    return drawn.getvalue()
