"""From the release plan to the first appointment kept: keyworker, manager, partner with an account, partner by a link."""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from casework.formats import links
from tests.journeys.handed_over import go, main
from tests.journeys.linked import ask, give, send, waited_for_mail

# Somebody on the keyworker's caseload of whom Liverpool DIP knows nothing yet.
UNTOLD = """
    SELECT p.id, p.number, c.id IS NOT NULL FROM casework_case k JOIN casework_person p ON p.id = k.person_id
    JOIN casework_custodyspell s ON s.id = k.spell_id AND s.ended_at IS NULL AND s.off_roll_on IS NULL
    JOIN casework_allocation a ON a.case_id = k.id AND a.until_at IS NULL
    JOIN casework_user u ON u.id = a.worker_id AND u.username = 'keyworker'
    JOIN casework_agency g ON g.name = 'Liverpool DIP'
    LEFT JOIN casework_consent c ON c.person_id = p.id AND c.agency_id = g.id AND c.purpose = 'HANDOVER' AND c.given
        AND c.withdrawn_at IS NULL AND c.expires_on > now() + interval '40 days'
    WHERE k.closed_on IS NULL AND NOT EXISTS (SELECT FROM casework_restriction r WHERE r.person_id = p.id)
      AND NOT EXISTS (SELECT FROM partners_handover h WHERE h.case_id = k.id AND h.agency_id = g.id)
      AND (c.id IS NOT NULL OR NOT EXISTS (SELECT FROM casework_consent o WHERE o.person_id = p.id AND o.agency_id = g.id))
    ORDER BY c.id IS NOT NULL DESC, p.id LIMIT 1
"""


def test_from_the_release_plan_to_the_appointment_kept(sign_in, passer_by):
    keyworker, manager, partner, by_link = (
        sign_in("keyworker"),
        sign_in("manager"),
        sign_in("partner.liverpool"),
        passer_by(),
    )
    person, number, agreed = ask(UNTOLD)
    if not agreed:
        agree(keyworker, person)
    plan(keyworker, person)
    handover = hand_over(keyworker, person)
    manager.goto(f"/handovers/{handover}/")
    with manager.expect_navigation():
        manager.get_by_role("button", name="Confirm: nothing clinical to say").click()
    keyworker.reload()
    keyworker.get_by_role("button", name="Make it ready and build the pack").click()
    keyworker.get_by_role("button", name="Send it to the agency").click(timeout=60_000)
    expect(main(keyworker)).to_contain_text("Sent: the agency sees it now")

    code = send(keyworker, handover)
    nonce, _ = waited_for_mail(keyworker, handover)
    give(by_link, f"/link/{links.token(nonce)}/", code)
    by_link.get_by_role("button", name="Acknowledge").click()
    expect(main(by_link)).to_contain_text("Acknowledged")

    go(partner, "Coming to us")
    partner.goto(f"/coming/{handover}/")
    offer(partner)
    an_hour_later(handover)
    partner.reload()
    partner.get_by_role("button", name="The appointment was kept").click()
    partner.get_by_role("button", name="Save").click()
    expect(main(partner)).to_contain_text("Recorded as kept")

    manager.goto(f"/handovers/{handover}/")
    expect(main(manager)).to_contain_text("First appointment kept")
    manager.get_by_role("button", name="Close it").click()
    manager.get_by_label("The first appointment was kept").check()
    manager.get_by_role("button", name="Close it").click()
    expect(main(manager)).to_contain_text("Closed: The first appointment was kept")


def agree(page, person):
    page.goto(f"/people/{person}/consents/")
    page.get_by_role("button", name="Record an answer").first.click()
    page.get_by_label("Which agency?").select_option("Liverpool DIP")
    page.get_by_label(re.compile("^Yes")).check()
    page.get_by_role("button", name="Record the answer").click()


def plan(page, person):
    page.goto(f"/people/{person}/release/plan/")
    page.get_by_label("Which agency does the person want to go to?").select_option("Liverpool DIP")
    page.get_by_label("What does the person want?").fill("A room of his own, and to stay off spice.")
    page.get_by_label("To be given at the gate").check()
    page.get_by_label("Needle exchange, and clean equipment").check()
    page.get_by_label("If there is no appointment, why not?").fill("The agency rings him on the day.")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the plan").click()
    page.goto(f"/people/{person}/release/today/")
    expect(main(page)).to_contain_text("to stay off spice")


def hand_over(page, person):
    """The draft begins with what the plan says."""
    page.goto(f"/people/{person}/handovers/make/")
    page.get_by_label("Liverpool DIP").check()
    page.get_by_label("Release date").fill(f"{date.today() + timedelta(days=10):%d/%m/%Y}")
    expect(page.get_by_label("To be given at the gate")).to_be_checked()
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").click()
    expect(main(page)).to_contain_text("A room of his own, and to stay off spice.")
    return int(re.search(r"/handovers/(\d+)/", page.url)[1])


def offer(page):
    page.get_by_role("button", name="Offer an appointment").click()
    page.get_by_label("When is the appointment?").fill(f"{date.today() + timedelta(days=11):%d/%m/%Y} 14:00")
    page.get_by_label("Where?").fill("Lord Street, first floor")
    page.get_by_label("With whom?").fill("Robin")
    page.get_by_role("button", name="Offer the appointment").click()
    expect(main(page)).to_contain_text("Appointment offered")


def an_hour_later(handover):
    """The days until the appointment go by, of which no trail tells."""
    ask(
        "UPDATE partners_handoverappointment SET at = now() - interval '1 hour' WHERE handover_id = %s AND outcome = '' RETURNING id",
        handover,
        options="-c session_replication_role=replica",
    )
