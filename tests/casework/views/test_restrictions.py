import re

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Restriction
from casework.operations import restriction as operations
from tests import factories

pytestmark = pytest.mark.django_db
INDEX = reverse("casework:restrictions")
NONCE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12), tick=False)


@pytest.fixture
def manager(client):
    user = factories.user(Role.MANAGER, full_name="Mo Manager")
    client.force_login(user)
    return user


@pytest.fixture
def other():
    return factories.user(Role.MANAGER, full_name="Ola Other")


def url(name, of):
    return reverse(f"casework:{name}", args=[of.pk])


def made(by, *named, of=None):
    named = named or [by]
    return operations.restrict(
        person=of or factories.person("Hiddenby"), kind="OTHER", reason="Brother of an officer", named=named, by=by
    )


def send(client, person, *named, **answers):
    given = {"kind": "OTHER", "reason": "Brother of an officer", "named": [user.pk for user in named], "nonce": NONCE}
    return client.post(url("restrict", person), {**given, **answers})


def ticked(page):
    """The names that the form comes with, as a browser reads them."""
    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", page.content.decode())
    return [re.search(r"value=\"(\d+)\"", box)[1] for box in boxes if re.search(r"\bchecked\b", box)]


def named(restriction):
    return set(restriction.accesses.filter(until_at=None).values_list("user", flat=True))


def test_restrict_hides_the_record_from_whom_it_does_not_name(client, manager, other):
    person = factories.person()
    page = client.get(url("restrict", person))
    assert ticked(page) == [str(manager.pk)]

    responses = [send(client, person, manager) for _ in range(2)]

    assert [response.url for response in responses] == [INDEX] * 2
    restriction = Restriction.objects.get()
    assert (restriction.person, named(restriction)) == (person, {manager.pk})
    assert AuditEntry.objects.filter(action="restriction.made").count() == 1
    assert client.get(url("details", person)).status_code == 200
    client.force_login(other)
    assert client.get(url("details", person)).status_code == 404


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"named": []}, "named"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 100_000}, "reason"),
        ({"kind": "x"}, "kind"),
    ],
)
def test_restrict_refuses_beside_the_field(client, manager, answers, field):
    response = send(client, factories.person(), manager, **answers)

    assert list(response.context["form"].errors) == [field]
    assert Restriction.objects.count() == 0


def test_restrict_refuses_to_shut_out_who_works_with_the_person(client, manager):
    case = factories.case(worker=factories.user(full_name="Kit Keyworker"))

    response = send(client, case.person, manager)

    assert "Kit Keyworker works with this person" in response.context["form"].errors["named"][0]
    assert Restriction.objects.count() == 0


def test_restrict_offers_and_takes_nobody_from_another_prison(client, manager):
    elsewhere = factories.user(prison=factories.prison("ACI", "Altcourse"))

    response = send(client, factories.person(), manager, elsewhere)

    assert list(response.context["form"].errors) == ["named"]
    assert elsewhere.full_name not in response.content.decode()


def test_index_tells_who_is_not_named_the_number_and_the_names_only(client, manager, other):
    hidden = made(other)

    page = client.get(INDEX).content.decode()

    words = [hidden.number, "Ola Other", "Hiddenby", "Brother of an officer", "Name yourself"]
    assert [word in page for word in words] == [True, True, False, False, True]
    client.force_login(other)
    page = client.get(INDEX).content.decode()
    assert [word in page for word in words] == [True, True, True, True, False]
    assert AuditEntry.objects.filter(action="restrictions.listed").latest("pk").detail == {"people": [hidden.person_id]}


def test_index_shows_lifted_ones_apart(client, manager):
    restriction = made(manager)
    operations.lift(restriction=restriction, reason="He moved on", by=manager)

    keys = {
        which: [row.pk for row in client.get(INDEX, {"show": which}).context["page"].rows]
        for which in ["open", "lifted"]
    }

    assert keys == {"open": [], "lifted": [restriction.pk]}


def test_name_oneself_opens_the_record_with_a_reason(client, manager, other):
    hidden = made(other)
    name = url("name_oneself", hidden)
    for reason in ["", "short", "x" * 501]:
        assert list(client.post(name, {"reason": reason}).context["form"].errors) == ["reason"]
    assert client.get(url("details", hidden.person)).status_code == 404

    responses = [client.post(name, {"reason": "Only manager on duty"}) for _ in range(2)]

    assert [response.url for response in responses] == [INDEX] * 2
    assert client.get(url("details", hidden.person)).status_code == 200
    assert AuditEntry.objects.filter(action="restriction.named_oneself", by_id=manager.pk).count() == 1


def test_change_names_others_and_tells_who_came_second(client, manager, other):
    restriction = made(manager)
    change = url("change_named", restriction)
    seen = client.get(change).context["form"]["seen"].value()

    first = client.post(change, {"named": [manager.pk, other.pk], "seen": seen})
    second = client.post(change, {"named": [manager.pk], "seen": seen})

    assert first.url == INDEX
    assert "Somebody else changed who is named" in second.content.decode()
    assert named(restriction) == {manager.pk, other.pk}
    assert AuditEntry.objects.filter(action="restriction.changed").count() == 1


def test_change_takes_effect_at_the_next_click(client, manager, other):
    restriction = made(manager, manager, other)

    client.post(url("change_named", restriction), {"named": [other.pk], "seen": f"{manager.pk},{other.pk}"})

    assert client.get(url("details", restriction.person)).status_code == 404
    assert client.get(url("change_named", restriction)).status_code == 404


def test_lift_opens_the_record_to_the_team_again(client, manager, other):
    restriction = made(manager)
    assert list(client.post(url("lift_restriction", restriction), {"reason": ""}).context["form"].errors) == ["reason"]

    assert client.post(url("lift_restriction", restriction), {"reason": "He moved on"}).url == INDEX

    assert client.post(url("lift_restriction", restriction), {"reason": "Again"}).status_code == 404
    client.force_login(other)
    assert client.get(url("details", restriction.person)).status_code == 200
    assert AuditEntry.objects.filter(action="restriction.lifted").count() == 1


@pytest.mark.parametrize("name", ["change_named", "lift_restriction"])
def test_a_manager_who_is_not_named_changes_and_lifts_nothing(client, manager, other, name):
    assert client.get(url(name, made(other))).status_code == 404


@pytest.mark.parametrize("name", ["restrict", "change_named", "lift_restriction", "name_oneself"])
def test_restrictions_are_for_managers_of_the_prison(client, manager, name):
    there = factories.prison("ACI", "Altcourse")
    theirs = made(factories.user(Role.MANAGER, prison=there), of=factories.person(prison_ids=[there.pk]))
    address = url(name, theirs.person if name == "restrict" else theirs)

    assert client.get(address).status_code == 404
    for role in [Role.KEYWORKER, Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert [client.get(address).status_code, client.get(INDEX).status_code] == [403, 403]


@pytest.mark.parametrize("many", [1, 3])
def test_index_takes_the_same_number_of_queries(client, manager, django_assert_num_queries, many):
    for _ in range(many):
        made(manager)
    client.get(INDEX)

    with django_assert_num_queries(14):
        client.get(INDEX)
