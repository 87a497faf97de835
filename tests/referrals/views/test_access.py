import pytest
from django.urls import reverse

from casework.access import Role
from tests import factories
from tests.referrals.steps import ALTCOURSE, referral

pytestmark = pytest.mark.django_db


PAGES = ["list", "show", "make", "triage"]


def address(page, asked):
    return reverse(f"referrals:{page}", args=[asked.pk if page in {"show", "triage"} else asked.person_id])


@pytest.mark.parametrize("page", PAGES)
def test_another_prison_finds_nothing(client, page):
    asked = referral()
    client.force_login(factories.user(prison=factories.prison(*ALTCOURSE)))

    assert client.get(address(page, asked)).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", PAGES)
def test_other_roles_are_refused(client, role, page):
    asked = referral()
    client.force_login(factories.user(role))

    assert client.get(address(page, asked)).status_code == 403
    assert client.get(reverse("referrals:queue")).status_code == 403
