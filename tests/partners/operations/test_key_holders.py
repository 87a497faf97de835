from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from casework.access import Role
from casework.models import AuditEntry, Mail
from partners.models import KeyHolder
from partners.operations import key_holders
from partners.tasks import remind_of_keys
from tests import factories
from tests.partners import walks

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(factories.at(TODAY, 8), tick=False) as clock:
        yield clock


def mails():
    return list(Mail.objects.order_by("pk").values_list("kind", "user__role", "agency__name", "person"))


def test_add_needs_an_account_of_that_agency():
    manager, other = factories.user(Role.MANAGER), factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))
    says = {
        "name": "Val",
        "keys": ["WINGS"],
        "vetted_until": TODAY,
        "key_talk_until": TODAY,
        "agency": factories.agency(),
    }

    with pytest.raises(ValidationError, match="not one of Liverpool DIP"):
        key_holders.add(user=other, by=manager, **says)
    made = key_holders.add(by=manager, **says)

    assert (made.prison, made.until, made.keys_in_words) == (manager.prison, TODAY, ["Wings"])
    assert list(AuditEntry.objects.filter(kind="OPERATION").values_list("action", flat=True)) == ["key_holder.added"]


def test_edit_and_end_refuse_whoever_is_ended():
    holder, manager = walks.holder(), factories.user(Role.MANAGER)
    key_holders.edit(holder=holder, version=1, by=manager, vetted_until=TODAY + timedelta(days=9))
    key_holders.end(holder=holder, version=2, by=manager)

    with pytest.raises(ValidationError, match="carries no keys any more"):
        key_holders.edit(holder=holder, version=3, by=manager, vetted_until=TODAY)
    assert KeyHolder.objects.get().ended_on == TODAY


@pytest.mark.parametrize("field", ["vetted_until", "key_talk_until"])
def test_remind_tells_managers_and_the_agency_28_and_7_days_before_once_each(november, field):
    factories.user(Role.MANAGER)
    factories.user(Role.MANAGER, prison=factories.prison("ACI", "Altcourse"))
    walks.holder(**{field: TODAY + timedelta(days=29)})
    sent = []
    for _ in range(40):
        remind_of_keys()
        remind_of_keys()
        sent.append(Mail.objects.count())
        november.shift(timedelta(days=1))

    assert [day for day in range(40) if sent[day] != (sent[day - 1] if day else 0)] == [1, 22]
    assert mails() == [("KEYS_LAPSE", "MANAGER", None, None), ("KEYS_LAPSE", None, "Liverpool DIP", None)] * 2


def test_remind_catches_up_once_and_leaves_whoever_is_ended_alone(november):
    late = walks.holder(key_talk_until=TODAY - timedelta(days=3))
    walks.holder(ended_on=TODAY, key_talk_until=TODAY)
    remind_of_keys()
    november.shift(timedelta(days=1))
    remind_of_keys()

    assert Mail.objects.count() == 1
    assert AuditEntry.objects.filter(action="key_holder.reminded").count() == 1
    late.refresh_from_db()
    assert late.reminded_on == TODAY


def test_remind_counts_in_days_of_london(november):
    walks.holder(vetted_until=date(2027, 6, 30))
    november.move_to(factories.at(date(2027, 6, 2), 0))  # 23:00 UTC on the first of June
    remind_of_keys()

    assert Mail.objects.count() == 1


def test_remind_begins_anew_when_vetting_was_renewed(november):
    holder = walks.holder(vetted_until=TODAY + timedelta(days=5))
    remind_of_keys()
    key_holders.edit(holder=holder, version=1, by=factories.user(), vetted_until=TODAY + timedelta(days=20))
    remind_of_keys()
    november.shift(timedelta(days=13))
    remind_of_keys()

    assert Mail.objects.count() == 2
