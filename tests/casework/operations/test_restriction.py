import uuid

import pytest
from django.core.exceptions import ValidationError

from casework.access import Role
from casework.models import AuditEntry, Restriction, RestrictionAccess
from casework.operations import restriction as operations
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12), tick=False)


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


def restrict(of=None, **given):
    given = {"kind": "OTHER", "reason": "Brother of an officer", **given}
    return operations.restrict(person=of or factories.person(), **given)


def named(restriction):
    return set(restriction.accesses.filter(until_at=None).values_list("user", flat=True))


def told(action):
    return AuditEntry.objects.get(kind="OPERATION", action=f"restriction.{action}").detail


def test_restrict_names_who_may_see_the_record(manager):
    person, worker = factories.person(), factories.user()

    made = restrict(person, named=[worker, manager], by=manager)

    assert (made.person, made.prison, made.number, made.made_by) == (person, manager.prison, person.number, manager)
    assert named(made) == {worker.pk, manager.pk}
    assert told("made") == {"kind": "OTHER", "named": sorted([worker.pk, manager.pk])}


def test_restrict_twice_with_one_nonce_makes_one_restriction(manager):
    person, nonce = factories.person(), uuid.uuid4()

    first, second = (restrict(person, named=[manager], by=manager, nonce=nonce) for _ in range(2))

    assert first == second
    assert RestrictionAccess.objects.count() == 1


def test_restrict_refuses_a_second_restriction_of_one_record(manager):
    person = restrict(named=[manager], by=manager).person

    with pytest.raises(ValidationError, match="restricted already"):
        restrict(person, named=[manager], by=manager)


def test_restrict_refuses_to_name_nobody_or_somebody_from_elsewhere(manager):
    elsewhere = factories.user(prison=factories.prison("ACI", "Altcourse"))

    for users, words in [([], "at least one"), ([elsewhere], "on this team"), ([factories.user(Role.AUDITOR)], "team")]:
        with pytest.raises(ValidationError, match=words) as refusal:
            restrict(named=users, by=manager)
        assert list(refusal.value.error_dict) == ["named"]
    assert Restriction.objects.count() == 0


@pytest.mark.parametrize("shared", [False, True])
def test_restrict_shuts_nobody_out_from_his_own_case(manager, shared):
    worker, holder = factories.user(full_name="Kit Keyworker"), factories.user()
    case = factories.case(worker=holder if shared else worker)
    if shared:
        factories.co_worker(case, worker=worker)

    with pytest.raises(ValidationError, match="Kit Keyworker works with this person"):
        restrict(case.person, named=[manager, holder] if shared else [manager], by=manager)


def test_change_names_these_and_no_others(manager, time_machine):
    one, other = factories.user(), factories.user()
    made = restrict(named=[one, manager], by=manager)
    time_machine.move_to(factories.at(hour=15), tick=False)

    operations.change(restriction=made, named=[other, manager], by=manager, seen=[one.pk, manager.pk])

    assert named(made) == {other.pk, manager.pk}
    assert made.accesses.get(user=one).until_at == factories.at(hour=15)
    assert told("changed") == {"added": [other.pk], "ended": [one.pk]}


def test_change_to_the_same_writes_nothing(manager):
    made = restrict(named=[manager], by=manager)

    operations.change(restriction=made, named=[manager], by=manager)

    assert AuditEntry.objects.filter(action="restriction.changed").count() == 0


def test_change_refuses_what_was_looked_at_before_somebody_else_changed_it(manager):
    other = factories.user()
    made = restrict(named=[manager], by=manager)
    operations.change(restriction=made, named=[manager, other], by=manager)

    with pytest.raises(ValidationError, match="Somebody else changed who is named") as refusal:
        operations.change(restriction=made, named=[manager], by=manager, seen=[manager.pk])

    assert refusal.value.code == "stale"
    assert named(made) == {manager.pk, other.pk}


def test_name_oneself_says_why_once(manager):
    made = restrict(named=[factories.user()], by=manager)

    for _ in range(2):
        operations.name_oneself(restriction=made, reason="Only manager on duty", by=manager)

    assert made.accesses.get(user=manager).reason == "Only manager on duty"
    assert told("named_oneself") == {}


def test_lift_ends_it_once_and_for_all(manager):
    made = restrict(named=[manager], by=manager)

    for reason in ["He moved on", "Again"]:
        lifted = operations.lift(restriction=made, reason=reason, by=manager)

    assert (lifted.lifted_at, lifted.lifted_by, lifted.lifted_why) == (factories.at(hour=12), manager, "He moved on")
    assert told("lifted") == {}
    for operation in [
        lambda: operations.change(restriction=made, named=[manager], by=manager),
        lambda: operations.name_oneself(restriction=made, reason="Too late now", by=manager),
    ]:
        with pytest.raises(ValidationError, match="lifted already"):
            operation()


def test_move_takes_the_restriction_to_the_number_that_is_kept(manager):
    removed, kept = factories.person(), factories.person()
    made = restrict(removed, named=[manager], by=manager)

    operations.move(removed=removed, kept=kept, at=factories.at(), by=manager)

    made.refresh_from_db()
    assert (made.person, made.number, made.lifted_at) == (kept, kept.number, None)
    assert told("moved") == {"removed": removed.pk, "count": 1}


def test_move_leaves_one_restriction_of_two(manager):
    removed, kept = factories.person(), factories.person()
    doubled, stays = (restrict(of, named=[manager], by=manager) for of in [removed, kept])

    operations.move(removed=removed, kept=kept, at=factories.at(), by=manager)

    assert list(Restriction.objects.open()) == [stays]
    assert Restriction.objects.get(pk=doubled.pk).lifted_by == manager
