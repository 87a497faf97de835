"""The partner's side: what he sees, what he never sees, and the click after it was taken back."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Mail
from partners.models import Handover, HandoverMove, Pack
from tests import factories
from tests.partners import contents
from tests.partners.pages import at, text, trail

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
State = Handover.State


@pytest.fixture
def partner(client):
    user = factories.user(Role.PARTNER, full_name="Pat Pretend")
    client.force_login(user)
    return user


@pytest.fixture
def sent():
    """A handover that was sent to Liverpool DIP, with its pack."""
    return factories.pack(factories.handover(content=contents.FULL)).handover


def test_coming_lists_what_was_sent_to_the_agency(client, partner, sent):
    factories.handover(agency=factories.agency("Wirral DIP"))
    factories.handover(state=State.READY)
    long_ago = factories.handover(release_on=TODAY - timedelta(days=57))
    closed = factories.handover(state=State.CLOSED)

    page = client.get(at("coming"))
    earlier = client.get(at("coming") + "?earlier")

    assert page.context["handovers"] == [sent]
    assert f"{sent.content['person']['name']} New {sent.content['person']['number']}" in text(page)
    assert earlier.context["handovers"] == [closed, long_ago]
    entry = AuditEntry.objects.filter(action="handovers.listed").first()
    assert entry.detail == {"people": sorted([long_ago.person_id, closed.person_id])}


def test_coming_says_that_nobody_comes(client, partner):
    assert "Nobody is coming to you at present" in text(client.get(at("coming")))
    assert "Nobody came to you earlier" in text(client.get(at("coming") + "?earlier"))


@pytest.mark.parametrize("query", ["", "?earlier"])
def test_coming_pages_by_key(client, partner, query):
    day = TODAY - timedelta(days=100 if query else 1)
    made = [factories.handover(release_on=day) for _ in range(27)]

    first = client.get(at("coming") + query)
    second = client.get(at("coming") + first.context["older_url"])

    assert len(first.context["handovers"]) == 25
    assert {*first.context["handovers"], *second.context["handovers"]} == {*made}


def test_received_shows_what_was_shared_and_is_audited(client, partner, sent):
    page = text(client.get(at("received", sent.pk)))

    assert "High. No opioids since January." in page
    assert "Sharing with Liverpool DIP: Continuity of care" in page
    assert "Open the pack (PDF)" in page
    assert trail() == [("handover.opened", sent.person_id)]


def test_received_without_a_pack_says_so(client, partner):
    made = factories.handover()

    assert "There is no pack with this handover." in text(client.get(at("received", made.pk)))


def test_received_tells_nothing_of_how_it_was_written(client, partner, sent):
    for after, words in [("DRAFT", ""), ("READY", ""), ("SENT", "")]:
        by, at_ = sent.made_by, timezone.now()
        place = {"prison": sent.prison, "agency": sent.agency}
        HandoverMove.objects.create(handover=sent, **place, after=after, before="DRAFT", words=words, by=by, at=at_)

    page = text(client.get(at("received", sent.pk)))

    assert "Sent by the prison’s team" in page
    assert "Ready to send" not in page


def test_pack_is_opened_by_the_partner_and_audited(client, partner, sent):
    pack = sent.packs.get()

    response = client.get(at("pack", pack.pk))

    assert response.content == bytes(pack.pdf)
    assert trail() == [("pack.opened", sent.person_id)]
    assert AuditEntry.objects.get(kind="READ").detail == {"number": 1}


def test_pack_that_was_set_aside_is_never_opened_by_a_partner(client, partner, sent):
    stale = factories.pack(sent, number=2, state=Pack.State.STALE, pdf=b"%PDF taken back", built_at=timezone.now())

    assert client.get(at("pack", stale.pk)).status_code == 404


def test_acknowledge_is_noted_and_told(client, partner, sent):
    page = client.post(at("acknowledge", sent.pk), follow=True)

    assert "Acknowledged by Pat Pretend" in text(page)
    sent.refresh_from_db()
    assert (sent.state, sent.answered_at is None) == (State.ACKNOWLEDGED, False)
    assert ("handover.acknowledged", sent.person_id) in trail("OPERATION")


def test_acknowledge_of_another_prison_than_the_accounts_is_told_there(client, sent):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    client.force_login(factories.user(Role.PARTNER, prison=altcourse))

    assert client.post(at("acknowledge", sent.pk)).status_code == 302

    sent.refresh_from_db()
    assert (sent.state, set(Mail.objects.values_list("prison", flat=True))) == (State.ACKNOWLEDGED, {sent.prison_id})


def test_acknowledge_tells_the_second_colleague(client, partner, sent):
    client.post(at("acknowledge", sent.pk))
    client.force_login(factories.user(Role.PARTNER))

    page = client.post(at("acknowledge", sent.pk), follow=True)

    assert "This handover was acknowledged by Pat Pretend at" in text(page)


def test_query_carries_the_words_to_the_team(client, partner, sent):
    empty = client.post(at("agency_step", sent.pk, "query"), {"words": ""})
    assert empty.context["form"].errors["words"] == ["This field is required."]
    page = client.post(at("agency_step", sent.pk, "query"), {"words": "Who meets him?"}, follow=True)

    assert "“Who meets him?”" in text(page)
    sent.refresh_from_db()
    assert sent.state == State.QUERIED
    client.force_login(factories.user(Role.PARTNER))
    refused = client.post(at("agency_step", sent.pk, "query"), {"words": "When?"})
    assert refused.context["form"].non_field_errors()[0].startswith("This handover was queried by Pat Pretend")


# Taken back: between the page and the click.


def withdraw(made):
    made.consent.withdrawn_at = timezone.now()
    made.consent.save()


def expire(made):
    made.consent.asked_on, made.consent.expires_on = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    made.consent.save()


def lapse(made):
    made.agency.protocols.update(review_on=TODAY - timedelta(days=1))


def end(made):
    made.agency.protocols.update(ended_on=TODAY)


def recall(made):
    Handover.objects.filter(pk=made.pk).update(state=State.RECALLED)


@pytest.mark.parametrize("take_back", [withdraw, expire, lapse, end, recall])
@pytest.mark.parametrize(
    ("method", "name"),
    [("get", "received"), ("get", "pack"), ("post", "acknowledge"), ("get", "query"), ("post", "query")],
)
def test_what_was_taken_back_is_not_found_at_the_next_click(client, partner, sent, take_back, method, name):
    pack = sent.packs.get()
    assert client.get(at("received", sent.pk)).status_code == 200
    take_back(sent)

    response = getattr(client, method)(at(name, pack.pk if name == "pack" else sent.pk), {"words": "When?"})

    assert response.status_code == 404
    assert client.get(at("coming")).context["handovers"] == []
    assert HandoverMove.objects.count() == 0
    assert trail()[0] == ("handover.opened", sent.person_id), "the earlier view stays in the trail"
    assert ("refused.404", None) in trail("REFUSAL")


@pytest.mark.parametrize(
    ("method", "name"), [("get", "received"), ("get", "pack"), ("post", "acknowledge"), ("get", "query")]
)
def test_another_agency_finds_nothing(client, sent, method, name):
    client.force_login(factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP")))

    response = getattr(client, method)(at(name, sent.packs.get().pk if name == "pack" else sent.pk))

    assert response.status_code == 404
    assert client.get(at("coming")).context["handovers"] == []


# What the partner's database role may ask.

THEIRS = {
    "casework_draft",
    "casework_mail",  # added to, never read
    "partners_handover",
    "partners_handoverappointment",
    "partners_handovermove",
    "partners_lastlook",
    "partners_pack",
    "partners_protocol",
    "partners_releasemove",
    "casework_user",
    "casework_agency",
    "casework_prison",
    "django_session",
}


@pytest.mark.parametrize(
    ("method", "name"),
    [("get", "coming"), ("get", "received"), ("get", "pack"), ("get", "query"), ("post", "acknowledge")],
)
def test_pages_of_partners_ask_few_tables(client, partner, sent, method, name):
    key = {"coming": [], "pack": [sent.packs.get().pk]}.get(name, [sent.pk])

    with CaptureQueriesContext(
        connection,
    ) as queries:
        getattr(client, method)(at(name, *key))

    tables = set(
        re.findall(
            r'"((?:casework|partners|referrals|interventions|reporting|django)_\w+)"', str(queries.captured_queries)
        )
    )
    assert tables - {name for name in tables if name.endswith("_id")} <= THEIRS


TABLES = [
    "casework_person",
    "casework_consent",
    "casework_case",
    "interventions_contact",
    "referrals_referral",
    "casework_auditentry",
]


@pytest.mark.parametrize("table", TABLES)
def test_a_partner_reads_no_table_of_the_team(table):
    factories.handover()

    with (
        pytest.raises(Exception, match="permission denied"),
        context.acting(factories.user(Role.PARTNER)),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT * FROM {table}")


def seen(user):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT array_agg(id) FROM partners_handover), (SELECT array_agg(id) FROM partners_pack),"
            " (SELECT array_agg(id) FROM partners_handovermove), (SELECT array_agg(shared) FROM ww.shared_handovers(%s) AS shared)",
            [factories.agency().pk],
        )
        return cursor.fetchone()


def test_a_partner_reads_the_rows_of_his_agency_alone_whatever_the_query(sent):
    pack = sent.packs.get()
    factories.pack(sent, number=2, state=Pack.State.STALE, pdf=b"%PDF taken back", built_at=timezone.now())
    wirral = factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))

    assert seen(factories.user(Role.PARTNER)) == ([sent.pk], [pack.pk], None, [sent.pk])
    assert seen(wirral) == (None, None, None, None)
    withdraw(sent)
    assert seen(factories.user(Role.PARTNER)) == (None, None, None, None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE partners_pack SET pdf = ''",
        "INSERT INTO partners_pack SELECT * FROM partners_pack",
        "UPDATE partners_handover SET content = '{}'",
        "DELETE FROM partners_handover",
        "UPDATE partners_handovermove SET words = ''",
    ],
)
def test_a_partner_changes_nothing_but_his_answer(sent, statement):
    with (
        pytest.raises(Exception, match="permission denied|row-level security"),
        context.acting(factories.user(Role.PARTNER)),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
