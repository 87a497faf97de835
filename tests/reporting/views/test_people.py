import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Case
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def keyworker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def url(person):
    return reverse("reporting:person", args=[person.pk])


def opened():
    return list(AuditEntry.objects.filter(kind="READ").order_by("pk").values_list("by_id", "action", "person_id"))


def labels(response):
    return [action["text"] for action in response.context["actions"]]


def test_person_shows_the_timeline_and_is_audited(client, keyworker):
    case = factories.case(worker=keyworker)
    contact = factories.contact(case, note="Talked about sleep.")

    response = client.get(url(case.person))

    assert [event.title for event in response.context["page"].events] == [
        "Structured one-to-one: 45 minutes",
        "Case allocated to Kay Worker",
        "Case opened",
        "Located in cell A-1-001",
    ]
    assert "Talked about sleep." in response.text
    assert f'href="{reverse("interventions:show", args=[contact.pk])}"' in response.text
    assert "held by Kay Worker" in response.text
    assert opened() == [(keyworker.pk, "person.opened", case.person_id)]


def test_person_offers_what_makes_sense(client, keyworker):
    stay = factories.spell()
    assert labels(client.get(url(stay.person))) == [
        "Log a session",
        "Plan a session",
        "Refer",
        "Open a case",
        "Record consent",
    ]

    case = factories.case(spell=stay, worker=keyworker)
    assert labels(client.get(url(stay.person))) == [
        "Log a session",
        "Plan a session",
        "Refer",
        "Record consent",
        "Hand over",
    ]

    Case.objects.filter(pk=case.pk).update(closed_on=case.opened_on, close_reason="COMPLETED", closed_by=keyworker)
    stay.ended_at, stay.end = factories.at(), "RELEASED"
    stay.save()
    assert labels(client.get(url(stay.person))) == ["Log a session", "Record consent"]


def test_person_leads_to_pages_that_exist(client, keyworker):
    case = factories.case(worker=keyworker)
    pages = [action["url"] for action in client.get(url(case.person)).context["actions"]]

    assert [client.get(page).status_code for page in pages] == [200] * len(pages)


def test_person_without_a_history_says_so(client, keyworker):
    assert "Nothing has happened yet" in client.get(url(factories.person())).text


def test_person_shows_older_events_behind_the_newest(client, keyworker):
    case = factories.case(worker=keyworker)
    for _ in range(30):
        factories.contact(case)

    first = client.get(url(case.person))
    second = client.get(url(case.person) + first.context["older_url"])

    assert [len(page.context["page"].events) for page in (first, second)] == [25, 8]
    assert (first.context["first_url"], second.context["first_url"]) == ("", url(case.person))
    assert second.context["older_url"] == ""


@pytest.mark.parametrize("count", [1, 3, 300])
def test_person_takes_the_same_queries_for_every_history(client, keyworker, count, django_assert_num_queries):
    case = factories.case(worker=keyworker)
    for _ in range(count):
        factories.contact(case, note="word " * 200)
    client.get(url(case.person))

    with django_assert_num_queries(33):
        client.get(url(case.person))


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_person_is_for_casework(client, role):
    person = factories.person()
    client.force_login(factories.user(role))

    assert client.get(url(person)).status_code == 403
    assert client.get(reverse("reporting:event", args=[person.pk, "session", 1])).status_code == 403


def test_person_of_another_prison_is_not_found(client, keyworker):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    case = factories.case(spell=factories.spell(prison=altcourse), worker=factories.user(prison=altcourse))
    contact = factories.contact(case)

    assert client.get(url(case.person)).status_code == 404
    assert client.get(reverse("reporting:event", args=[case.person_id, "session", contact.pk])).status_code == 404


def test_event_shows_the_whole_of_a_long_note(client, keyworker):
    needs = "A long story. " * 100
    triage = factories.triage(needs=needs)

    timeline = client.get(url(triage.person))
    link = reverse("reporting:event", args=[triage.person_id, "triage", triage.pk])
    assert f'href="{link}"' in timeline.text
    assert needs.strip() not in timeline.text

    response = client.get(link)
    assert needs.strip() in response.text
    assert opened()[-1] == (keyworker.pk, "event.opened", triage.person_id)


def test_event_of_somebody_else_is_not_found(client, keyworker):
    triage, other = factories.triage(), factories.person()

    assert client.get(reverse("reporting:event", args=[other.pk, "triage", triage.pk])).status_code == 404
    assert client.get(reverse("reporting:event", args=[triage.person_id, "nonsense", triage.pk])).status_code == 404
