import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Absence, AuditEntry, Case
from casework.queries import caseload
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
CASELOAD = reverse("casework:caseload")


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    user = factories.user(Role.MANAGER)
    client.force_login(user)
    return user


def url(name, of):
    return reverse(f"casework:{name}", args=[of.pk])


def operations():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", "by_id"))


# Opening


def open_case(client, person, **answers):
    nonce = "11111111-1111-4111-8111-111111111111"
    return client.post(
        url("open_case", person), {"opened_on": "14/10/2026", "nonce": nonce, "worker": "NOBODY", **answers}
    )


def test_open_opens_a_case_that_the_keyworker_holds_himself(client, keyworker):
    person = factories.spell().person

    responses = [open_case(client, person, worker=keyworker.pk) for _ in range(2)]

    case = Case.objects.get()
    assert [response.url for response in responses] == [url("details", person)] * 2
    assert (case.person, case.allocations.get().worker) == (person, keyworker)
    assert operations() == [("case.opened", keyworker.pk), ("case.allocated", keyworker.pk)]


def test_open_offers_a_keyworker_nobody_but_himself(client, keyworker):
    person = factories.spell().person

    response = open_case(client, person, worker=factories.user().pk)

    assert list(response.context["form"].errors) == ["worker"]
    assert Case.objects.count() == 0


def test_open_lets_a_manager_choose_the_worker(client, manager):
    person, worker = factories.spell().person, factories.user()

    open_case(client, person, worker=worker.pk)

    assert Case.objects.get().allocations.get().worker == worker


def test_open_leaves_the_case_unallocated_when_nobody_is_named(client, keyworker):
    open_case(client, factories.spell().person)

    assert Case.objects.get().allocations.count() == 0


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"opened_on": "15/10/2026"}, "opened_on", "A case cannot open in the future."),
        (
            {"opened_on": "1/9/2026"},
            "opened_on",
            "A case opens on or after the day the person was received, 14 September 2026.",
        ),
    ],
)
def test_open_refuses_beside_the_field(client, keyworker, answers, field, words):
    response = open_case(client, factories.spell().person, **answers)

    assert response.context["form"].errors == {field: [words]}
    assert words in response.content.decode()
    assert Case.objects.count() == 0


def test_open_refuses_a_second_case(client, keyworker):
    person = factories.case().person

    response = open_case(client, person)

    assert response.context["form"].non_field_errors() == ["This person already has an open case."]
    assert Case.objects.count() == 1


def test_open_turns_back_for_somebody_who_is_not_here(client, keyworker):
    person = factories.person()

    response = client.get(url("open_case", person), follow=True)

    assert "This person is not in the prison now" in response.content.decode()


# Allocating


def allocate(client, case, worker, **answers):
    return client.post(url("allocate", case), {"worker": worker.pk, "reason": "", "seen": "", **answers})


def test_allocate_gives_the_case_to_the_worker_once(client, manager):
    case, worker = factories.case(), factories.user()

    responses = [allocate(client, case, worker, reason="Covers the wing") for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert list(case.allocations.values_list("worker", "reason", "made_by")) == [
        (worker.pk, "Covers the wing", manager.pk)
    ]
    assert operations() == [("case.allocated", manager.pk)]


def test_allocate_says_beside_the_field_that_a_worker_is_away(client, manager):
    case, worker = factories.case(), factories.user(full_name="Kay Walker")
    Absence.objects.create(user=worker, prison=worker.prison, from_on=DAY, until_on=DAY)

    response = allocate(client, case, worker)

    words = "Kay Walker is away until 14 October 2026. Choose somebody who is here."
    assert response.context["form"].errors == {"worker": [words]}
    assert case.allocations.count() == 0


def test_allocate_tells_when_another_manager_was_quicker(client, manager):
    case, worker = factories.case(worker=factories.user(full_name="Kay Walker")), factories.user()

    response = allocate(client, case, worker)

    assert "now it is Kay Walker" in response.content.decode()
    assert case.allocations.count() == 1
    assert allocate(client, case, worker, seen=response.context["form"]["seen"].value()).status_code == 302


def test_allocate_is_the_managers(client, keyworker):
    assert client.get(url("allocate", factories.case())).status_code == 403


# Closing


def test_close_closes_the_case_once(client, keyworker):
    case = factories.case(worker=keyworker)
    answers = {"reason": "RELEASED_COURT", "closed_on": "14/10/2026"}

    responses = [client.post(url("close_case", case), answers) for _ in range(2)]

    case.refresh_from_db()
    assert [response.url for response in responses] == [url("details", case.person)] * 2
    assert (case.closed_on, case.close_reason, case.closed_by) == (DAY, "RELEASED_COURT", keyworker)
    assert operations() == [("case.closed", keyworker.pk)]
    page = client.get(url("details", case.person)).content.decode()
    assert "Left: released from court" in page


def test_close_refuses_beside_the_field(client, keyworker):
    case = factories.case()

    response = client.post(url("close_case", case), {"closed_on": "13/10/2026", "reason": ""})
    again = client.post(url("close_case", case), {"closed_on": "13/10/2026", "reason": "COMPLETED"})

    assert response.context["form"].errors == {"reason": ["Choose why the case closes"]}
    words = "A case closes on or after the day it was opened, 14 October 2026."
    assert again.context["form"].errors == {"closed_on": [words]}
    assert Case.objects.open().count() == 1


# Whose


@pytest.mark.parametrize("name", ["open_case", "close_case", "allocate"])
def test_cases_of_another_prison_are_not_found(client, manager, name):
    altcourse = factories.prison("ACI", "Altcourse")
    case = factories.case(spell=factories.spell(prison=altcourse))

    assert client.get(url(name, case.person if name == "open_case" else case)).status_code == 404


@pytest.mark.parametrize("name", ["open_case", "close_case", "allocate"])
def test_cases_are_for_caseworkers_and_show_their_page(client, manager, name):
    case = factories.case()
    address = url(name, case.person if name == "open_case" else case)

    assert client.get(address).status_code == 200
    assert AuditEntry.objects.filter(action="person.opened", person_id=case.person_id).count() == 1
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(address).status_code == 403


# The caseload


def shown(client, address=""):
    return [case.pk for case in client.get(CASELOAD + address).context["page"].rows]


def test_caseload_shows_a_keyworker_his_own_first(client, keyworker):
    own, other = factories.case(worker=keyworker), factories.case(worker=factories.user())

    assert shown(client) == [own.pk]
    assert shown(client, "?worker=all") == [own.pk, other.pk]
    assert shown(client, f"?worker={other.allocations.get().worker_id}") == [other.pk]
    assert shown(client, "?worker=nonsense&wing=nonsense&sort=nonsense&after=nonsense") == [own.pk, other.pk]
    entry = AuditEntry.objects.filter(action="caseload.listed").earliest("pk")
    assert (entry.by_id, entry.detail) == (keyworker.pk, {"people": [own.person_id]})


def test_caseload_shows_a_manager_everybody(client, manager):
    cases = [factories.case(worker=factories.user()).pk, factories.case().pk]

    assert shown(client) == cases
    assert shown(client, "?worker=none") == cases[1:]


def test_caseload_keeps_the_question_when_the_page_turns(client, manager, monkeypatch):
    monkeypatch.setattr(caseload, "PAGE", 2)
    wing = factories.wing()
    for _ in range(3):
        case = factories.case()
        case.spell.locations.update(wing=wing)

    page = client.get(f"{CASELOAD}?worker=none&wing={wing.pk}&sort=-opened").context

    last = page["page"].rows[-1].pk
    assert page["next"] == f"?worker=none&wing={wing.pk}&sort=-opened&after={last}"
    assert [header.get("sorted") for header in page["headers"]] == [None, None, None, None, "descending", None]
    assert page["headers"][4]["url"] == f"?worker=none&wing={wing.pk}&sort=opened"
    assert len(shown(client, page["next"])) == 1


@pytest.mark.parametrize("many", [1, 3, 400])
def test_caseload_asks_the_same_number_of_queries(client, manager, django_assert_num_queries, many):
    worker = factories.user()
    for _ in range(many):
        factories.case(worker=worker)

    with django_assert_num_queries(20):
        client.get(CASELOAD)


def test_caseload_is_of_the_own_prison_and_for_caseworkers(client, manager):
    factories.case(spell=factories.spell(prison=factories.prison("ACI", "Altcourse")))

    assert shown(client) == []
    client.force_login(factories.user(Role.AUDITOR))
    assert client.get(CASELOAD).status_code == 403
