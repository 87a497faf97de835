import uuid

import pytest
from django.core.exceptions import ValidationError

from casework import tasks
from casework.access import Role
from casework.models import AuditEntry, Case, Person, PersonMerge, User
from casework.operations import merging
from tests import factories

pytestmark = pytest.mark.django_db
State = PersonMerge.State


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def removed():
    return factories.person(number="A0001BA")


@pytest.fixture
def kept():
    return factories.person(number="A0002BA")


def ask(removed, kept, by, **given):
    given.setdefault("nonce", uuid.uuid4())
    return merging.ask(removed=removed, kept=kept, reason="Fingerprints", by=by, **given)


def step(row):
    system = User.objects.system()
    merging.begin(merge_id=row.pk, by=system)
    merging.proceed(merge_id=row.pk, at=factories.at(), by=system)
    row.refresh_from_db()
    return row.state


def test_ask_merges_nothing_until_the_worker_does_it_on_behalf_of_who_asked(manager, removed, kept):
    case = factories.case(removed)

    row = ask(removed, kept, manager)
    case.refresh_from_db()
    assert (row.state, case.person) == (State.ASKED, removed)

    assert step(row) == State.DONE
    case.refresh_from_db()
    assert case.person == kept
    merged = AuditEntry.objects.get(action="person.merged")
    assert (merged.by_id, merged.person_id) == (manager.pk, kept.pk)


def test_ask_twice_with_one_nonce_is_asked_once(manager, removed, kept):
    nonce = uuid.uuid4()

    assert ask(removed, kept, manager, nonce=nonce) == ask(removed, kept, manager, nonce=nonce)
    assert PersonMerge.objects.count() == 1


def test_ask_refuses_one_record_and_records_that_are_one(manager, removed, kept):
    with pytest.raises(ValidationError, match="two different records"):
        ask(kept, kept, manager)
    ask(removed, kept, manager)
    with pytest.raises(ValidationError, match="being merged already"):
        ask(removed, kept, manager)
    step(PersonMerge.objects.get())
    removed.refresh_from_db()
    with pytest.raises(ValidationError, match="one already"):
        ask(removed, kept, manager)


def test_proceed_says_why_it_could_not_be_done_and_changes_nothing(manager, removed, kept):
    row = ask(removed, kept, manager)
    third = factories.person()
    Person.objects.filter(pk=kept.pk).update(merged_into=third)

    assert step(row) == State.REFUSED
    assert row.refusal == "These two records are one already."
    assert step(row) == State.REFUSED


def test_ask_undo_puts_back_and_asking_again_changes_nothing(manager, removed, kept):
    case = factories.case(removed)
    row = ask(removed, kept, manager)
    with pytest.raises(ValidationError, match="not merged"):
        merging.ask_undo(merge=row, why="Two brothers", by=manager)
    step(row)

    merging.ask_undo(merge=row, why="Two brothers", by=manager)
    merging.ask_undo(merge=row, why="Other words", by=manager)
    assert step(row) == State.UNDONE

    case.refresh_from_db()
    assert (case.person, row.undo_why) == (removed, "Two brothers")


def test_proceed_of_an_undoing_that_contradicts_stays_merged_and_says_why(manager, removed, kept):
    spell = factories.spell(removed)
    row = ask(removed, kept, manager)
    step(row)
    spell.refresh_from_db()
    factories.case(spell=spell)
    merging.ask_undo(merge=row, why="Two brothers", by=manager)

    assert step(row) == State.DONE
    assert row.refusal == "Work has gone on since the merge, so it cannot be undone: 1 case."
    assert Case.objects.get().person == kept


def test_begin_gives_up_after_five_attempts(manager, removed, kept):
    row = ask(removed, kept, manager)
    PersonMerge.objects.update(attempts=5)

    assert merging.begin(merge_id=row.pk, by=User.objects.system()) is None
    row.refresh_from_db()
    assert (row.is_stuck, row.is_in_hand) == (True, False)


def test_make_waiting_merges_queues_what_waits_and_make_merge_makes_it(manager, removed, kept, monkeypatch):
    row = ask(removed, kept, manager)
    queued = []
    monkeypatch.setattr(tasks.make_merge, "apply_async", lambda kwargs, expires: queued.append(kwargs))

    tasks.make_waiting_merges()
    tasks.make_merge(**queued[0])
    tasks.make_waiting_merges()

    row.refresh_from_db()
    assert (queued, row.state) == ([{"merge_id": row.pk}], State.DONE)
