"""An open ACCT stands beside the name in every list that names the person."""

import re
from datetime import date

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import ReleaseDate
from tests import factories

pytestmark = pytest.mark.django_db
MARKED = re.compile(
    r'>Testerton, Sam</a> <strong class="govuk-tag govuk-tag--red">ACCT open</strong>|>Sam Testerton</a> <strong'
)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def case(client):
    """Somebody who stands in every list: waiting, held, due out, seen today and missing from the roll."""
    worker = factories.user(Role.MANAGER)
    client.force_login(worker)
    referral = factories.referral()
    case = factories.case(spell=referral.spell, worker=worker)
    factories.contact(case)
    factories.alert(case.person)
    ReleaseDate.objects.create(
        spell=case.spell, prison=case.prison, kind="CONDITIONAL", on=date(2026, 10, 20), recorded_at=factories.at(),
        recorded_by=worker,
    )  # fmt: skip
    case.spell.off_roll_on = factories.DAY
    case.spell.save()
    return case


LISTS = [
    reverse("casework:caseload") + "?worker=all",
    reverse("casework:off_roll"),
    reverse("referrals:queue"),
    reverse("partners:releases"),
    reverse("reporting:sessions"),
    *(reverse("reporting:records", args=["2026-10", name]) for name in ["new_referrals", "interventions"]),
]


@pytest.mark.parametrize("address", LISTS)
def test_every_list_marks_an_open_acct(client, case, address):
    assert len(MARKED.findall(client.get(address).content.decode())) == 1


def test_the_finder_marks_an_open_acct(client, case):
    answer = client.post(reverse("casework:find"), {"text": "testerton"}, follow=True)

    assert len(MARKED.findall(answer.content.decode())) == 1
