"""A release is brought forward by two days after the handover was sent: everybody is warned, and an amended pack says what changed."""

import json
import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.journeys import house_roll
from tests.journeys.handed_over import main, of_person
from tests.journeys.linked import ask

# Somebody of whom Liverpool DIP was told, and whose release is some days away, by the roll as well.
LATER = """
    SELECT h.id, p.number, h.release_on FROM partners_handover h JOIN casework_person p ON p.id = h.person_id
    JOIN casework_case k ON k.id = h.case_id JOIN casework_custodyspell s ON s.id = k.spell_id AND s.ended_at IS NULL
    JOIN casework_agency g ON g.id = h.agency_id AND g.name = 'Liverpool DIP'
    JOIN casework_consent c ON c.id = h.consent_id AND c.withdrawn_at IS NULL AND c.expires_on > now()
    JOIN partners_pack q ON q.handover_id = h.id AND q.state = 'BUILT' AND q.number = 1
    JOIN casework_releasedate d ON d.spell_id = s.id AND d.superseded_at IS NULL AND d."on" = h.release_on
    WHERE h.state IN ('SENT', 'ACKNOWLEDGED', 'QUERIED') AND h.release_on > now() + interval '4 days'
      AND NOT EXISTS (SELECT FROM casework_releasedate e WHERE e.spell_id = s.id AND e.superseded_at IS NULL AND e."on" < d."on")
    ORDER BY h.id LIMIT 1
"""


def test_a_release_brought_forward_after_sending(sign_in, tmp_path):
    partner, manager = sign_in("partner.liverpool"), sign_in("manager")
    handover, number, day = ask(LATER)
    address = f"/coming/{handover}/"
    partner.goto(address)
    expect(main(partner)).to_contain_text(number)
    sooner = bring_forward(path := tmp_path / "roll.json", number)
    house_roll.upload(manager, path)

    partner.goto(f"/coming/?text={number}")
    expect(partner.locator("tbody tr").filter(has_text=number)).to_contain_text("Release moved")
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


def bring_forward(path, number):
    """Write the roll with the next release of this person two days sooner than it was; gives that day."""
    people = house_roll.people()
    person = next(person for person in people if person["prisonerNumber"] == number)
    was = min(ahead(person).values())
    sooner = date.fromisoformat(was) - timedelta(days=2)
    person |= {name: str(sooner) for name, day in ahead(person).items() if day == was}
    path.write_text(json.dumps(people))
    return sooner


def ahead(person):
    """The dates of release that are still to come, by the name that the roll gives them."""
    return {name: day for name, day in person.items() if name.endswith("Date") and day >= str(date.today())}


def words(day):
    return f"{day.day} {day:%B %Y}"
