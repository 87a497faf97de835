from datetime import timedelta

import pytest
from django.utils import timezone

from casework.models import Acknowledgement, AuditEntry, Movement
from casework.operations import change as operations
from casework.queries import changes
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def next_day(time_machine):
    time_machine.move_to(factories.at(factories.DAY + timedelta(days=1), 12))


@pytest.fixture
def worker():
    worker = factories.user()
    case = factories.case(worker=worker)
    for hour, kind in [(11, "TO_COURT"), (17, "RETURN_FROM_COURT")]:
        Movement.objects.create(spell=case.spell, prison=case.prison, kind=kind, at=factories.at(hour=hour))
    return worker


def acknowledge(worker, found, at=None):
    return operations.acknowledge(changes=found, at=at or timezone.now(), by=worker)


def test_acknowledge_takes_note_once_and_is_audited(worker):
    found = changes.unacknowledged(worker).changes

    assert [acknowledge(worker, found), acknowledge(worker, found)] == [2, 0]
    assert Acknowledgement.objects.count() == 2
    assert changes.count(worker) == 0
    entry = AuditEntry.objects.filter(action="changes.acknowledged").last()
    assert entry.detail == {
        "changes": [f"movement-{change.pk}" for change in found],
        "people": [found[0].person_id],
    }


def test_take_back_undoes_what_was_noted_together_once(worker):
    first, second = changes.unacknowledged(worker).changes
    acknowledge(worker, [first], at=timezone.now() - timedelta(minutes=1))
    acknowledge(worker, [second])
    last = changes.last(worker)

    undone = [operations.take_back(last=last, at=timezone.now(), by=worker) for _ in range(2)]

    assert undone == [1, 0]
    assert changes.unacknowledged(worker).changes == [second]
    assert acknowledge(worker, [second]) == 1
