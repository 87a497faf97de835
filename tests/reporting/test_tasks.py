from datetime import UTC, date, datetime

import pytest
import time_machine

from casework.access import Role
from casework.models import User
from reporting import tasks
from reporting.models import MonthlyFigures
from reporting.operations import figures
from reporting.queries import indicators
from reporting.queries.months import Month
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER = Month.read("2026-10")
State = MonthlyFigures.State


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def row():
    return figures.ask(prison=factories.prison(), month=OCTOBER, by=factories.user(Role.MANAGER))


@pytest.fixture
def queued(monkeypatch):
    """The months for which a task was queued."""
    found = []
    monkeypatch.setattr(tasks.compute_month, "delay", lambda *, figures_id: found.append(figures_id))
    return found


def test_compute_month_keeps_every_figure_with_its_definition(row):
    factories.referral(received_on=date(2026, 10, 5))

    tasks.compute_month(figures_id=row.pk)

    row.refresh_from_db()
    assert (row.state, row.progress, row.attempts) == (State.COMPUTED, 100, 1)
    assert set(row.figures) == set(indicators.BY_NAME)
    assert row.figures["new_referrals"] == {
        "title": "New referrals",
        "definition": indicators.BY_NAME["new_referrals"].sentence,
        "unit": "referrals",
        "value": 1,
    }
    assert [row.figures["triaged_in_time"][part] for part in ("numerator", "denominator", "value")] == [0, 1, 0]


def test_compute_month_run_twice_does_nothing_twice(row):
    tasks.compute_month(figures_id=row.pk)
    factories.referral(received_on=date(2026, 10, 5))
    tasks.compute_month(figures_id=row.pk)

    row.refresh_from_db()
    assert (row.attempts, row.figures["new_referrals"]["value"]) == (1, 0)


def test_compute_month_that_is_broken_off_is_done_by_the_next(row, monkeypatch):
    def killed(**given):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(figures, "advance", killed)
        with pytest.raises(SystemExit):
            tasks.compute_month(figures_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.WAITING, 1)

    tasks.compute_month(figures_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.COMPUTED, 2)


def test_compute_waiting_months_queues_what_waits_and_gives_up_what_never_works(row, queued):
    hopeless = figures.ask(prison=factories.prison(), month=OCTOBER.previous, by=row.asked_by)
    MonthlyFigures.objects.filter(pk=hopeless.pk).update(attempts=5)
    done = figures.ask(prison=factories.prison(), month=OCTOBER.following, by=row.asked_by)
    figures.keep(figures_id=done.pk, figures={}, by=User.objects.system())

    tasks.compute_waiting_months()

    hopeless.refresh_from_db()
    assert (queued, hopeless.state) == ([row.pk], State.FAILED)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 11, 1, 1, 30, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2026, 7, 1, 1, 30, tzinfo=UTC), date(2026, 6, 1)),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), date(2026, 6, 1)),  # 1 July 00:30 in London
        (datetime(2027, 1, 1, 1, 30, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_ask_for_last_month_asks_for_every_prison(moment, month):
    prisons = {factories.prison(), factories.prison("ACI", "Altcourse (HMP)")}

    with time_machine.travel(moment, tick=False):
        tasks.ask_for_last_month()
        tasks.ask_for_last_month()

    rows = MonthlyFigures.objects.waiting().select_related("prison")
    assert ({row.prison for row in rows}, {row.month for row in rows}, rows.count()) == (prisons, {month}, 2)


def test_nudge_queues_the_month_on_commit(row, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(tasks.compute_month, "apply_async", lambda **given: sent.append(given["kwargs"]))

    with django_capture_on_commit_callbacks(execute=True):
        tasks.nudge(row)
        assert sent == []

    assert sent == [{"figures_id": row.pk}]
