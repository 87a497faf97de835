from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from casework import events
from casework.access import Role
from casework.models import AuditEntry, CustodySpell
from interventions.models import Commitment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def kay(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def case(kay):
    return factories.case(spell=factories.spell(), worker=kay)


def note(client, case, **given):
    usual = {"kind": "VISIT", "on": "15/10/2026", "starts": "13:30", "ends": "15.00", "said_by": "Visits list"}
    url = reverse("interventions:note_commitment", args=[case.person_id])
    return client.post(url, {**usual, "nonce": uuid4(), **given})


def test_note_keeps_it_once_and_the_page_of_the_sessions_shows_it(client, kay, case):
    nonce = uuid4()

    response = [note(client, case, nonce=nonce) for _ in range(2)][0]
    page = client.get(response.url)

    row = Commitment.objects.get()
    begins = factories.at(factories.DAY + timedelta(days=1), 13) + timedelta(minutes=30)
    assert (row.person, row.starts_at, row.ends_at) == (case.person, begins, begins + timedelta(minutes=90))
    assert page.context["other"].commitments == [row]
    assert "Visit on 15 October was noted." in page.text
    assert AuditEntry.objects.filter(action="commitment.noted", by_id=kay.pk).count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ends": "13:30"}, {"ends": ["Give a time after it begins."]}),
        ({"on": "13/10/2026"}, {"on": ["Give a time that is not over yet, within a year."]}),
        ({"on": "13/10/2028"}, {"on": ["Give a time that is not over yet, within a year."]}),
        ({"starts": "half past"}, {"starts": ["Enter a time such as 13:30."]}),
        ({"said_by": ""}, {"said_by": ["This field is required."]}),
        ({"said_by": "x" * 100_000}, {"said_by": ["Shorten this to 120 characters. It has 100000."]}),
    ],
)
def test_note_refuses_beside_the_field(client, kay, case, given, said):
    response = note(client, case, **given)

    assert response.context["form"].errors == said
    assert Commitment.objects.count() == 0


def test_note_of_somebody_who_left_is_refused(client, kay, case):
    CustodySpell.objects.update(ended_at=timezone.now(), end="RELEASED")

    assert note(client, case).context["form"].errors == {"__all__": ["Sam Testerton is not in this prison now."]}


def test_withdraw_takes_it_back_once(client, kay, case):
    note(client, case)
    row = Commitment.objects.get()
    url = reverse("interventions:withdraw_commitment", args=[row.pk])

    for _ in range(2):
        response = client.post(url)

    row.refresh_from_db()
    assert row.withdrawn_by == kay
    assert response.url == reverse("interventions:list", args=[case.person_id])
    assert client.get(response.url).context["other"].commitments == []
    assert AuditEntry.objects.filter(action="commitment.withdrawn").count() == 1
    assert client.get(url).status_code == 405


def test_leaving_takes_back_what_is_still_to_come(client, kay, case):
    note(client, case)

    events.spells_ended.send(sender=CustodySpell, spells=[case.spell], at=timezone.now(), by=kay)

    assert Commitment.objects.get().withdrawn_by == kay


def test_commitments_are_for_caseworkers_of_the_prison(client, kay, case):
    note(client, case)
    withdraw = reverse("interventions:withdraw_commitment", args=[Commitment.objects.get().pk])
    for user, status in [
        (factories.user(Role.AUDITOR), 403),
        (factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")), 404),
    ]:
        client.force_login(user)
        assert note(client, case).status_code == status
        assert client.post(withdraw).status_code == status
    assert Commitment.objects.get().withdrawn_at is None
