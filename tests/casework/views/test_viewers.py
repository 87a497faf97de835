from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from casework import audit
from casework.access import Role
from casework.models import RecordAccess
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12), tick=False)


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER, full_name="Mo Manager")


def url(person):
    return reverse("casework:viewers", args=[person.pk])


def view(client, user, person, *names):
    client.force_login(user)
    for name in names:
        client.get(reverse(name, args=[person.pk]))


def rows(page):
    return [(row.day, row.name, row.count, row.what, row.reasons) for row in page.context["page"].rows]


def test_show_has_a_line_for_each_who_and_day(client, manager, time_machine):
    worker, colleague = factories.user(full_name="Kay Worker"), factories.user(full_name="Col League")
    person = factories.case(worker=worker).person
    RecordAccess.objects.create(
        person=person, prison=worker.prison, user=colleague, reason="Asked by healthcare",
        from_at=factories.at(hour=11), until_at=factories.at(hour=14),
    )  # fmt: skip
    view(client, worker, person, "reporting:person", "reporting:person", "casework:consents")
    view(client, colleague, person, "reporting:person")
    view(client, worker, factories.person(), "reporting:person")
    client.get(reverse("casework:caseload"))
    time_machine.move_to(factories.at(DAY + timedelta(days=1)), tick=False)
    client.force_login(manager)
    client.get(url(person))

    page = client.get(url(person))

    assert rows(page) == [
        (DAY + timedelta(days=1), "Mo Manager", 2, ["who viewed"], []),
        (DAY, "Kay Worker", 3, ["consents", "timeline"], []),
        (DAY, "Col League", 1, ["timeline"], ["Asked by healthcare"]),
    ]
    assert "Asked by healthcare" in page.content.decode()


def test_show_keeps_the_views_of_a_number_that_was_merged_away(client, manager):
    person, worker = factories.person(), factories.user(full_name="Kay Worker")
    merged = factories.person()
    view(client, worker, merged, "reporting:person")
    type(merged).objects.filter(pk=merged.pk).update(merged_into=person)
    client.force_login(manager)

    assert ("Kay Worker", 1) in [row[1:3] for row in rows(client.get(url(person)))]


def test_show_turns_pages_by_key(client, manager, monkeypatch):
    monkeypatch.setattr("casework.queries.viewers.PAGE", 2)
    person = factories.person()
    for number in range(3):
        view(client, factories.user(full_name=f"Worker no. {number}"), person, "reporting:person")
    client.force_login(manager)

    first = client.get(url(person))
    second = client.get(url(person) + first.context["older_url"])

    names = [[row[1] for row in rows(page)] for page in [first, second]]
    assert names == [["Mo Manager", "Worker no. 0"], ["Worker no. 1", "Worker no. 2"]]


def test_show_turns_pages_past_links_that_have_no_account(client, manager, monkeypatch):
    monkeypatch.setattr("casework.queries.viewers.PAGE", 1)
    person = factories.person()
    view(client, factories.user(full_name="Kay Worker"), person, "reporting:person")
    for name in ["Link 7 of Liverpool DIP", "Link 8 of Liverpool DIP", "Link 8 of Liverpool DIP"]:
        link = SimpleNamespace(pk=None, full_name=name, prison_id=person.prison_ids[0])
        audit.opened(SimpleNamespace(user=link), person, what="handover")
    client.force_login(manager)
    client.get(url(person))

    seen, page = [], client.get(url(person))
    while page.context["older_url"]:
        seen += [(row.name, row.count, row.what) for row in page.context["page"].rows]
        page = client.get(url(person) + page.context["older_url"])
    seen += [(row.name, row.count, row.what) for row in page.context["page"].rows]

    assert [name for name, _, _ in seen] == [
        "Mo Manager",
        "Kay Worker",
        "Link 7 of Liverpool DIP",
        "Link 8 of Liverpool DIP",
    ]
    assert seen[2:] == [("Link 7 of Liverpool DIP", 1, ["handover"]), ("Link 8 of Liverpool DIP", 2, ["handover"])]


@pytest.mark.parametrize(
    "after", ["x", "2026-10-14", "2026-10-14_", "2026-10-14_%00", "2026-10-14_" + "9" * 30, "_7", "2026-10-14_²"]
)
def test_show_begins_anew_or_goes_on_where_the_address_is_no_place(client, manager, after):
    client.force_login(manager)

    assert client.get(url(factories.person()) + f"?after={after}").status_code == 200


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_show_is_for_managers(client, role):
    client.force_login(factories.user(role))

    assert client.get(url(factories.person())).status_code == 403


def test_show_of_another_prison_is_not_there(client, manager):
    client.force_login(manager)

    assert client.get(url(factories.person(prison_ids=[factories.prison("ACI", "Altcourse").pk]))).status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_show_takes_the_same_number_of_queries(client, manager, django_assert_num_queries, many):
    person = factories.person()
    for _ in range(many):
        view(client, factories.user(), person, "reporting:person")
    client.force_login(manager)
    client.get(url(person))

    with django_assert_num_queries(19):
        client.get(url(person))
