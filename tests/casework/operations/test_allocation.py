"""Who holds a case and who works it beside him. The clock stands at noon on ``factories.DAY``."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from casework import context
from casework.access import Role
from casework.models import Absence, Allocation, AuditEntry, Case, Restriction, User
from casework.operations import allocation
from casework.operations.allocation import Move
from tests import factories

DAY = factories.DAY
db = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


def trail():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


@db
def test_allocate_ends_what_was_before():
    first, second, manager = factories.user(), factories.user(), factories.user(Role.MANAGER)
    case = factories.case(worker=first)

    allocation.allocate(case=case, worker=second, reason="Covers the wing", by=manager)

    now = factories.at(hour=12)
    rows = case.allocations.order_by("pk").values_list("worker", "reason", "until_at", "made_by")
    assert [row[:2] for row in rows] == [(first.pk, ""), (second.pk, "Covers the wing")]
    assert [row[2] is None for row in rows] == [False, True]
    assert abs(rows[0][2] - now) < timedelta(minutes=5)
    assert rows[1][3] == manager.pk
    assert AuditEntry.objects.get(action="case.allocated").detail == {"worker": second.pk, "former": first.pk}


@db
def test_allocate_to_who_holds_it_changes_nothing():
    worker = factories.user()
    case = factories.case(worker=worker)

    allocation.allocate(case=case, worker=worker, by=worker)

    assert case.allocations.count() == 1
    assert trail() == []


@db
def test_allocate_tells_when_somebody_else_did_meanwhile():
    case = factories.case(worker=factories.user(full_name="Kay Walker"))

    with pytest.raises(ValidationError, match="now it is Kay Walker"):
        allocation.allocate(case=case, worker=factories.user(), seen=None, by=factories.user(Role.MANAGER))


@db
@pytest.mark.parametrize(
    "given",
    [
        {"is_active": False},
        {"role": Role.ADMINISTRATOR},
        {"role": Role.PARTNER},
        {"prison": "ACI"},
    ],
)
def test_allocate_refuses_who_is_not_a_caseworker_here(given):
    if "prison" in given:
        given["prison"] = factories.prison("ACI", "Altcourse")
    case = factories.case()

    with pytest.raises(ValidationError, match="works on this team now") as refusal:
        allocation.allocate(case=case, worker=factories.user(**given), by=factories.user(Role.MANAGER))

    assert list(refusal.value.error_dict) == ["worker"]
    assert case.allocations.count() == 0


@db
@pytest.mark.parametrize(
    ("start", "end", "withdrawn", "refused"),
    [(-3, 0, False, True), (0, 2, False, True), (-3, -1, False, False), (1, 2, False, False), (0, 2, True, False)],
)
def test_allocate_asks_whether_the_worker_is_away_today(start, end, withdrawn, refused):
    worker, case = factories.user(full_name="Kay Walker"), factories.case()
    Absence.objects.create(
        user=worker,
        prison=worker.prison,
        from_on=DAY + timedelta(days=start),
        until_on=DAY + timedelta(days=end),
        withdrawn_at=factories.at() if withdrawn else None,
    )

    if refused:
        with pytest.raises(ValidationError, match="Kay Walker is away until"):
            allocation.allocate(case=case, worker=worker, by=worker)
    else:
        allocation.allocate(case=case, worker=worker, by=worker)
    assert case.allocations.count() == (not refused)


@db
def test_allocate_refuses_a_closed_case():
    case = factories.case(closed_on=DAY, close_reason=Case.Close.COMPLETED)

    with pytest.raises(ValidationError, match="This case is closed"):
        allocation.allocate(case=case, worker=factories.user(), by=factories.user())


@db
def test_allocation_has_one_open_row_per_case_in_the_database():
    case = factories.case(worker=factories.user())

    with pytest.raises(IntegrityError, match="one_open_allocation_per_case"), transaction.atomic():
        Allocation.objects.create(
            case=case, prison=case.prison, worker=factories.user(), from_at=factories.at(), made_by=case.opened_by
        )


def test_allocate_by_two_at_once_leaves_one_holder(fresh_database):
    with context.acting(User.objects.system()):
        case, workers = factories.case(), [factories.user(), factories.user()]
        manager = factories.user(Role.MANAGER)
    gate, answers = threading.Barrier(2), []

    def allocate(worker):
        gate.wait()
        try:
            with context.acting(manager):
                allocation.allocate(case=case, worker=worker, seen=None, by=manager)
            answers.append("allocated")
        except ValidationError as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=allocate, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["allocated", "stale"]
    with context.acting(User.objects.system()):
        assert Allocation.objects.filter(case=case).count() == 1


@db
def test_allocate_keeps_whom_the_product_suggested():
    case, worker, suggested = factories.case(), factories.user(), factories.user()

    allocation.allocate(case=case, worker=worker, suggested=suggested, reason="Speaks his language", by=case.opened_by)

    row = case.allocations.get()
    assert (row.suggested, row.reason) == (suggested, "Speaks his language")
    assert AuditEntry.objects.get(kind="OPERATION").detail["suggested"] == suggested.pk


@db
def test_allocate_asks_why_it_is_somebody_else_than_suggested():
    case, suggested = factories.case(), factories.user(full_name="Sue Gest")

    with pytest.raises(ValidationError, match="Sue Gest is suggested. Say why it shall be Kay Walker") as refusal:
        allocation.allocate(
            case=case, worker=factories.user(full_name="Kay Walker"), suggested=suggested, reason="", by=suggested
        )

    assert list(refusal.value.error_dict) == ["reason"]
    assert case.allocations.count() == 0


@db
def test_allocate_asks_why_somebody_who_is_full_takes_one_more():
    worker, case = factories.user(full_name="Kay Walker", capacity=1), factories.case()
    factories.case(worker=worker)

    with pytest.raises(ValidationError, match="Kay Walker holds 1 of 1 cases already"):
        allocation.allocate(case=case, worker=worker, suggested=worker, reason="", by=worker)

    allocation.allocate(case=case, worker=worker, suggested=worker, reason="Nobody else is here", by=worker)
    assert case.allocations.get().worker == worker


@db
def test_allocate_refuses_who_is_not_named_by_a_restriction():
    case, worker, manager = factories.case(), factories.user(full_name="Kay Walker"), factories.user(Role.MANAGER)
    restriction = Restriction.objects.create(
        person=case.person,
        prison=case.prison,
        number=case.person.number,
        kind="OTHER",
        reason="Known to the press",
        made_at=factories.at(),
        made_by=manager,
    )

    with pytest.raises(ValidationError, match="restricted and does not name Kay Walker"):
        allocation.allocate(case=case, worker=worker, by=manager)

    restriction.accesses.create(prison=case.prison, user=worker, from_at=factories.at(), given_by=manager)
    assert allocation.allocate(case=case, worker=worker, by=manager).worker == worker


# Co-workers


@db
def test_co_worker_joins_once_and_leaves_once():
    case, worker, by = factories.case(), factories.user(), factories.user()

    rows = [allocation.add_co_worker(case=case, worker=worker, reason="Learns the work", by=by) for _ in range(2)]
    for _ in range(2):
        allocation.end_co_worker(co_worker=rows[0], by=by)

    row = case.co_workers.get()
    assert rows == [row, row]
    assert (row.worker, row.reason, row.made_by, row.ended_by, row.until_at is None) == (
        worker,
        "Learns the work",
        by,
        by,
        False,
    )
    assert trail() == ["case.co_worker_added", "case.co_worker_ended"]


@db
def test_co_worker_is_neither_the_holder_nor_away_nor_of_a_closed_case():
    holder, away, by = factories.user(full_name="Kay Walker"), factories.user(), factories.user()
    case, closed = factories.case(worker=holder), factories.case(closed_on=DAY, close_reason="DIED")
    Absence.objects.create(user=away, prison=away.prison, from_on=DAY, until_on=DAY)

    with pytest.raises(ValidationError, match="Kay Walker holds the case already"):
        allocation.add_co_worker(case=case, worker=holder, by=by)
    with pytest.raises(ValidationError, match="is away until 14 October 2026"):
        allocation.add_co_worker(case=case, worker=away, by=by)
    with pytest.raises(ValidationError, match="This case is closed"):
        allocation.add_co_worker(case=closed, worker=by, by=by)


@db
def test_allocate_to_a_co_worker_makes_him_the_holder_only():
    row = factories.co_worker()

    allocation.allocate(case=row.case, worker=row.worker, by=row.made_by)

    row.refresh_from_db()
    assert row.until_at is not None


# All of somebody's


def moves(cases, *workers, suggested=None):
    return [
        Move(case.allocations.get(until_at=None).pk, worker, suggested)
        for case, worker in zip(cases, workers, strict=True)
    ]


@db
def test_reallocate_moves_every_case_and_says_why():
    leaver, first, second = factories.user(), factories.user(), factories.user()
    manager = factories.user(Role.MANAGER)
    cases = [factories.case(worker=leaver) for _ in range(2)]
    beside = factories.co_worker(worker=leaver)
    asked = moves(cases, first, second, suggested=first)

    allocation.reallocate(
        worker=leaver, moves=asked, reason="Leaves the team", override="Knows him", leave_co_work=True, by=manager
    )

    rows = [case.allocations.get(until_at=None) for case in cases]
    assert [(row.worker, row.reason, row.suggested, row.made_by) for row in rows] == [
        (first, "Leaves the team", first, manager),
        (second, "Leaves the team. Knows him", first, manager),
    ]
    beside.refresh_from_db()
    assert (beside.until_at is None, beside.ended_by) == (False, manager)
    assert trail() == ["case.allocated", "case.allocated", "staff.cases_moved"]
    assert AuditEntry.objects.latest("pk").detail == {"cases": 2, "co_work": 1}


@db
def test_reallocate_moves_none_where_one_cannot_go():
    leaver, here, away = factories.user(), factories.user(), factories.user(full_name="Kay Walker")
    Absence.objects.create(user=away, prison=away.prison, from_on=DAY, until_on=DAY)
    asked = moves([factories.case(worker=leaver) for _ in range(2)], here, away)

    with pytest.raises(ValidationError) as refusal, transaction.atomic():
        allocation.reallocate(worker=leaver, moves=asked, reason="Leaves", by=here)

    key = f"to_{asked[1].allocation_id}"
    words = "Kay Walker is away until 14 October 2026. Choose somebody who is here."
    assert refusal.value.message_dict == {key: [words]}
    assert Allocation.objects.filter(worker=leaver, until_at=None).count() == 2


@db
def test_reallocate_tells_when_somebody_moved_one_meanwhile():
    leaver, other = factories.user(), factories.user()
    cases = [factories.case(worker=leaver) for _ in range(2)]
    asked = moves(cases, other, other)
    allocation.allocate(case=cases[0], worker=factories.user(), by=other)

    with pytest.raises(ValidationError, match="Somebody else moved") as refusal, transaction.atomic():
        allocation.reallocate(worker=leaver, moves=asked, reason="Leaves", by=other)

    assert refusal.value.code == "stale"
    assert Allocation.objects.filter(worker=leaver, until_at=None).count() == 1
