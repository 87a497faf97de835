"""Rolls in the background: taken up once, whatever is killed, and never two at a time."""

import os
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection, connections
from django.utils import timezone

from casework import context, tasks
from casework.access import Role
from casework.models import AuditEntry, CustodySpell, Movement, Person, RollImport, User
from casework.operations import roll
from casework.queries import roll_plan
from tests import factories, rolls
from tests.conftest import ROOT

State = RollImport.State


def as_system():
    return context.acting(User.objects.system())


def upload(count=3, by=None, confirmed=False):
    with as_system():
        row = roll.upload(
            prison=factories.prison(),
            filename="roll.json",
            content=rolls.make_roll(count),
            by=by or factories.user(Role.MANAGER),
            at=timezone.now(),
            nonce=RollImport().nonce,
        )
    if confirmed:
        tasks.import_roll(import_id=row.pk)
        with as_system():
            roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)
    return row


def state(row):
    with as_system():
        row.refresh_from_db()
        return row.state, row.attempts, row.progress


@pytest.mark.django_db
def test_import_waiting_rolls_queues_what_waits_and_nothing_else(monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.import_roll, "apply_async", lambda **given: sent.append(given))
    first, second, done, stuck = upload(), upload(), upload(), upload()
    RollImport.objects.filter(pk=done.pk).update(state=State.DONE)
    RollImport.objects.filter(pk=stuck.pk).update(attempts=5)

    tasks.import_waiting_rolls()

    assert sent == [{"kwargs": {"import_id": row.pk}, "expires": 60} for row in (first, second)]


@pytest.mark.django_db
def test_import_roll_previews_and_then_imports_and_then_does_nothing():
    row = upload()

    tasks.import_roll(import_id=row.pk)
    previewed = state(row)
    tasks.import_roll(import_id=row.pk)
    still = state(row)
    roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)
    tasks.import_roll(import_id=row.pk)
    done = state(row)
    entries = AuditEntry.objects.count()
    tasks.import_roll(import_id=row.pk)

    assert (previewed, still, done) == ((State.PREVIEWED, 1, 50), (State.PREVIEWED, 1, 50), (State.DONE, 1, 100))
    assert (CustodySpell.objects.count(), AuditEntry.objects.count()) == (3, entries)


@pytest.mark.django_db
def test_import_roll_leaves_what_another_worker_has_in_hand(fresh_connection):
    row = upload()
    fresh_connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"roll {row.pk}"])

    tasks.import_roll(import_id=row.pk)

    assert state(row) == (State.UPLOADED, 0, 0)


@pytest.fixture
def fresh_connection():
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


def test_import_roll_that_breaks_half_way_leaves_nothing_but_the_attempt(fresh_database, monkeypatch):
    row = upload(confirmed=True)

    def breaks(*given):
        raise RuntimeError("killed")

    monkeypatch.setattr(roll, "_finish", breaks)
    with pytest.raises(RuntimeError, match="killed"):
        tasks.import_roll(import_id=row.pk)
    broken = state(row)
    with as_system():
        left = (Person.objects.count(), CustodySpell.objects.count(), Movement.objects.count())
    monkeypatch.undo()
    tasks.import_roll(import_id=row.pk)

    assert (broken, left) == ((State.CONFIRMED, 1, 60), (0, 0, 0))
    assert state(row) == (State.DONE, 2, 100)


def test_import_roll_that_is_killed_is_taken_up_by_the_next_worker(fresh_database):
    row = upload(confirmed=True)
    command = f"""
import django, time
django.setup()
from casework import tasks
from casework.operations import roll
roll._finish = lambda *given: (print("written", flush=True), time.sleep(60))
tasks.import_roll(import_id={row.pk})
"""
    environment = {**os.environ, "WINGWALK_DATABASE": connection.settings_dict["NAME"], "WINGWALK_LOGIN": "worker"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    with subprocess.Popen([sys.executable, "-c", command], cwd=ROOT, env=environment, stdout=subprocess.PIPE) as worker:
        assert worker.stdout.readline() == b"written\n"
        worker.kill()
    killed = state(row)
    _until(lambda: tasks.import_roll(import_id=row.pk) or state(row)[0] == State.DONE)

    assert (killed, state(row)) == ((State.CONFIRMED, 1, 60), (State.DONE, 2, 100))
    with as_system():
        assert (Person.objects.count(), CustodySpell.objects.count()) == (3, 3)


def _until(happened):
    for _ in range(50):
        if happened():
            return
        time.sleep(0.1)


def test_import_roll_by_two_workers_at_once_is_done_once(fresh_database):
    row = upload(30, confirmed=True)

    together([lambda: tasks.import_roll(import_id=row.pk)] * 2)

    with as_system():
        imported = AuditEntry.objects.filter(action="roll.imported").count()
        assert (imported, CustodySpell.objects.count()) == (1, 30)
    assert state(row) == (State.DONE, 1, 100)


def test_two_rolls_of_one_prison_wait_for_each_other(fresh_database, monkeypatch):
    """The one confirmed first is kept between its plan and its writing until the other has had the time to make the same plan."""
    first, second = upload(30, confirmed=True), upload(30, confirmed=True)
    planned, read = threading.Event(), roll_plan.Plan

    def plan(*given, **more):
        made = read(*given, **more)
        planned.wait(1)
        planned.set()
        return made

    monkeypatch.setattr(roll_plan, "Plan", plan)
    together([lambda row=row: tasks.import_roll(import_id=row.pk) for row in (first, second)])

    states = {state(first)[0], state(second)[0]}
    with as_system():
        assert (CustodySpell.objects.count(), Person.objects.count()) == (30, 30)
    assert states <= {State.DONE, State.REFUSED}
    assert State.DONE in states


def together(calls):
    """Run calls at once, each on a connection of its own; whatever one of them raised is raised here."""
    gate, raised = threading.Barrier(len(calls)), []

    def run(call):
        gate.wait()
        try:
            call()
        except Exception as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
