from datetime import UTC, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError

from casework.access import Role
from casework.models import AuditEntry, User
from reporting.models import MonthlyFigures
from reporting.operations import figures
from reporting.queries.months import Month
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER = Month.read("2026-10")
State = MonthlyFigures.State


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(datetime(2026, 11, 1, 2, 30, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


def ask(by, month=OCTOBER):
    return figures.ask(prison=factories.prison(), month=month, by=by)


def trail():
    return list(AuditEntry.objects.filter(action__startswith="figures.").order_by("pk").values_list("by_id", "action"))


def test_ask_puts_a_month_in_the_queue(manager):
    row = ask(manager)

    assert (row.month, row.state, row.asked_by) == (OCTOBER.first, State.WAITING, manager)
    assert list(MonthlyFigures.objects.waiting()) == [row]
    assert trail() == [(manager.pk, "figures.asked")]


def test_ask_twice_is_asking_once(manager):
    ask(manager)
    ask(factories.user(Role.MANAGER))

    assert MonthlyFigures.objects.get().asked_by == manager
    assert len(trail()) == 1


def test_ask_again_keeps_the_old_figures_until_there_are_new_ones(manager):
    row, system = ask(manager), User.objects.system()
    figures.keep(figures_id=row.pk, figures={"caseload": {"value": 1}}, by=system)

    again = ask(factories.user(Role.MANAGER))

    assert (again.pk, again.state, again.attempts, again.figures) == (row.pk, State.WAITING, 0, row_figures(row))


def row_figures(row):
    row.refresh_from_db()
    return row.figures


def test_ask_refuses_a_month_that_has_not_begun(manager):
    with pytest.raises(ValidationError, match="December 2026 has not begun."):
        ask(manager, Month.read("2026-12"))
    assert not MonthlyFigures.objects.exists()


def test_claim_counts_the_attempt_first(manager):
    row, system = ask(manager), User.objects.system()

    assert figures.claim(figures_id=row.pk, by=system).attempts == 1
    assert figures.claim(figures_id=row.pk, by=system).attempts == 2
    assert trail()[1:] == [(1, "figures.begun"), (1, "figures.begun")]


def test_claim_takes_nothing_that_is_done_or_was_tried_often_enough(manager):
    row, system = ask(manager), User.objects.system()
    MonthlyFigures.objects.update(attempts=5)
    assert figures.claim(figures_id=row.pk, by=system) is None

    MonthlyFigures.objects.update(attempts=0, state=State.COMPUTED)
    assert figures.claim(figures_id=row.pk, by=system) is None


def test_keep_keeps_the_first_of_two_results(manager):
    row, system = ask(manager), User.objects.system()
    figures.keep(figures_id=row.pk, figures={"caseload": {"value": 1}}, by=system)
    figures.keep(figures_id=row.pk, figures={"caseload": {"value": 2}}, by=system)
    figures.advance(figures_id=row.pk, progress=50, by=row.asked_by)

    row.refresh_from_db()
    assert (row.state, row.progress, row.figures) == (State.COMPUTED, 100, {"caseload": {"value": 1}})
    assert row.computed_at == datetime(2026, 11, 1, 2, 30, tzinfo=UTC)
    assert trail()[1:] == [(1, "figures.computed")]


def test_advance_says_how_far_it_is(manager):
    row = ask(manager)
    assert row.progress_text == "The next free worker takes it, in some seconds."

    figures.advance(figures_id=row.pk, progress=62, by=row.asked_by)

    row.refresh_from_db()
    assert row.progress_text == "62 % done."


def test_give_up_leaves_a_month_to_a_person_and_asking_again_begins_anew(manager):
    row, system = ask(manager), User.objects.system()
    figures.give_up(figures_id=row.pk, by=system)
    assert MonthlyFigures.objects.get().state == State.WAITING

    MonthlyFigures.objects.update(attempts=5)
    figures.give_up(figures_id=row.pk, by=system)

    assert MonthlyFigures.objects.get().state == State.FAILED
    assert (ask(manager).state, MonthlyFigures.objects.get().attempts) == (State.WAITING, 0)
    assert trail() == [(manager.pk, "figures.asked"), (1, "figures.failed"), (manager.pk, "figures.asked")]
