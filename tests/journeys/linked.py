"""A link without an account, sent by the team and opened by somebody of the agency."""

import re

import psycopg
from django.conf import settings
from playwright.sync_api import expect

from tests.journeys.conftest import HOUSE, violations


def ask(sql, *given, options=""):
    where = settings.DATABASES["default"]
    house = {"host": where["HOST"], "port": where["PORT"], "user": "postgres", "dbname": HOUSE}
    with psycopg.connect(**house, options=options) as database:
        return database.execute(sql, given).fetchone()


def send(keyworker, handover):
    keyworker.goto(f"/handovers/{handover}/")
    keyworker.get_by_role("button", name="Links without an account").click()
    keyworker.get_by_role("button", name="Send a link").click()
    keyworker.get_by_role("radio", name=re.compile("Read out to")).last.check()
    assert violations(keyworker) == []
    keyworker.get_by_role("button", name="Send the link").click()
    expect(keyworker.get_by_text("It is shown this once")).to_be_visible()
    assert violations(keyworker) == []
    return re.search(r"\b\d{4} \d{4}\b", keyworker.locator("main .govuk-heading-xl").inner_text())[0]


def waited_for_mail(page, handover):
    """The worker sends it within the minute; the mail itself goes to its log."""
    for _ in range(60):
        nonce, at = ask(
            "SELECT l.nonce, m.sent_at FROM partners_handoverlink l JOIN casework_mail m ON m.path LIKE '/link/' || l.nonce || '/%%'"
            " WHERE l.handover_id = %s AND l.revoked_at IS NULL AND m.kind = 'LINK'",
            handover,
        )
        if at:
            break
        page.wait_for_timeout(1000)
    return nonce, at


def give(page, address, code):
    page.goto(address)
    page.get_by_label("Code").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_load_state()
