import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from casework.access import Role
from partners.models import KeyHolder
from tests import factories
from tests.partners import walks
from tests.partners.pages import at, text

pytestmark = pytest.mark.django_db
LIST = "/key-holders/"


@pytest.fixture
def manager(client):
    made = factories.user(Role.MANAGER)
    client.force_login(made)
    return made


def days(count):
    return timezone.localdate() + timedelta(days=count)


def answers(**given):
    usual = {"nonce": uuid.uuid4(), "agency": factories.agency().pk, "name": "Val Visitor", "keys": ["WINGS"]}
    return {**usual, "vetted_until": f"{days(90):%d/%m/%Y}", "key_talk_until": f"{days(60):%d/%m/%Y}", **given}


def test_list_begins_with_what_runs_out_first_and_says_what_has_run_out(client, manager):
    walks.holder(name="Cal", key_talk_until=days(90))
    walks.holder(name="Ann", vetted_until=days(-1))
    walks.holder(name="Bea", key_talk_until=days(28))
    walks.holder(name="Gone", ended_on=days(-3))

    page = client.get(LIST)

    rows = [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in page.content.decode().split("<tr")[2:]]
    assert [row.split(">")[-1].split()[0] for row in rows] == ["Ann", "Bea", "Cal"]
    assert ["Has run out" in row for row in rows] == [True, False, False]
    assert ["Runs out soon" in row for row in rows] == [False, True, False]
    assert [row.name for row in client.get(f"{LIST}?ended").context["ended"]] == ["Gone"]


def test_add_makes_one_key_holder_with_an_account(client, manager):
    account = factories.user(Role.PARTNER)
    given = answers(user=account.pk)
    client.post(at("add_key_holder"), given)
    assert client.post(at("add_key_holder"), given).url == LIST

    made = KeyHolder.objects.get()
    assert (made.name, made.user, made.prison, made.keys, made.until) == (
        "Val Visitor",
        account,
        manager.prison,
        ["WINGS"],
        days(60),
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"agency": 0}, "agency"),
        ({"vetted_until": "soon"}, "vetted_until"),
        ({"key_talk_until": "31/2/2026"}, "key_talk_until"),
        ({"keys": ["CELLS"]}, "keys"),
        ({"user": 0}, "user"),
    ],
)
def test_add_refuses_beside_the_field(client, manager, given, field):
    page = client.post(at("add_key_holder"), answers(**given))

    assert list(page.context["form"].errors) == [field]
    assert KeyHolder.objects.count() == 0


def test_add_refuses_a_name_twice_and_an_account_of_another_agency(client, manager):
    walks.holder(name="Val Visitor")
    twice = client.post(at("add_key_holder"), answers())
    foreign = factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))
    other = client.post(at("add_key_holder"), answers(name="Vic", user=foreign.pk))

    assert twice.context["form"].errors == {"name": ["This person carries keys already."]}
    assert other.context["form"].errors == {"user": ["This account is not one of Liverpool DIP."]}


def test_edit_and_end(client, manager):
    holder = walks.holder(name="Val Visitor")
    given = answers(version=1, name="Val Other", user=holder.user_id)
    assert client.post(at("edit_key_holder", holder.pk), given).url == LIST
    assert "Somebody else changed this" in text(client.post(at("edit_key_holder", holder.pk), given))
    assert client.post(at("end_key_holder", holder.pk), {"version": 2}).url == LIST

    holder.refresh_from_db()
    assert (holder.name, holder.ended_on) == ("Val Other", timezone.localdate())
    assert client.get(at("edit_key_holder", holder.pk)).status_code == 404


@pytest.mark.parametrize("name", ["edit_key_holder", "end_key_holder"])
def test_another_prison_finds_nobody(client, name):
    holder = walks.holder()
    client.force_login(factories.user(Role.MANAGER, prison=factories.prison("ACI", "Altcourse")))

    assert client.get(at(name, holder.pk)).status_code == 404
    assert list(client.get(LIST).context["holders"]) == []


@pytest.mark.parametrize(
    ("role", "reads", "keeps"),
    [
        (Role.KEYWORKER, 200, 403),
        (Role.MANAGER, 200, 200),
        (Role.ADMINISTRATOR, 200, 200),
        (Role.PARTNER, 403, 403),
        (Role.AUDITOR, 403, 403),
    ],
)
def test_who_reads_and_who_keeps(client, role, reads, keeps):
    holder = walks.holder()
    client.force_login(factories.user(role))

    assert client.get(LIST).status_code == reads
    kept = [at("add_key_holder"), at("edit_key_holder", holder.pk), at("end_key_holder", holder.pk)]
    assert {client.get(page).status_code for page in kept} == {keeps}
    assert b"/key-holders/add/" not in client.get(LIST).content or keeps == 200


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_list_asks_the_same_queries(client, manager, rows, django_assert_num_queries):
    for _ in range(rows):
        walks.holder()
    client.get(LIST)

    with django_assert_num_queries(11):
        client.get(LIST)


def test_list_says_when_there_is_nobody(client, manager):
    assert "Nobody of an agency carries keys" in text(client.get(LIST))
