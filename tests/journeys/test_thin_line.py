"""One person's way through the whole house: the roll, a referral, a case, a session, a handover, and what each agency sees."""

import json
import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.journeys import house_roll

NUMBER = "A9990AZ"


def roll_with_somebody_new(path):
    """Today's roll as the prison's system would give it, with one person more than we know."""
    new = house_roll.entry(NUMBER, "O'SAMPLESON-TESTE", "SEÁN", "1988-02-29", "A-1-001", "ACTIVE IN", "9990001")
    path.write_text(json.dumps([*house_roll.people(), new]))
    return path


def test_one_person_walks_the_whole_line(sign_in, tmp_path):
    manager = sign_in("manager")
    house_roll.upload(manager, roll_with_somebody_new(tmp_path / "roll.json"))
    keyworker = sign_in("keyworker")
    find(keyworker, "o'sampleson")
    refer(keyworker)
    triage_and_open(keyworker)
    log_session(keyworker)
    agree(keyworker)
    person = keyworker.url
    handover = hand_over(keyworker, manager)
    liverpool, wirral = sign_in("partner.liverpool"), sign_in("partner.wirral")
    received = acknowledge(liverpool)
    assert wirral.goto(received).status == 404
    assert wirral.goto(handover).status == 403
    assert liverpool.goto(person).status == 403
    keyworker.goto(handover)
    expect(keyworker.get_by_role("main")).to_contain_text("Acknowledged")
    timeline(keyworker)
    figures(manager)


def find(page, words):
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Find a person").click()
    page.get_by_role("main").get_by_role("textbox").fill(words)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("O'Sampleson-Teste")).click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()


def refer(page):
    page.get_by_role("button", name="Refer", exact=True).click()
    page.get_by_label("Where is it from?").select_option("Self-referral")
    page.get_by_label("What is the reason?").fill("Wants help to stay off spice before he goes home.")
    page.get_by_role("button", name="Make the referral").click()


def triage_and_open(page):
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Front door").click()
    page.get_by_role("row", name=re.compile("O'Sampleson")).get_by_role("link", name="Triage").click()
    page.get_by_label("Open a case").check()
    page.get_by_label("What does the person need?").fill("Somebody to talk to, and a plan for the day of release.")
    page.get_by_label("Which substances?").fill("Spice")
    page.get_by_label("I will").check()
    page.get_by_label("Why?").fill("I have met him")
    page.get_by_role("button", name="Save the triage").click()
    find(page, "sampleson")


def log_session(page):
    page.get_by_role("button", name="Log a session").click()
    page.get_by_label("What happened?").fill("Talked about cravings in the evening.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Structured one-to-one")


def agree(page):
    page.get_by_role("link", name="Consents").click()
    page.get_by_role("button", name="Record an answer").click()
    page.get_by_label("Which agency?").select_option("Liverpool DIP")
    page.get_by_label(re.compile("^Yes")).check()
    page.get_by_role("button", name="Record the answer").click()
    page.get_by_role("link", name="Timeline").click()


def hand_over(page, manager):
    page.get_by_role("link", name="Release", exact=True).click()
    page.get_by_role("button", name="Make a handover").click()
    page.get_by_label("Liverpool DIP").check()
    page.get_by_label("Release date").fill(f"{date.today() + timedelta(days=10):%d/%m/%Y}")
    page.get_by_label("What is the risk of overdose?").fill("High: tolerance is lost.")
    page.get_by_label("To be given at the gate").check()
    page.get_by_label("Needle exchange, and clean equipment").check()
    page.get_by_label("If there is no appointment, why not?").fill("The agency rings him on the day; see B1234BB.")
    page.get_by_role("button", name="Save the draft").click()
    refuse_another_persons_number(page)
    manager.goto(page.url)
    with manager.expect_navigation():
        manager.get_by_role("button", name="Confirm: nothing clinical to say").click()
    page.reload()
    page.get_by_role("button", name="Make it ready and build the pack").click()
    page.get_by_role("button", name="Send it to the agency").click(timeout=60_000)
    expect(page.get_by_role("main")).to_contain_text("Sent")
    return page.url


def refuse_another_persons_number(page):
    expect(page.get_by_role("main")).to_contain_text("B1234BB")
    page.get_by_role("button", name="Change it").click()
    page.get_by_label("If there is no appointment, why not?").fill("The agency rings him on the day.")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()


def acknowledge(page):
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Coming to us").click()
    turn_to(page, re.compile("O'Sampleson"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("main")).to_contain_text("Acknowledged")
    return page.url


def turn_to(page, name):
    """Follow the link with this name, on whichever page of the list it stands."""
    expect(page.get_by_role("table")).to_be_visible()
    while not page.get_by_role("link", name=name).count():
        with page.expect_navigation():
            page.get_by_role("link", name="More", exact=True).click()
    page.get_by_role("link", name=name).click()


def timeline(page):
    find(page, "A9990AZ")
    for event in ["Handover", "Session", "Case opened", "Referr"]:
        expect(page.get_by_role("main")).to_contain_text(event)


def figures(page):
    """Each figure of the month is as long as the list that it leads to."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Month").click()
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile("[Cc]ompute")).first.click()
    expect(page.get_by_role("main")).to_contain_text("New referrals", timeout=60_000)
    for card in page.locator(".ww-metric").all():
        address = card.get_by_role("link").get_attribute("href")
        assert records_behind(page, address) == counted(card.inner_text()), card.inner_text()


def counted(text):
    """The number on a card; of a rate, how many it was taken over."""
    pattern = r"of ([\d,]+)\." if "%" in text else r"([\d,]+)"
    return int(re.search(pattern, text)[1].replace(",", ""))


def records_behind(page, address):
    """How many rows a list has, over all its pages, with those of restricted people that it says it does not show."""
    other, count = page.context.new_page(), 0
    other.goto(address)
    if hidden := re.search(r"(\d+) restricted records? (?:is|are) not shown", other.get_by_role("main").inner_text()):
        count = int(hidden[1])
    while address:
        other.goto(address)
        count += other.locator("tbody tr").count()
        older = other.locator(".govuk-pagination__next a")
        address = older.get_attribute("href") if older.count() else None
        address = address and (other.url.partition("?")[0] + address if address.startswith("?") else address)
    other.close()
    return count
