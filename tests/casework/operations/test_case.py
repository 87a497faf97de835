"""Opening, suspending, closing cases. The clock stands at noon on ``factories.DAY``."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from casework import context
from casework.models import Absence, Allocation, AuditEntry, Case, Suspension, User
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
    assert list(case.strands.values_list("kind", "started_on", "recorded_by")) == [("PSYCHOSOCIAL", DAY, worker.pk)]
    entry = AuditEntry.objects.get(action="case.opened")
    assert (entry.action, entry.by_id, entry.person_id) == ("case.opened", worker.pk, spell.person_id)
    assert entry.detail == {"opened_on": "2026-10-14", "previous": None}


@db
def test_open_allocates_in_the_same_step_when_a_worker_is_named():
    worker = factories.user()

    case = opened(by=worker, worker=worker)

    assert Allocation.objects.get(case=case, until_at=None).worker == worker
    assert trail() == ["case.opened", "case.allocated", "release_plan.begun"]


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
def test_open_refuses_a_day_before_the_previous_case_closed():
    spell = factories.spell()
    factories.case(spell=spell, closed_on=DAY, close_reason=Case.Close.COMPLETED)

    with pytest.raises(
        ValidationError, match="on or after the day the one before it closed, 14 October 2026"
    ) as refusal:
        opened(spell, opened_on=DAY - timedelta(days=1))

    assert list(refusal.value.error_dict) == ["opened_on"]


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
    assert trail() == ["case.opened", "release_plan.begun"]


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


@db
def test_close_ends_all_that_goes_on_in_the_case():
    case, by = factories.case(worker=factories.user()), factories.user()
    factories.suspension(case)
    factories.strand(case)
    factories.co_worker(case)
    plan = factories.plan(case)

    operations.close(case=case, reason="COMPLETED", closed_on=DAY, by=by)

    plan.refresh_from_db()
    assert plan.ended_on == DAY
    assert list(case.suspensions.values_list("until_on", "ended_by")) == [(DAY, by.pk)]
    assert list(case.strands.values_list("ended_on", "end_why", "ended_by")) == [(DAY, "The case closed", by.pk)]
    assert [(row.until_at is None, row.ended_by) for row in case.co_workers.all()] == [(False, by)]


@db
def test_close_refuses_a_day_before_something_that_happened():
    case = factories.case(opened_on=DAY - timedelta(days=9))
    strand = factories.strand(case, started_on=DAY - timedelta(days=9))
    factories.joint_review(strand, done_on=DAY)

    with pytest.raises(ValidationError, match="closes on or after each joint review, 14 October 2026") as refusal:
        operations.close(case=case, reason="COMPLETED", closed_on=DAY - timedelta(days=1), by=factories.user())

    assert list(refusal.value.error_dict) == ["closed_on"]


# Suspended and resumed


@db
def test_suspend_lets_the_work_rest_and_resume_goes_on():
    case, by, other = factories.case(opened_on=DAY - timedelta(days=5)), factories.user(), factories.user()
    first, nonce = DAY - timedelta(days=3), uuid.uuid4()

    rows = [
        operations.suspend(case=case, reason="COURT", from_on=first, note="Trial", by=by, nonce=nonce) for _ in range(2)
    ]
    for _ in range(2):
        operations.resume(suspension=rows[0], until_on=DAY, by=other)

    row = Suspension.objects.get()
    assert rows == [row, row]
    assert (row.reason, row.note, row.from_on, row.made_by) == ("COURT", "Trial", first, by)
    assert (row.until_on, row.ended_by) == (DAY, other)
    assert trail() == ["case.suspended", "case.resumed"]


@db
@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-6, "the day the case was opened, 9 October 2026"),
        (-2, "the last one ended, 13 October 2026"),
        (1, "still to come"),
    ],
)
def test_suspend_refuses_days_out_of_order(days, words):
    case = factories.case(opened_on=DAY - timedelta(days=5))
    factories.suspension(case, from_on=DAY - timedelta(days=4), until_on=DAY - timedelta(days=1))

    with pytest.raises(ValidationError, match=words) as refusal:
        operations.suspend(case=case, reason="COURT", from_on=DAY + timedelta(days=days), by=factories.user())

    assert list(refusal.value.error_dict) == ["from_on"]
    assert Suspension.objects.count() == 1


@db
def test_suspend_refuses_what_is_suspended_or_closed():
    case = factories.suspension().case
    closed = factories.case(closed_on=DAY, close_reason="DIED")

    with pytest.raises(ValidationError, match="suspended already"):
        operations.suspend(case=case, reason="COURT", from_on=DAY, by=factories.user())
    with pytest.raises(ValidationError, match="was closed on 14 October 2026 and stays as it is"):
        operations.suspend(case=closed, reason="COURT", from_on=DAY, by=factories.user())


@db
def test_resume_refuses_days_out_of_order_and_another_end():
    row = factories.suspension(factories.case(), from_on=DAY)

    with pytest.raises(ValidationError, match="on or after the day it was suspended, 14 October 2026"):
        operations.resume(suspension=row, until_on=DAY - timedelta(days=1), by=row.made_by)
    with pytest.raises(ValidationError, match="still to come"):
        operations.resume(suspension=row, until_on=DAY + timedelta(days=1), by=row.made_by)
    factories.end(row, until_on=DAY)
    with pytest.raises(ValidationError, match="already resumed, on 14 October 2026"):
        operations.resume(suspension=row, until_on=DAY + timedelta(days=1), by=row.made_by)


# Closing


@db
def test_begin_closing_says_who_and_why_once_and_keep_open_takes_it_back():
    case, by = factories.case(), factories.user()

    for _ in range(2):
        case = operations.begin_closing(case=case, closing_from=DAY, closing_why="The plan is done", by=by)
    assert (case.closing_from, case.closing_why, case.closing_by) == (DAY, "The plan is done", by)
    for _ in range(2):
        case = operations.keep_open(case=case, by=by)

    assert (case.closing_from, case.closing_why, case.closing_by) == (None, "", None)
    assert trail() == ["case.closing_begun", "case.kept_open"]


@db
@pytest.mark.parametrize(("days", "words"), [(-1, "day the case was opened, 14 October 2026"), (1, "still to come")])
def test_begin_closing_refuses_days_out_of_order(days, words):
    with pytest.raises(ValidationError, match=words) as refusal:
        operations.begin_closing(
            case=factories.case(), closing_from=DAY + timedelta(days=days), closing_why="Done", by=factories.user()
        )

    assert list(refusal.value.error_dict) == ["closing_from"]


@db
def test_begin_closing_refuses_what_is_closing_since_another_day():
    case = factories.case(closing_from=DAY, closing_why="Done")

    with pytest.raises(ValidationError, match="closing already, since 14 October 2026"):
        operations.begin_closing(case=case, closing_from=DAY, closing_why="Tired of it", by=factories.user())
