"""The roll as the prison's system would give it today: everybody whom the house knows, to be changed and uploaded."""

import psycopg
from django.conf import settings
from playwright.sync_api import expect

from casework.formats import reference
from tests.journeys.conftest import HOUSE

PEOPLE = """
    SELECT s.id, p.number, p.surname, p.forenames, p.date_of_birth, l.cell, l.whereabouts, s.booking
    FROM casework_custodyspell s JOIN casework_person p ON p.id = s.person_id
    LEFT JOIN casework_location l ON l.spell_id = s.id AND l.until_at IS NULL
    WHERE s.ended_at IS NULL AND s.off_roll_on IS NULL
"""
DATES = 'SELECT spell_id, kind, "on" FROM casework_releasedate WHERE superseded_at IS NULL'


def people():
    """A dict for each person, in the shape of the prisoner search service."""
    where = settings.DATABASES["default"]
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=HOUSE) as database:
        known, dates = database.execute(PEOPLE).fetchall(), database.execute(DATES).fetchall()
    names = {kind: name for name, (kind, _) in reference.release_dates().items()}
    releases = {}
    for spell, kind, on in dates:
        releases.setdefault(spell, {})[names[kind]] = str(on)
    return [
        entry(number, surname, forenames, str(born), cell, f"ACTIVE {'IN' if whereabouts == 'IN' else 'OUT'}", booking)
        | releases.get(spell, {})
        for spell, number, surname, forenames, born, cell, whereabouts, booking in known
    ]


def entry(number, surname, forenames, born, cell, status, booking):
    return {
        "prisonerNumber": number,
        "lastName": surname,
        "firstName": forenames,
        "dateOfBirth": born,
        "prisonId": "LPI",
        "cellLocation": cell,
        "status": status,
        "bookingId": booking,
    }


def upload(page, path):
    """Import the roll in the file ``path``, as a manager does."""
    page.get_by_role("link", name="Roll", exact=True).click()
    page.get_by_role("button", name="Upload a roll").click()
    page.get_by_label("Which file holds the roll?").set_input_files(path)
    page.get_by_role("button", name="Upload and preview").click()
    page.get_by_role("button", name="Import this roll").click(timeout=60_000)
    expect(page.get_by_role("main")).to_contain_text("Done", timeout=60_000)
