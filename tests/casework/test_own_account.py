"""Everybody's own account: what it says of him, and which mails he wants."""

import pytest

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Notice, NoticeOff
from tests import factories

pytestmark = pytest.mark.django_db


def sign_in(client, role=Role.KEYWORKER, **given):
    user = factories.user(role, **given)
    client.force_login(user)
    return user


def off(user):
    return set(NoticeOff.objects.filter(user=user, until_at=None).values_list("kind", flat=True))


def test_mails_without_a_tick_are_turned_off_and_on_again(client):
    user = sign_in(client)
    kinds = [kind.value for kind in Notice.offered_to(user.role)]

    assert client.get("/me/").context["form"].initial["wanted"] == kinds
    assert client.post("/me/", {"wanted": kinds[1:]}).url == "/me/"
    assert off(user) == {kinds[0]}
    assert client.get("/me/").context["form"].initial["wanted"] == kinds[1:]
    client.post("/me/", {"wanted": kinds})

    assert off(user) == set()
    assert AuditEntry.objects.filter(action="account.notices_turned", by_id=user.pk).count() == 2


def test_nobody_turns_off_what_his_account_needs(client):
    user = sign_in(client, Role.PARTNER)

    client.post("/me/", {"save": "Save"})

    assert off(user) == {kind.value for kind in Notice.offered_to(Role.PARTNER)}
    assert off(user).isdisjoint({"ACCOUNT", "LINK"})


def test_a_kind_that_is_not_offered_is_refused(client):
    user = sign_in(client)

    page = client.post("/me/", {"wanted": ["ACCOUNT"]})

    assert "Select a valid choice" in page.content.decode()
    assert off(user) == set()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_every_role_has_a_page_and_it_hangs_on_the_name(client, role):
    sign_in(client, role)

    page = client.get("/me/").content.decode()

    assert '<a class="ww-header__link" href="/me/">' in page
    assert ("Which mails do you want?" in page) == (role != Role.AUDITOR)


def test_raw_sql_shows_nobody_what_another_turned_off(client):
    sign_in(client)
    client.post("/me/", {"save": "Save"})

    with context.acting(factories.user()):
        assert NoticeOff.objects.count() == 0
