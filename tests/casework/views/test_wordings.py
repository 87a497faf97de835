"""The words in which people are asked, as an administrator keeps them."""

import re

import pytest
from django.db import connection, transaction
from django.urls import reverse

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Consent, ConsentWording, Draft
from casework.operations import wording as operations
from tests import factories

pytestmark = pytest.mark.django_db
INDEX, SHARING = reverse("casework:wordings"), reverse("casework:write_wording", args=["SHARING"])
NONCE = "11111111-1111-4111-8111-111111111111"
TOLD = "What may be told: that you work with us.\r\n\r\n It is your choice: nobody minds. "


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR)
    client.force_login(made)
    return made


def write(client, kind="SHARING", **answers):
    given = {"seen": "2026-1", "told": TOLD, "for_staff": "Ask alone.", "nonce": NONCE, **answers}
    return client.post(reverse("casework:write_wording", args=[kind]), given)


def in_force(kind="SHARING"):
    return ConsentWording.objects.current(kind).version


def test_write_takes_other_words_into_use_once_and_keeps_the_old(client, admin):
    asked = factories.consent(wording="2026-1")

    responses = [write(client) for _ in range(2)]

    assert [response.url for response in responses] == [INDEX] * 2
    assert (in_force(), in_force("NDTMS")) == ("2026-3", "2026-N1")
    new = ConsentWording.objects.get(version="2026-3")
    assert new.points == [("What may be told", "that you work with us."), ("It is your choice", "nobody minds.")]
    entry = AuditEntry.objects.get(action="wording.written")
    assert (entry.by_id, entry.detail) == (admin.pk, {"kind": "SHARING", "version": "2026-3"})
    assert ConsentWording.objects.filter(version="2026-1").exists()
    asked.refresh_from_db()
    assert asked.wording == "2026-1"


def test_write_counts_versions_by_kind_and_begins_with_the_words_in_force(client, admin):
    page = client.get(SHARING)
    write(client, "NDTMS", seen="2026-N1")

    assert page.context["form"]["told"].value() == ConsentWording.objects.get(version="2026-1").told
    assert in_force("NDTMS") == "2026-N2"


def test_preview_shows_what_the_person_will_read_and_keeps_nothing_but_the_draft(client, admin):
    token = re.search(r'name="draft_token" value="([^"]+)"', client.get(SHARING).text)[1]

    response = write(client, preview="Preview", draft_token=token)

    assert response.context["preview"].points[0] == ("What may be told", "that you work with us.")
    assert "<strong>It is your choice:</strong> nobody minds." in response.text
    assert (in_force(), Draft.objects.count()) == ("2026-1", 1)
    assert 'name="nonce" value="' + NONCE in response.text


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"told": " "}, "told", "Write what the person is told"),
        ({"told": "It is your choice: yes\nno colon here"}, "told", "Point 2 needs what it is about"),
        ({"told": "x" * 61 + ": long"}, "told", "in 60 letters at most"),
        ({"told": "Choice:"}, "told", "Point 1 needs"),
        ({"told": "a:" + "x" * 100_000}, "told", "Shorten this to 6000 characters"),
        ({"for_staff": "x" * 1001}, "for_staff", "Shorten this to 1000 characters"),
    ],
)
@pytest.mark.parametrize("button", ["save", "preview"])
def test_write_refuses_beside_the_field_and_keeps_nothing(client, admin, answers, field, words, button):
    response = write(client, **answers, **{button: "x"})

    assert list(response.context["form"].errors) == [field]
    assert words in response.context["form"].errors[field][0]
    assert (response.context["preview"], in_force()) == (False, "2026-1")


def test_write_refuses_the_words_that_are_in_force(client, admin):
    now = ConsentWording.objects.current("SHARING")

    response = write(client, told=now.told, for_staff=now.for_staff)

    assert response.context["form"].errors == {"told": ["These are the words of 2026-1, which are in force already."]}


def test_write_tells_whoever_was_slower_and_shows_both(client, admin):
    write(client, told="Theirs: first")

    told = write(client, told="Mine: second", nonce="21111111-1111-4111-8111-111111111111")
    assert "Somebody else took wording 2026-3 into use" in told.text
    assert ("<strong>Theirs:</strong> first" in told.text, told.context["form"]["told"].value()) == (
        True,
        "Mine: second",
    )
    seen = told.context["form"]["seen"].value()
    write(client, told="Mine: second", seen=seen, nonce="21111111-1111-4111-8111-111111111111")

    assert (in_force(), ConsentWording.objects.current("SHARING").told) == ("2026-4", "Mine: second")


def test_an_answer_goes_with_the_words_that_were_read_out(client):
    keyworker, person = factories.user(), factories.person()
    client.force_login(keyworker)
    address = reverse("casework:record_consent", args=[person.pk])
    form = client.get(address).context["form"]
    other = {"told": "Choice: yours", "for_staff": "", "by": factories.user(Role.ADMINISTRATOR)}
    operations.write(kind="SHARING", seen="2026-1", **other)
    given = {
        "agency": factories.agency().pk,
        "purpose": "HANDOVER",
        "given": "YES",
        "sections": ["USE"],
        "how": "IN_PERSON",
        "asked_by": keyworker.pk,
        "asked_on": "14/10/2026",
        "wording": form["wording"].value(),
    }

    refused = client.post(address, given | {"given": ""})
    client.post(address, given | {"nonce": NONCE})

    assert refused.context["wording"].version == "2026-1"
    assert client.get(address).context["wording"].version == "2026-3"
    assert Consent.objects.get().wording == "2026-1"


@pytest.mark.parametrize("version", ["", "2026-N1", "nonsense", "\0"])
def test_an_answer_without_the_name_of_a_version_goes_with_todays(client, version):
    assert ConsentWording.objects.shown("SHARING", version).version == "2026-1"


def test_index_lists_every_version_with_the_one_in_force_first(client, admin):
    write(client)

    page = client.get(INDEX)

    found = [[row.version for row in rows] for _, rows in page.context["kinds"]]
    assert found == [["2026-3", "2026-1"], ["2026-N1"]]
    assert page.text.count("In force") == 2
    assert f'href="{reverse("casework:wordings")}"' in client.get(reverse("casework:settings")).text


@pytest.mark.parametrize("many", [1, 3])
def test_index_asks_the_same_number_of_queries(client, admin, django_assert_num_queries, many):
    for number in range(many):
        operations.write(kind="SHARING", told=f"Choice: {number}", for_staff="", seen=in_force(), by=admin)

    with django_assert_num_queries(14):
        client.get(INDEX)


def test_pages_are_for_administrators_and_versions_for_everybody(client):
    read = reverse("casework:consent_wording", args=["2026-1"])
    for role in [Role.KEYWORKER, Role.MANAGER, Role.AUDITOR, Role.PARTNER]:
        client.force_login(factories.user(role))
        assert [client.get(url).status_code for url in [INDEX, SHARING, read]] == [403, 403, 200]
        assert write(client).status_code == 403
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert "What may be told" in client.get(read).text
    assert client.get(reverse("casework:consent_wording", args=["1999-1"])).status_code == 404
    assert client.get(reverse("casework:write_wording", args=["NOTHING"])).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.MANAGER])
@pytest.mark.parametrize(
    "words", ["UPDATE casework_consentwording SET told = ''", "DELETE FROM casework_consentwording"]
)
def test_nobody_changes_a_version(role, words):
    with (
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
        context.acting(factories.user(role)),
    ):
        connection.cursor().execute(words)
