"""A release is brought forward by two days after the handover was sent: everybody is warned, and an amended pack says what changed."""

import json
import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.journeys import house_roll
from tests.journeys.handed_over import coming_later, go, main, of_person


def test_a_release_brought_forward_after_sending(sign_in, tmp_path):
    partner, manager = sign_in("partner.liverpool"), sign_in("manager")
    number, day = coming_later(partner)
    address, sooner = partner.url, day - timedelta(days=2)
    house_roll.upload(manager, roll_with_release_moved(tmp_path / "roll.json", number, day, sooner))

    go(partner, "Coming to us")
    expect(partner.locator("tbody tr").filter(has_text=number)).to_contain_text("Moved")
    partner.goto(address)
    warning = partner.get_by_role("region", name="The release date moved")
    expect(warning).to_contain_text(words(day))
    expect(warning).to_contain_text(words(sooner))

    of_person(manager, number)
    expect(manager.get_by_role("region", name="The release date moved")).to_contain_text(words(sooner))
    manager.get_by_role("button", name="Amend it").click()
    manager.get_by_role("button", name="Send the amendment").click()
    expect(main(manager)).to_contain_text(re.compile("pack 2"), timeout=60_000)

    partner.goto(address)
    expect(partner.get_by_role("region", name="What changed")).to_contain_text(words(sooner))
    expect(main(partner)).to_contain_text("Earlier packs")


def roll_with_release_moved(path, number, day, sooner):
    people = house_roll.people()
    for person in people:
        if person["prisonerNumber"] == number:
            person |= {name: str(sooner) for name, value in person.items() if value == str(day)}
    path.write_text(json.dumps(people))
    return path


def words(day):
    return f"{day.day} {day:%B %Y}"
