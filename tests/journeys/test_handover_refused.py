"""A refusal that is not the end of it: refused with a reason, sent back, and acknowledged after all."""

from playwright.sync_api import expect

from tests.journeys.handed_over import coming, main, of_person


def test_a_refusal_is_sent_back_and_the_handover_acknowledged(sign_in):
    partner, manager = sign_in("partner.liverpool"), sign_in("manager")
    number = coming(partner)
    address = partner.url
    partner.get_by_role("button", name="Refuse it").click()
    partner.get_by_role("button", name="Refuse it").click()
    expect(main(partner)).to_contain_text("Choose why.")
    partner.get_by_label("Goes to another area").check()
    partner.get_by_label("What else is there to know?").fill("He gave an address in Sefton.")
    partner.get_by_role("button", name="Refuse it").click()
    expect(main(partner)).to_contain_text("Refused, with the reason")

    of_person(manager, number)
    expect(main(manager)).to_contain_text("Goes to another area")
    expect(main(manager)).to_contain_text("He gave an address in Sefton.")
    manager.get_by_role("button", name="Send it back").click()
    manager.get_by_label("Why should the agency look at it again?").fill("He lives with his mother in Liverpool now.")
    manager.get_by_role("button", name="Send it back").click()
    expect(main(manager)).to_contain_text("Sent back")

    partner.goto(address)
    expect(main(partner)).to_contain_text("He lives with his mother in Liverpool now.")
    partner.get_by_role("button", name="Acknowledge").click()
    expect(main(partner)).to_contain_text("Acknowledged")
    manager.reload()
    expect(main(manager)).to_contain_text("Acknowledged by")
