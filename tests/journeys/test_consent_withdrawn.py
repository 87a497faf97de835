"""Consent is withdrawn while the agency has the page open: its next click finds nothing, and what it saw before stays in the trail."""

import re

from playwright.sync_api import expect

from tests.journeys.handed_over import coming, go, main, of_person


def test_consent_withdrawn_while_the_page_is_open(sign_in):
    partner, manager, auditor = sign_in("partner.liverpool"), sign_in("manager"), sign_in("auditor")
    number = coming(partner, state="Acknowledged")
    address = partner.url

    of_person(manager, number)
    manager.get_by_role("link", name="Consents", exact=True).click()
    row = main(manager).get_by_role("row").filter(has_text="Liverpool DIP, handover of care")
    row.get_by_role("link", name=re.compile("Withdraw")).click()
    manager.get_by_label("In person").check()
    manager.get_by_role("button", name=re.compile("Withdraw")).click()
    expect(main(manager)).to_contain_text("was withdrawn")

    with partner.expect_navigation() as click:
        partner.get_by_role("button", name="Offer an appointment").click()
    assert click.value.status == 404
    expect(main(partner)).to_contain_text("There is nothing here")
    assert partner.goto(address).status == 404
    go(partner, "Coming to us")
    expect(main(partner)).not_to_contain_text(number)

    go(auditor, "Audit")
    auditor.get_by_label("Who").select_option("Lou Fictwell")
    auditor.keyboard.press("Enter")
    key = address.rstrip("/").rpartition("/")[2]
    seen = auditor.locator("tbody tr").filter(has_text=re.compile(f"partners.handover {key}"))
    expect(seen.filter(has_text="handover.opened")).to_have_count(1)
    expect(auditor.locator("tbody tr").filter(has_text="refused.404")).to_have_count(2)
