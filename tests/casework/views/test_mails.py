"""The administrator's page of mails: what became of each, and nothing about anybody."""

import pytest
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Mail, Notice
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/settings/mails/"


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR)
    client.force_login(made)
    return made


def mail(**given):
    now = timezone.now()
    given = {"kind": Notice.MEETING, "path": "/handovers/4711/", "prison": factories.prison(), **given}
    if not {"user", "agency", "to"} & given.keys():
        given["user"] = factories.user(full_name="Kit Keyworth")
    return Mail.objects.create(asked_at=now, next_at=now, **given)


def shown(client, **asked):
    return list(client.get(URL, asked).context["mails"])


def test_the_page_tells_what_became_of_each(client, admin):
    now = timezone.now()
    mail()
    mail(sent_at=now, agency=factories.agency(), to="team@dip.example")
    mail(given_up_at=now, given_up_because="NO_ADDRESS")
    mail(tries=2)

    page = " ".join(client.get(URL).content.decode().split())

    assert "tried 2 times" in page
    assert "Liverpool DIP, mailbox" in page
    assert "No address" in page
    assert "Kit Keyworth" in page


def test_the_page_tells_nothing_about_whom(client, admin):
    mail(person=factories.person("Hiddenby", number="Z9876ZZ"))

    page = client.get(URL).content.decode()

    assert [word for word in ["Hiddenby", "Z9876ZZ", "4711"] if word in page] == []
    with pytest.raises(Exception, match="permission denied"), context.acting(admin):
        list(Mail.objects.values("person"))


def test_the_page_shows_those_in_one_state_and_of_one_kind(client, admin):
    now = timezone.now()
    waiting, sent = mail(), mail(sent_at=now, kind=Notice.REFERRAL)
    up = mail(given_up_at=now, given_up_because="FAILED")

    assert shown(client) == [up, sent, waiting]
    assert shown(client, state="WAITING") == [waiting]
    assert shown(client, state="SENT") == [sent]
    assert shown(client, state="GIVEN_UP") == [up]
    assert shown(client, kind="REFERRAL") == [sent]
    assert shown(client, state="nonsense") == [up, sent, waiting]


def test_mails_of_another_prison_are_not_shown(client, admin):
    mail(prison=factories.prison("ACI", "Altcourse"))

    assert shown(client) == []
    assert "No mails" in client.get(URL).content.decode()


def test_the_page_is_paged_by_key(client, admin):
    user = factories.user()
    made = [mail(user=user) for _ in range(51)]

    first = client.get(URL)

    assert list(first.context["mails"]) == made[:0:-1]
    assert shown(client, before=made[1].pk) == [made[0]]
    assert f"before={made[1].pk}" in first.content.decode()


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_page_asks_the_same_queries_for_any_number(client, admin, count, django_assert_num_queries):
    for _ in range(count):
        mail()
    client.get(URL)

    with django_assert_num_queries(11):
        client.get(URL)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.SYSTEM, Role.ADMINISTRATOR}])
def test_the_page_is_for_administrators(client, role):
    client.force_login(factories.user(role))

    assert client.get(URL).status_code == 403
