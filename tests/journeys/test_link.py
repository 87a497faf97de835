"""A handover answered without an account: the keyworker sends a link and reads out the code, two browsers try it."""

import re

from playwright.sync_api import expect

from casework.formats import links
from tests.journeys.conftest import violations
from tests.journeys.linked import ask, give, send, waited_for_mail

WAITS = """
    SELECT h.id, h.content->'person'->>'name' FROM partners_handover h
    JOIN partners_pack p ON p.handover_id = h.id AND p.state = 'BUILT'
    JOIN casework_consent c ON c.id = h.consent_id AND c.withdrawn_at IS NULL AND c.expires_on > now()
    JOIN casework_allocation a ON a.case_id = h.case_id AND a.until_at IS NULL
    JOIN casework_user u ON u.id = a.worker_id
    WHERE h.state = ANY (%s) AND u.username = ANY (%s) ORDER BY h.state = 'SENT' DESC, u.username = 'keyworker' DESC, h.id LIMIT 1
"""


def test_team_without_accounts_reads_and_answers_by_link(sign_in, passer_by):
    keyworker = sign_in("keyworker")
    handover, name = sent(keyworker)
    code = send(keyworker, handover)
    nonce, sent_at = waited_for_mail(keyworker, handover)
    address = f"/link/{links.token(nonce)}/"
    partner, other = passer_by(), passer_by()

    give(partner, address, "1234 5678")
    expect(partner.get_by_role("heading", name="This is not available")).to_be_visible()
    assert violations(partner) == []
    give(partner, address, code)
    expect(partner.get_by_role("heading", name=name)).to_be_visible()
    assert violations(partner) == []
    narrow(partner)
    give(other, address, code)
    expect(other.get_by_role("heading", name="This is not available")).to_be_visible()
    assert name not in other.locator("body").inner_text()
    answer(partner)
    watch(keyworker, handover)
    revoke(keyworker)
    partner.reload()
    expect(partner.get_by_role("heading", name="This is not available")).to_be_visible()
    assert sent_at


def sent(keyworker):
    """A handover of the keyworker's caseload that waits for its agency; one that is ready is sent first."""
    handover, name = ask(WAITS, ["SENT", "READY"], ["keyworker"])
    keyworker.goto(f"/handovers/{handover}/")
    button = keyworker.get_by_role("button", name="Send it to the agency")
    if button.count():
        button.click()
        expect(keyworker.get_by_text("Sent: the agency sees it now")).to_be_visible()
    return handover, name


def narrow(page):
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 900})


def answer(partner):
    with partner.expect_navigation():
        partner.get_by_role("button", name="Send a query").click()
    assert violations(partner) == []
    partner.get_by_label("What do you need to know").fill("Which bus does he take?")
    partner.get_by_role("button", name="Send the query").click()
    expect(partner.get_by_text("Query sent to the prison’s team")).to_be_visible()
    partner.get_by_role("button", name="Acknowledge").click()
    expect(partner.get_by_text("The prison’s team sees it beside the handover")).to_be_visible()
    expect(partner.get_by_text("Which bus does he take?")).to_be_visible()


def watch(keyworker, handover):
    keyworker.goto(f"/handovers/{handover}/links/")
    for what in ["Wrong code", "Opened with the code", "Another browser was turned away", "Handover read", "Answered"]:
        expect(keyworker.get_by_text(what, exact=True).first).to_be_visible()
    assert violations(keyworker) == []


def revoke(keyworker):
    keyworker.get_by_role("button", name=re.compile("Revoke")).first.click()
    expect(keyworker.get_by_text("Revoked: nothing can be read by this link any more")).to_be_visible()
