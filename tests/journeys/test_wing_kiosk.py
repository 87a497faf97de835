"""A slip from a wing: issued by the administrator, handed in without an account, matched on duty. And a pile of paper, by keyboard."""

import io
import re

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.conftest import asked

ON_THE_CASELOAD = """
    SELECT p.number FROM casework_case c JOIN casework_person p ON p.id = c.person_id
    JOIN casework_custodyspell s ON s.id = c.spell_id
    WHERE c.closed_on IS NULL AND s.ended_at IS NULL AND s.off_roll_on IS NULL
      AND NOT EXISTS (SELECT FROM casework_restriction r WHERE r.person_id = p.id AND r.lifted_at IS NULL)
    ORDER BY p.number LIMIT 1
"""
MOST_KEYS = 400  # for twenty slips: two minutes at forty words a minute


def test_wing_kiosk_brings_somebody_to_the_front_door(sign_in, passer_by):
    admin, duty = sign_in("admin"), sign_in("keyworker")
    address = issue(admin)
    hand_in(passer_by(), address, somebody())
    match(duty)
    revoke(admin)
    assert passer_by().goto(address).status == 404


def issue(admin):
    admin.goto("/settings/kiosks/issue/")
    admin.get_by_label("For which wing?").select_option(index=1)
    admin.get_by_label("What is it called here?").fill("Journey office")
    admin.get_by_role("button", name="Issue the link").click()
    expect(admin.get_by_text("It is shown this once")).to_be_visible()
    return re.search(r"https?://\S+/kiosk/[\w-]+/", admin.locator("main").inner_text())[0]


def somebody():
    """The number of somebody on the caseload who is here, whatever the day is."""
    return asked(ON_THE_CASELOAD)[0][0]


def hand_in(page, address, number):
    page.goto(address)
    page.get_by_label("Your name").fill("Officer Journey")
    page.get_by_label("Prison number").fill(number)
    page.get_by_label(re.compile("worr")).fill("Asked me who he can talk to.")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_text("Handed in")).to_be_visible()
    assert number not in page.locator("main").inner_text()


def match(duty):
    duty.goto("/referrals/slips/")
    row = duty.locator("tr", has_text="Officer Journey")
    row.get_by_role("link", name="Match").click()
    duty.get_by_role("button", name="This is who is meant").first.click()
    expect(duty.get_by_text("was referred from the slip")).to_be_visible()


def revoke(admin):
    admin.goto("/settings/kiosks/")
    row = admin.locator("tr", has_text="Journey office")
    row.get_by_role("button", name=re.compile("Revoke")).click()


def test_pile_of_twenty_slips_is_typed_by_keyboard(sign_in):
    page = sign_in("keyworker")
    slips = people_in_cells(page)
    page.goto("/referrals/slips/pile/")
    page.get_by_label("Prison number, slip 1", exact=True).focus()

    keys = sum(type_slip(page, number, cell) for number, cell in slips[:-1])
    expect(page.locator("#name_19")).to_contain_text(slips[-2][1])
    with page.expect_navigation():  # No line is left, so Enter saves.
        keys += type_slip(page, *slips[-1])

    assert (len(slips), keys) == (20, 380)
    assert keys <= MOST_KEYS
    expect(page.get_by_text("20 slips were taken in")).to_be_visible()


def people_in_cells(page):
    """Twenty of the caseload who are in their cells: number and cell of each."""
    page.goto("/caseload/?worker=all")
    lines = [row.inner_text() for row in page.locator("tbody tr").all()]
    found = [(re.search(r"A\d{4}[A-Z]{2}", line), re.search(r"\b[A-Z]-\d-\d{3}\b", line)) for line in lines]
    return [(number[0], cell[0]) for number, cell in found if number and cell][:20]


def type_slip(page, number, cell):
    """One line of the pile; how many keys it took."""
    for text, key in [(number.lower(), "Tab"), (cell.lower(), "Tab"), ("16", "Enter")]:
        page.keyboard.type(text)
        page.keyboard.press(key)
    return len(number) + len(cell) + 5


def test_slips_are_printed_two_on_a_sheet_without_the_name_of_who_printed_them(sign_in):
    page = sign_in("keyworker")
    page.goto("/referrals/slip/")

    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages

    assert len(sheets) == 1
    text = sheets[0].extract_text()
    assert text.count("Do you want help with drugs or alcohol?") == 2
    assert not {"Testwright", "Wingwalk", "administrator"} & set(re.findall(r"\w+", text))
