from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, CourtDate
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(factories.at(hour=11)):
        yield


@pytest.fixture
def worker(client):
    made = factories.user()
    client.force_login(made)
    return made


@pytest.fixture
def case(worker):
    return factories.case(spell=factories.spell(), worker=worker)


def note(client, case, **given):
    answers = {"on": "20/10/2026", "court": "Liverpool Crown", "said_by": "Court list", "nonce": uuid4(), **given}
    return client.post(reverse("casework:note_court_date", args=[case.person_id]), answers)


def test_note_writes_down_who_said_so_once(client, worker, case):
    nonce = uuid4()
    first, _ = note(client, case, nonce=nonce), note(client, case, nonce=nonce)

    row = CourtDate.objects.get()
    assert (row.spell_id, row.on, row.court, row.said_by) == (
        case.spell_id,
        date(2026, 10, 20),
        "Liverpool Crown",
        "Court list",
    )
    assert first.url == reverse("casework:details", args=[case.person_id])
    assert "Tue 20 October 2026" in client.get(first.url).text
    assert AuditEntry.objects.filter(action="custody.court_date_noted", by_id=worker.pk).count() == 1


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"on": "13/10/2026"}, {"on": ["Give a day from today on, within three years."]}),
        ({"on": "1/1/2099"}, {"on": ["Give a day from today on, within three years."]}),
        ({"said_by": ""}, {"said_by": ["This field is required."]}),
    ],
)
def test_note_refuses_beside_the_field(client, case, given, errors):
    assert note(client, case, **given).context["form"].errors == errors
    assert CourtDate.objects.count() == 0


def test_note_knows_a_date_that_is_there_already(client, case):
    note(client, case)

    assert note(client, case).context["form"].errors == {"on": ["This court date is known already."]}


def test_withdraw_takes_it_back_and_keeps_it(client, worker, case):
    note(client, case)
    row = CourtDate.objects.get()

    for _ in range(2):
        client.post(reverse("casework:withdraw_court_date", args=[row.pk]))

    row.refresh_from_db()
    assert row.withdrawn_by == worker
    assert note(client, case).status_code == 302


def test_court_dates_of_another_prison_are_not_found(client, case):
    note(client, case)
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))

    assert client.get(reverse("casework:note_court_date", args=[case.person_id])).status_code == 404
    assert client.post(reverse("casework:withdraw_court_date", args=[CourtDate.objects.get().pk])).status_code == 404


def test_court_dates_are_for_caseworkers(client, case):
    client.force_login(factories.user(Role.ADMINISTRATOR))

    assert note(client, case).status_code == 403
