import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from casework.access import Role
from casework.models import AuditEntry, RecordAccess
from casework.operations import opening as operations
from tests import factories

pytestmark = pytest.mark.django_db
NOON = factories.at(hour=12)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def give_reason(of=None, **given):
    given = {"reason": "Asked by healthcare", "by": factories.user(), **given}
    return operations.give_reason(person=of or factories.person(), **given)


def test_give_reason_opens_the_record_for_three_hours():
    person, worker = factories.person(), factories.user()

    access = give_reason(person, by=worker)

    assert (access.person, access.prison, access.user) == (person, worker.prison, worker)
    assert (access.from_at, access.until_at) == (NOON, factories.at(hour=15))
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.person_id) == ("record.opened_for_a_reason", person.pk)
    assert list(entry.detail) == ["until"]


def test_an_opening_is_live_until_the_third_hour_is_over():
    access = give_reason()

    end = access.until_at
    moments = [NOON - timedelta(seconds=1), NOON, end - timedelta(seconds=1), end]
    assert [RecordAccess.objects.live(at).count() for at in moments] == [0, 1, 1, 0]


def test_give_reason_twice_with_one_nonce_is_one_opening():
    person, worker, nonce = factories.person(), factories.user(), uuid.uuid4()

    assert give_reason(person, by=worker, nonce=nonce) == give_reason(person, by=worker, nonce=nonce)
    assert RecordAccess.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "x" * 100_000])
def test_give_reason_refuses_no_reason_and_one_without_end(reason):
    with pytest.raises(ValidationError) as refusal:
        give_reason(reason=reason)

    assert list(refusal.value.error_dict) == ["reason"]
    assert RecordAccess.objects.count() == 0


def test_read_marks_each_opening_once(time_machine):
    one, other = give_reason(), give_reason()
    first, second = (factories.user(Role.MANAGER) for _ in range(2))

    assert operations.read(openings=[one], by=first) == 1
    time_machine.move_to(factories.at(hour=13), tick=False)
    assert operations.read(openings=[one, other], by=second) == 1

    rows = RecordAccess.objects.order_by("pk").values_list("read_by", "read_at")
    assert list(rows) == [(first.pk, NOON), (second.pk, factories.at(hour=13))]
    entries = AuditEntry.objects.filter(action="record.openings_read").order_by("pk")
    assert [entry.detail for entry in entries] == [{"openings": [one.pk]}, {"openings": [other.pk]}]
