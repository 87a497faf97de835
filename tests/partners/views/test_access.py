"""Which page is open to whom."""

import pytest

from casework.access import Role
from tests import factories
from tests.partners.pages import at

pytestmark = pytest.mark.django_db
STAFF = ["releases", "release", "make", "edit", "handover", "recall", "pack_progress"]
CLICKS = ["ready", "reopen", "send", "try_again"]
PARTNERS = ["coming", "received", "query"]


def arguments(name, pack):
    if name in {"releases", "coming"}:
        return []
    if name in {"release", "make"}:
        return [pack.handover.person_id]
    return [pack.pk if name in {"pack", "pack_progress", "try_again"} else pack.handover_id]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
@pytest.mark.parametrize("name", STAFF + CLICKS)
def test_pages_of_the_team_are_closed_to_other_roles(client, role, name):
    pack = factories.pack()
    client.force_login(factories.user(role))

    ask = client.post if name in CLICKS else client.get
    assert ask(at(name, *arguments(name, pack))).status_code == 403


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
@pytest.mark.parametrize("name", [*PARTNERS, "acknowledge"])
def test_pages_of_partners_are_closed_to_other_roles(client, role, name):
    pack = factories.pack()
    client.force_login(factories.user(role))

    ask = client.post if name == "acknowledge" else client.get
    assert ask(at(name, *arguments(name, pack))).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_pack_is_closed_to_roles_without_handovers(client, role):
    pack = factories.pack()
    client.force_login(factories.user(role))

    assert client.get(at("pack", pack.pk)).status_code == 403


@pytest.mark.parametrize("name", [*STAFF[1:], *CLICKS, "pack"])
def test_another_prison_finds_nothing(client, name):
    pack = factories.pack()
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))

    ask = client.post if name in CLICKS else client.get
    assert ask(at(name, *arguments(name, pack))).status_code == 404


@pytest.mark.parametrize("name", CLICKS)
def test_clicks_are_no_links(client, worker, name):
    pack = factories.pack()

    assert client.get(at(name, *arguments(name, pack))).status_code == 405
