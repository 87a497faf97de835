from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from casework import context
from casework.access import Role
from casework.models import AuditEntry, KeepApart
from casework.operations import keep_apart as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def planner():
    return factories.user(duties=["SCHEDULE"])


def record(person, other, by, **given):
    given = {"scope": "ROOM", "reason": "THREAT", "said_by": "SO Sample", "from_on": DAY, **given}
    return operations.record(person=person, other=other, by=by, **given)


def test_record_writes_one_row_for_both_whoever_was_open(planner):
    one, other = factories.person(), factories.person()

    made = record(other, one, planner)

    assert (made.person, made.other, made.recorded_by) == (one, other, planner)


def test_record_says_in_the_trail_that_it_was_done_and_never_with_whom(planner):
    one, other = factories.person(), factories.person()

    record(one, other, planner)

    entries = AuditEntry.objects.filter(kind="OPERATION").order_by("pk")
    assert [(entry.person_id, entry.target, entry.target_key, entry.detail) for entry in entries] == [
        (each.pk, "casework.person", str(each.pk), {"scope": "ROOM", "reason": "THREAT"}) for each in (one, other)
    ]


def test_record_sent_twice_makes_one(planner):
    one, other, nonce = factories.person(), factories.person(), uuid4()

    assert record(one, other, planner, nonce=nonce) == record(one, other, planner, nonce=nonce)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"from_on": DAY + timedelta(days=1)}, {"from_on": ["It cannot begin in the future."]}),
        ({"from_on": date(1985, 4, 2)}, {"from_on": ["Sam Testerton was born on 3 April 1985."]}),
    ],
)
def test_record_refuses_days_out_of_order(planner, given, said):
    with pytest.raises(ValidationError) as refused:
        record(factories.person(), factories.person(), planner, **given)

    assert refused.value.message_dict == said


def test_record_refuses_one_person_and_a_pair_twice(planner):
    one, other = factories.person(), factories.person()
    record(one, other, planner)

    for pair, said in [((one, one), "This is the same person."), ((other, one), "These two are kept apart already.")]:
        with pytest.raises(ValidationError, match=said):
            record(*pair, planner)
    assert KeepApart.objects.count() == 1


def test_end_says_who_and_why_once(planner):
    row = record(factories.person(), factories.person(), planner)

    for _ in range(2):
        ended = operations.end(keep_apart=row, said_by="SO Sample", why="Mediation", by=planner)

    assert (ended.ended_on, ended.ended_by, ended.end_said_by, ended.end_why) == (
        DAY,
        planner,
        "SO Sample",
        "Mediation",
    )
    with pytest.raises(ValidationError, match="This ended already, on 14 October 2026."):
        operations.end(keep_apart=row, said_by="SO Sample", why="Another reason", by=planner)
    assert AuditEntry.objects.filter(action="keep_apart.ended").count() == 2


def asked(user, sql, *parameters):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def test_the_database_itself_shows_names_only_to_those_who_plan(planner):
    one, other = factories.person(), factories.person()
    row = record(one, other, planner)

    names = "SELECT id FROM casework_keepapart"
    assert asked(planner, names) == asked(factories.user(Role.MANAGER), names) == [row.pk]
    assert asked(factories.user(), names) == asked(factories.user(duties=["CLINICAL"]), names) == []


def test_the_database_tells_everybody_that_somebody_is_kept_apart_and_no_more(planner):
    one, other, third = factories.person(), factories.person(), factories.person()
    record(one, other, planner)
    altcourse = factories.prison("ACI", "Altcourse (HMP)")

    how_far = "SELECT ww.kept_apart(%s)"
    assert asked(factories.user(), how_far, one.pk) == asked(factories.user(), how_far, other.pk) == ["ROOM"]
    assert asked(factories.user(), how_far, third.pk) == []
    assert asked(factories.user(prison=altcourse), how_far, one.pk) == []
    assert asked(factories.user(Role.ADMINISTRATOR), how_far, one.pk) == []


def test_the_database_refuses_a_pair_from_somebody_without_the_duty():
    one, other, keyworker = factories.person(), factories.person(), factories.user()

    with pytest.raises(Exception, match="row-level security"), context.acting(keyworker):
        record(one, other, keyworker)
