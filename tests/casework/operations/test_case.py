"""Opening, allocating and closing cases. The clock stands at noon on ``factories.DAY``."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from casework import context
from casework.access import Role
from casework.models import Absence, Allocation, AuditEntry, Case, User
from casework.operations import case as operations
from tests import factories

DAY = factories.DAY
db = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


def trail():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


def opened(spell=None, **given):
    spell = spell or factories.spell()
    given = {"person": spell.person, "spell": spell, "opened_on": DAY, "by": factories.user(), **given}
    return operations.open(**given)


@db
def test_open_opens_a_case_in_the_spell_and_says_who_did():
    spell, worker = factories.spell(), factories.user()

    case = opened(spell, by=worker)

    assert (case.person, case.prison, case.spell) == (spell.person, spell.prison, spell)
    assert (case.opened_on, case.opened_by, case.previous) == (DAY, worker, None)
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.by_id, entry.person_id) == ("case.opened", worker.pk, spell.person_id)
    assert entry.detail == {"opened_on": "2026-10-14", "previous": None}


@db
def test_open_allocates_in_the_same_step_when_a_worker_is_named():
    worker = factories.user()

    case = opened(by=worker, worker=worker)

    assert Allocation.objects.get(case=case, until_at=None).worker == worker
    assert trail() == ["case.opened", "case.allocated"]


@db
def test_open_leaves_nothing_behind_when_the_worker_cannot_hold_it():
    away = factories.user()
    Absence.objects.create(user=away, prison=away.prison, from_on=DAY, until_on=DAY)

    with pytest.raises(ValidationError, match="is away until 14 October 2026"):
        opened(worker=away)

    assert Case.objects.count() == 0


@db
def test_open_links_the_previous_case():
    spell = factories.spell()
    former = factories.case(spell=spell, closed_on=DAY, close_reason=Case.Close.COMPLETED)

    assert opened(spell).previous == former


@db
def test_open_refuses_a_second_open_case():
    spell = factories.spell()
    opened(spell)

    with pytest.raises(ValidationError, match="This person already has an open case"):
        opened(spell)


@db
def test_open_twice_with_one_nonce_makes_one_case():
    spell, nonce = factories.spell(), uuid.uuid4()

    assert opened(spell, nonce=nonce) == opened(spell, nonce=nonce)
    assert trail() == ["case.opened"]


@db
@pytest.mark.parametrize(
    ("days", "words"), [(-31, "the person was received, 14 September 2026"), (1, "cannot open in the future")]
)
def test_open_refuses_a_day_before_reception_or_ahead(days, words):
    with pytest.raises(ValidationError, match=words) as refusal:
        opened(opened_on=DAY + timedelta(days=days))

    assert list(refusal.value.error_dict) == ["opened_on"]


@db
def test_open_refuses_somebody_who_left():
    left = factories.spell(ended_at=factories.at(), end="RELEASED")

    with pytest.raises(ValidationError, match="has left the prison"):
        opened(left)


@db
def test_allocate_ends_what_was_before():
    first, second, manager = factories.user(), factories.user(), factories.user(Role.MANAGER)
    case = factories.case(worker=first)

    operations.allocate(case=case, worker=second, reason="Covers the wing", by=manager)

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

    operations.allocate(case=case, worker=worker, by=worker)

    assert case.allocations.count() == 1
    assert trail() == []


@db
def test_allocate_tells_when_somebody_else_did_meanwhile():
    case = factories.case(worker=factories.user(full_name="Kay Walker"))

    with pytest.raises(ValidationError, match="now it is Kay Walker"):
        operations.allocate(case=case, worker=factories.user(), seen=None, by=factories.user(Role.MANAGER))


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
        operations.allocate(case=case, worker=factories.user(**given), by=factories.user(Role.MANAGER))

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
            operations.allocate(case=case, worker=worker, by=worker)
    else:
        operations.allocate(case=case, worker=worker, by=worker)
    assert case.allocations.count() == (not refused)


@db
def test_allocate_refuses_a_closed_case():
    case = factories.case(closed_on=DAY, close_reason=Case.Close.COMPLETED)

    with pytest.raises(ValidationError, match="This case is closed"):
        operations.allocate(case=case, worker=factories.user(), by=factories.user())


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
                operations.allocate(case=case, worker=worker, seen=None, by=manager)
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


def test_open_by_two_at_once_makes_one_case(fresh_database):
    with context.acting(User.objects.system()):
        spell, worker = factories.spell(), factories.user()
    gate, answers = threading.Barrier(2), []

    def open_case():
        gate.wait()
        try:
            with context.acting(worker):
                operations.open(person=spell.person, spell=spell, opened_on=DAY, by=worker)
            answers.append("opened")
        except ValidationError as refusal:
            answers.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=open_case) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["This person already has an open case.", "opened"]


@db
def test_close_ends_the_case_and_its_allocation():
    worker = factories.user()
    case = factories.case(worker=worker)

    operations.close(case=case, reason=Case.Close.RELEASED, closed_on=DAY, by=worker)

    case.refresh_from_db()
    assert (case.closed_on, case.close_reason, case.closed_by) == (DAY, "RELEASED", worker)
    assert case.allocations.filter(until_at=None).count() == 0
    entry = AuditEntry.objects.get(action="case.closed")
    assert entry.detail == {"closed_on": "2026-10-14", "reason": "RELEASED"}


@db
def test_close_twice_is_once():
    case, by = factories.case(), factories.user()

    operations.close(case=case, reason="DIED", closed_on=DAY, by=by)
    operations.close(case=case, reason="DIED", closed_on=DAY, by=by)

    assert trail() == ["case.closed"]
    with pytest.raises(ValidationError, match="already closed, on 14 October 2026"):
        operations.close(case=case, reason="COMPLETED", closed_on=DAY, by=by)


@db
@pytest.mark.parametrize(("days", "words"), [(-1, "day it was opened, 14 October 2026"), (1, "cannot close in the")])
def test_close_refuses_a_day_before_opening_or_ahead(days, words):
    with pytest.raises(ValidationError, match=words) as refusal:
        operations.close(
            case=factories.case(), reason="COMPLETED", closed_on=DAY + timedelta(days=days), by=factories.user()
        )

    assert list(refusal.value.error_dict) == ["closed_on"]
