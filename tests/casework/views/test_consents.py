from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Consent
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


def url(name, of):
    return reverse(f"casework:{name}", args=[of.pk])


def record(client, person, **answers):
    default = {
        "agency": factories.agency().pk,
        "purpose": "HANDOVER",
        "given": "YES",
        "sections": ["CUSTODY", "USE"],
        "how": "IN_WRITING",
        "asked_by": client.session["_auth_user_id"],
        "asked_on": "14/10/2026",
        "expires_on": "",
        "nonce": "11111111-1111-4111-8111-111111111111",
    }
    return client.post(url("record_consent", person), {**default, **answers})


def test_show_says_for_each_agency_how_the_answer_stands(client, keyworker):
    person = factories.person()
    wirral, sefton, halton = (factories.agency(f"{name} DIP") for name in ("Wirral", "Sefton", "Halton"))
    factories.consent(person)
    factories.consent(person, agency=wirral, given=False)
    factories.consent(person, agency=sefton, withdrawn_at=factories.at(), withdrawn_by=keyworker)
    factories.consent(person, agency=halton, asked_on=DAY - timedelta(days=400), expires_on=DAY - timedelta(days=35))

    response = client.get(url("consents", person))

    states = [(one.agency.name, one.answer.state.label) for one in response.context["standings"]]
    assert states == [
        ("Halton DIP", "Run out"),
        ("Liverpool DIP", "Given"),
        ("Sefton DIP", "Withdrawn"),
        ("Wirral DIP", "Refused"),
    ]
    page = response.content.decode()
    assert [page.count("withdraw/"), "common law of confidentiality" in page, "public task" in page] == [1, True, True]
    assert AuditEntry.objects.filter(action="person.consents.opened", by_id=keyworker.pk).count() == 1


def test_show_keeps_earlier_answers_below(client, keyworker):
    person = factories.person()
    factories.consent(person, given=False, recorded_at=factories.at(hour=9))
    factories.consent(person)

    standing = client.get(url("consents", person)).context["standings"][0]

    assert (standing.answer.given, [answer.given for answer in standing.earlier]) == (True, [False])


def test_record_keeps_the_answer_once(client, keyworker):
    person = factories.person()

    responses = [record(client, person) for _ in range(2)]

    consent = Consent.objects.get()
    assert [response.url for response in responses] == [url("consents", person)] * 2
    assert (consent.given, consent.recorded_by, consent.wording) == (True, keyworker, Consent.WORDING)
    assert AuditEntry.objects.filter(action="consent.recorded").count() == 1


def test_record_keeps_a_refusal(client, keyworker):
    record(client, factories.person(), given="NO")

    assert (Consent.objects.get().given, Consent.objects.get().sections) == (False, [])


def test_record_asks_about_each_part(client, keyworker):
    none = record(client, factories.person(), sections=[])
    unknown = record(client, factories.person(), sections=["SHOES"])
    person = factories.person()
    record(client, person, sections=["USE", "BLOOD_BORNE", "CUSTODY"])

    assert none.context["form"].errors == {"sections": ["Choose at least one part, or record that the person said no."]}
    assert list(unknown.context["form"].errors) == ["sections"]
    assert Consent.objects.get().sections == ["CUSTODY", "USE", "BLOOD_BORNE"]
    page = client.get(url("consents", person)).content.decode()
    assert "Not shared: Risks, Work with the team" in page
    assert "Custody and release, Drug and alcohol use, Tests for blood-borne viruses" in page


def test_share_fewer_puts_another_answer_in_its_place_once(client, keyworker):
    consent = factories.consent(sections=["CUSTODY", "USE", "RISKS"])
    address = reverse("casework:share_fewer", args=[consent.pk])
    given = {"how": "IN_PERSON", "nonce": "11111111-1111-4111-8111-111111111111"}

    same = client.post(address, {**given, "sections": ["CUSTODY", "USE", "RISKS"]})
    none = client.post(address, {**given, "sections": []})
    more = client.post(address, {**given, "sections": ["CUSTODY", "NALOXONE"]})
    responses = [client.post(address, {**given, "sections": ["CUSTODY"]}) for _ in range(2)]

    assert [list(page.context["form"].errors) for page in [same, none, more]] == [["sections"]] * 3
    assert [response.url for response in responses] == [url("consents", consent.person)] * 2
    newest, before = Consent.objects.all()
    assert (newest.sections, newest.expires_on, newest.withdrawn_at) == (["CUSTODY"], consent.expires_on, None)
    assert (before.pk, before.withdrawn_by) == (consent.pk, keyworker)


def test_share_fewer_is_not_for_others(client, keyworker):
    consent = factories.consent()
    address = reverse("casework:share_fewer", args=[consent.pk])
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert client.get(address).status_code == 404
    client.force_login(factories.user(Role.AUDITOR))
    assert client.get(address).status_code == 403


def test_record_refuses_a_second_live_consent_beside_the_field(client, keyworker):
    person = factories.person()
    factories.consent(person)

    response = record(client, person)

    words = "There is already a consent for this agency and purpose. Withdraw it before recording another answer."
    assert response.context["form"].errors == {"agency": [words]}
    assert Consent.objects.count() == 1


def test_record_offers_no_agency_that_was_ended(client, keyworker):
    ended = factories.agency("Old DIP", ended_on=DAY)

    response = record(client, factories.person(), agency=ended.pk)

    assert list(response.context["form"].errors) == ["agency"]
    assert "Old DIP" not in response.content.decode()


def test_record_shows_the_wording_that_it_keeps(client, keyworker):
    assert f"Wording {Consent.WORDING}" in client.get(url("record_consent", factories.person())).content.decode()


def test_withdraw_asks_first_and_then_withdraws_once(client, keyworker):
    consent = factories.consent()

    assert (
        "Withdraw the consent for Liverpool DIP, handover of care?"
        in client.get(url("withdraw_consent", consent)).content.decode()
    )
    assert Consent.objects.live(DAY).count() == 1
    responses = [client.post(url("withdraw_consent", consent), {"how": "IN_PERSON"}) for _ in range(2)]

    assert [response.url for response in responses] == [url("consents", consent.person)] * 2
    consent.refresh_from_db()
    assert consent.withdrawn_by == keyworker
    assert AuditEntry.objects.filter(action="consent.withdrawn").count() == 1


def test_withdraw_says_when_there_is_nothing_to_withdraw(client, keyworker):
    response = client.post(url("withdraw_consent", factories.consent(given=False)), {"how": "IN_PERSON"})

    assert "so there is no consent to withdraw" in response.content.decode()


@pytest.mark.parametrize("name", ["consents", "record_consent", "withdraw_consent"])
def test_consents_are_for_caseworkers_of_the_prison(client, keyworker, name):
    altcourse = factories.prison("ACI", "Altcourse")
    person = factories.person(prison_ids=[altcourse.pk])
    consent = factories.consent(person, prison=altcourse)
    address = url(name, consent if name == "withdraw_consent" else person)

    assert client.get(address).status_code == 404
    client.force_login(factories.user(Role.PARTNER))
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_show_asks_the_same_number_of_queries(client, keyworker, django_assert_num_queries, many):
    person = factories.person()
    for number in range(many):
        factories.consent(person, agency=factories.agency(f"Agency {number}"))

    with django_assert_num_queries(22):
        client.get(url("consents", person))
