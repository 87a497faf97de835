import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Absence, Allocation, AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user(capacity=0)
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    user = factories.user(Role.MANAGER, full_name="Mo", capacity=0)
    client.force_login(user)
    return user


def url(name, of):
    return reverse(f"casework:{name}", args=[of.pk])


def operations():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", "by_id"))


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


def test_allocate_suggests_somebody_and_asks_why_it_is_another(client, manager):
    case = factories.case(opened_by=manager)
    free, busy = factories.user(full_name="Kay Walker"), factories.user(full_name="Lee Runner", capacity=4)
    factories.case(worker=busy)

    form = client.get(url("allocate", case))
    assert "Suggested: <strong>Kay Walker</strong> (0 of 25 cases)." in form.content.decode()
    assert [form.context["form"][name].value() for name in ("worker", "suggested")] == [free.pk, free.pk]
    response = allocate(client, case, busy, suggested=free.pk)

    assert response.context["form"].errors == {"reason": ["Kay Walker is suggested. Say why it shall be Lee Runner."]}
    assert allocate(client, case, busy, suggested=free.pk, reason="Speaks his language").status_code == 302
    row = case.allocations.get()
    assert (row.worker, row.suggested, row.reason) == (busy, free, "Speaks his language")
    page = client.get(url("case", case)).content.decode()
    assert "Speaks his language (Kay Walker was suggested)" in page


def test_allocate_asks_why_somebody_who_is_full_takes_one_more(client, manager):
    case, full = factories.case(opened_by=manager), factories.user(full_name="Kay Walker", capacity=1)
    factories.case(worker=full)

    response = allocate(client, case, full, suggested=full.pk)

    words = "Kay Walker holds 1 of 1 cases already. Say why it shall be one more."
    assert response.context["form"].errors == {"reason": [words]}


def test_allocate_says_when_nobody_can_be_suggested(client, manager):
    case = factories.case(opened_by=manager)
    Absence.objects.create(user=manager, prison=manager.prison, from_on=DAY, until_on=DAY)

    assert "Nobody can be suggested: everybody is away." in client.get(url("allocate", case)).content.decode()


# Co-workers


def test_co_worker_is_added_and_taken_off(client, keyworker):
    case, worker = factories.case(worker=keyworker), factories.user(full_name="Kay Walker")

    responses = [client.post(url("add_co_worker", case), {"worker": worker.pk, "reason": "Learns"}) for _ in range(2)]
    row = case.co_workers.get()
    page = client.get(url("add_co_worker", case))
    assert [value for value, _ in page.context["form"].fields["worker"].choices] == [""]
    responses += [client.post(url("end_co_worker", row)) for _ in range(2)]

    row.refresh_from_db()
    assert [response.url for response in responses] == [url("case", case)] * 4
    assert (row.worker, row.reason, row.until_at is None) == (worker, "Learns", False)
    assert operations() == [("case.co_worker_added", keyworker.pk), ("case.co_worker_ended", keyworker.pk)]


def test_co_worker_who_is_away_is_refused_beside_the_field(client, keyworker):
    case, worker = factories.case(), factories.user(full_name="Kay Walker")
    Absence.objects.create(user=worker, prison=worker.prison, from_on=DAY, until_on=DAY)

    response = client.post(url("add_co_worker", case), {"worker": worker.pk})

    assert list(response.context["form"].errors) == ["worker"]
    assert case.co_workers.count() == 0


# All of somebody's


@pytest.fixture
def leaver(manager):
    """Somebody with three cases."""
    worker = factories.user(full_name="Lee Leaver")
    for name in ["Ash", "Birch", "Cedar"]:
        factories.case(factories.person(surname=name), worker=worker, opened_by=worker)
    return worker


def sent(client, leaver, **answers):
    """What the page sends as it stands."""
    form = client.get(url("reallocate", leaver)).context["form"]
    data = {"reason": "Leaves the team", "override": "", "seen": [row["proposal"].key for row in form.rows]}
    for row in form.rows:
        data |= {row["take"].name: "on", row["to"].name: row["to"].value(), row["was"].name: row["was"].value()}
    return {**data, **answers}


def holders(leaver):
    rows = Allocation.objects.filter(case__opened_by=leaver, until_at=None).order_by("case__person__surname")
    return [row.worker.full_name for row in rows.select_related("worker")]


def test_reallocate_moves_all_as_proposed(client, manager, leaver):
    for name in ["One", "Two"]:
        factories.user(full_name=name)
    data = sent(client, leaver)

    responses = [client.post(url("reallocate", leaver), data) for _ in range(2)]

    assert responses[0].url == reverse("casework:caseload")
    assert holders(leaver) == ["One", "Two", "One"]
    assert [action for action, _ in operations()] == ["case.allocated"] * 3 + ["staff.cases_moved"]
    assert "they are no longer in the list" in responses[1].content.decode()  # The second click saved nothing more.
    entry = AuditEntry.objects.filter(action="caseload.reallocated.listed").earliest("pk")
    assert len(entry.detail["people"]) == 3


def test_reallocate_moves_what_is_ticked_to_whom_is_chosen(client, manager, leaver):
    one, two = factories.user(full_name="One"), factories.user(full_name="Two")
    data = sent(client, leaver)
    ash, birch, cedar = data["seen"]
    del data[f"take_{cedar}"]
    data[f"to_{birch}"] = one.pk

    refused = client.post(url("reallocate", leaver), data)
    words = "For Sam Birch you chose somebody else than proposed. Say why."
    assert refused.context["form"].errors == {"override": [words]}
    assert refused.context["form"][f"to_{birch}"].value() == str(one.pk)
    response = client.post(url("reallocate", leaver), {**data, "override": "Knows the family"})

    assert response.url == f"{reverse('casework:caseload')}?worker={leaver.pk}"
    assert holders(leaver) == ["One", "One", "Lee Leaver"]
    rows = Allocation.objects.filter(until_at=None, worker=one).order_by("pk").values_list("reason", "suggested")
    assert list(rows) == [("Leaves the team", one.pk), ("Leaves the team. Knows the family", two.pk)]


def test_reallocate_leaves_nobody_without_a_worker(client, manager, leaver):
    factories.user(full_name="One")
    data = sent(client, leaver)
    data[f"to_{data['seen'][1]}"] = ""

    response = client.post(url("reallocate", leaver), data)

    key = f"to_{data['seen'][1]}"
    assert response.context["form"].errors == {key: ["Choose who will hold the case of Sam Birch"]}
    assert holders(leaver) == ["Lee Leaver"] * 3


def test_reallocate_refuses_who_is_away_beside_the_row_and_moves_none(client, manager, leaver):
    one, away = factories.user(full_name="One"), factories.user(full_name="Kay Walker")
    data = sent(client, leaver, override="Back tomorrow")
    data |= {f"to_{key}": one.pk for key in data["seen"]}
    data[f"to_{data['seen'][0]}"] = away.pk
    Absence.objects.create(user=away, prison=away.prison, from_on=DAY, until_on=DAY)

    response = client.post(url("reallocate", leaver), data)

    words = "Kay Walker is away until 14 October 2026. Choose somebody who is here."
    assert response.context["form"].errors == {f"to_{data['seen'][0]}": [words]}
    assert words in response.content.decode()
    assert holders(leaver) == ["Lee Leaver"] * 3


def test_reallocate_tells_who_moved_one_meanwhile_and_keeps_the_rest(client, manager, leaver):
    factories.user(full_name="One")
    data = sent(client, leaver)
    quick = factories.user(full_name="Quick")
    moved = Allocation.objects.get(pk=data["seen"][0])
    Allocation.objects.filter(pk=moved.pk).update(until_at=factories.at())
    Allocation.objects.create(
        case=moved.case, prison=moved.prison, worker=quick, from_at=factories.at(), made_by=manager
    )
    new = factories.case(factories.person(surname="Elm"), worker=leaver, opened_by=leaver)

    response = client.post(url("reallocate", leaver), data)

    form = response.context["form"]
    assert "Sam Ash (Quick)" in form.non_field_errors()[0]
    assert [row["proposal"].case.person.surname for row in form.rows] == ["Birch", "Cedar", "Elm"]
    assert [bool(row["to"].value()) for row in form.rows] == [True] * 3
    assert holders(leaver) == ["Quick", *["Lee Leaver"] * 3]
    assert client.post(url("reallocate", leaver), sent(client, leaver)).status_code == 302
    assert new.allocations.get(until_at=None).worker != leaver


def test_reallocate_asks_why_somebody_would_hold_more_than_he_can(client, manager, leaver):
    factories.user(full_name="One", capacity=2)

    response = client.post(url("reallocate", leaver), sent(client, leaver))

    assert response.context["form"].errors == {"override": ["One would hold 3 cases of 2. Say why."]}


@pytest.mark.parametrize(("answers", "field"), [({"reason": ""}, "reason"), ({"reason": "x" * 100_000}, "reason")])
def test_reallocate_refuses_beside_the_field(client, manager, leaver, answers, field):
    factories.user(full_name="One")

    response = client.post(url("reallocate", leaver), sent(client, leaver, **answers))

    assert list(response.context["form"].errors) == [field]
    assert holders(leaver) == ["Lee Leaver"] * 3


def test_reallocate_asks_for_a_tick(client, manager, leaver):
    factories.user(full_name="One")
    data = {name: value for name, value in sent(client, leaver).items() if not name.startswith("take_")}

    response = client.post(url("reallocate", leaver), data)

    assert response.context["form"].non_field_errors() == ["Tick at least one case."]


def test_reallocate_takes_a_leaver_off_the_cases_of_others(client, manager):
    leaver = factories.user(full_name="Lee Leaver")
    row = factories.co_worker(worker=leaver)

    page = client.get(url("reallocate", leaver))
    assert "Take Lee Leaver off the 1 case where they are co-worker" in page.content.decode()
    client.post(url("reallocate", leaver), {"reason": "Leaves", "leave_co_work": "on"})

    row.refresh_from_db()
    assert row.until_at is not None


def test_reallocate_of_nothing_says_so(client, manager):
    assert "No open cases here" in client.get(url("reallocate", factories.user())).content.decode()


@pytest.mark.parametrize("many", [1, 3])
def test_reallocate_asks_the_same_number_of_queries(client, manager, django_assert_num_queries, many):
    worker = factories.user()
    for _ in range(many):
        factories.case(worker=worker, opened_by=worker)

    with django_assert_num_queries(24):
        client.get(url("reallocate", worker))


def test_reallocate_is_the_managers_of_the_own_prison(client, keyworker):
    worker = factories.user(prison=factories.prison("ACI", "Altcourse"))

    assert client.get(url("reallocate", worker)).status_code == 403
    client.force_login(factories.user(Role.MANAGER))
    assert client.get(url("reallocate", worker)).status_code == 404


def test_reallocate_keeps_to_the_cases_of_the_worker(client, manager, leaver):
    factories.user(full_name="One")
    other = factories.case(worker=factories.user(), opened_by=manager).allocations.get()
    data = sent(client, leaver)
    data |= {"seen": [*data["seen"], other.pk], f"take_{other.pk}": "on", f"to_{other.pk}": manager.pk}

    response = client.post(url("reallocate", leaver), data)

    assert response.status_code == 200
    assert holders(leaver) == ["Lee Leaver"] * 3
    assert Allocation.objects.get(pk=other.pk).until_at is None
