"""A place on the drug-free unit from asking to leaving, and a peer supporter from being put forward to a suspension, by keyboard."""

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.journeys.conftest import HOUSE, violations
from tests.journeys.keys import choose, press, tab_to, write

# Of the caseload of Kay: here, never on the unit, no peer supporter.
MINE = """
    SELECT p.id, p.surname || ', ' || p.forenames FROM casework_allocation a
    JOIN casework_user u ON u.id = a.worker_id JOIN casework_case c ON c.id = a.case_id JOIN casework_person p ON p.id = c.person_id
    JOIN casework_custodyspell s ON s.person_id = p.id AND s.ended_at IS NULL AND s.off_roll_on IS NULL
    WHERE u.username = 'keyworker' AND a.until_at IS NULL AND c.closed_on IS NULL
      AND NOT EXISTS (SELECT FROM casework_restriction r WHERE r.person_id = p.id AND r.lifted_at IS NULL)
      AND NOT EXISTS (SELECT FROM interventions_unitstay t WHERE t.person_id = p.id)
      AND NOT EXISTS (SELECT FROM interventions_peersupporter t WHERE t.person_id = p.id)
    ORDER BY p.number LIMIT 1
"""


@pytest.fixture
def mine():
    where = settings.DATABASES["default"]
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=HOUSE) as database:
        return database.execute(MINE).fetchone()


def step(page, link, button, said):
    """A link of the page, its questions as they are filled in, and what the page says afterwards."""
    press(page, link)
    done(page, button, said)


def done(page, button, said):
    assert violations(page) == []
    press(page, button)
    expect(page.get_by_role("main")).to_contain_text(said)


def test_a_place_on_the_unit_from_asking_to_leaving(sign_in, mine):
    page, (person, _) = sign_in("keyworker"), mine
    own = f"/people/{person}/unit/"
    page.goto(own)

    step(page, "^Ask for a place on the unit$", "^Put on the waiting list$", "is on the waiting list")
    page.goto("/unit/")
    expect(of(page, person)).to_contain_text("Waiting")
    page.goto(own)
    step(page, "^Offer a place$", "^Offer the place$", "A place was offered to")
    press(page, "^Comes to live on the unit$")
    expect(page.get_by_role("link", name="Print the compact to sign")).to_be_visible()
    done(page, "^Save$", "lives on the unit")
    expect(page.get_by_role("main")).to_contain_text("signed on")
    the_roll_says_otherwise(page, person)

    page.goto(own)
    press(page, "^Record a review$")
    write(page, "How does it go", "Has settled. Goes to the group on Thursdays.")
    done(page, "^Record the review$", "The review was recorded")
    press(page, "^Record a breach$")
    choose(page, "Missed sessions")
    choose(page, "Called a review")
    done(page, "^Record the breach$", "no disciplinary charges")
    press(page, "^Leaves the unit$")
    choose(page, "Own wish")
    done(page, "^Save: leaves the unit$", "Own wish")
    assert violations(page) == []
    expect(page.get_by_role("button", name="Ask for a place on the unit")).to_be_visible()


def of(page, person):
    """The lines of the unit about somebody."""
    return page.get_by_role("row").filter(has=page.locator(f"a[href='/people/{person}/unit/']"))


def the_roll_says_otherwise(page, person):
    """Whoever lives on the unit as we say and in another cell by the roll stands in the list of differences."""
    page.goto("/unit/")
    table = page.get_by_role("table", name="Different on the roll: to be settled")
    expect(table.locator(of(page, person))).to_contain_text("Lives on the unit")
    assert violations(page) == []


def test_a_peer_supporter_from_being_put_forward_to_a_suspension(sign_in, mine):
    page, (person, name) = sign_in("keyworker"), mine
    page.goto(f"/people/{person}/unit/")

    step(page, "^Put forward as a peer supporter$", "^Put forward$", "was put forward as a peer supporter")
    press(page, "^Cleared by security$")
    write(page, "Who in security", "SO Sample, security")
    done(page, "^Save: cleared by security$", "The clearance was recorded")
    step(page, "^Trained by the team$", "^Save: trained$", "The training was recorded")
    press(page, "^Begin$")
    tab_to(page, r"^E\b", among="[type=checkbox]")
    page.keyboard.press("Space")
    done(page, "^Begin$", "is a peer supporter from now on")
    peer = page.url
    assert covers(page, name)

    page.goto(peer)
    press(page, "^Record a supervision$")
    write(page, "What was talked about", "Brought two people to the drop-in.")
    done(page, "^Record the supervision$", "The supervision was recorded")
    press(page, "^Suspend$")
    write(page, "Why", "A fight on the landing")
    done(page, "^Suspend$", "is suspended")
    assert violations(page) == []
    assert not covers(page, name)
    page.goto(peer)
    step(page, "^Let them go on$", "^Let them go on$", "is at work again")
    assert covers(page, name)


def covers(page, name):
    """Whether E wing has this peer supporter at work."""
    page.goto("/peers/")
    table = page.get_by_role("table", name="Which wing has whom")
    assert violations(page) == []
    return name in table.get_by_role("row").filter(has_text="E wing").inner_text()
