"""A slip from a wing: issued by the administrator, handed in without an account, matched on duty. And a pile of paper, by keyboard."""

import re

from playwright.sync_api import expect

MOST_KEYS = 400  # for twenty slips: two minutes at forty words a minute


def test_wing_kiosk_brings_somebody_to_the_front_door(sign_in, passer_by):
    admin, duty = sign_in("admin"), sign_in("keyworker")
    address = issue(admin)
    hand_in(passer_by(), address, somebody(duty))
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


def somebody(duty):
    """The number of somebody on the caseload."""
    duty.goto("/caseload/?worker=all")
    return re.search(r"A\d{4}[A-Z]{2}", duty.locator("table").inner_text())[0]


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
