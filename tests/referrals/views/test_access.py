from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
ALTCOURSE = ("ACI", "Altcourse (HMP)")


@pytest.fixture
def worker(client):
    """A keyworker who has signed in."""
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def listed(action):
    return [entry.detail["people"] for entry in AuditEntry.objects.filter(action=action)]


def opened(action):
    return list(AuditEntry.objects.filter(action=action).values_list("by_id", "person_id"))


def referral(days=0, surname="Testerton", **given):
    """A referral of somebody new, received some days ago."""
    given.setdefault("spell", factories.spell(factories.person(surname)))
    return factories.referral(received_on=DAY - timedelta(days=days), **given)


def errors(response):
    return response.context["form"].errors


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
