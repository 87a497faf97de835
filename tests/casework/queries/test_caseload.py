from datetime import date, timedelta

import pytest

from casework.access import Role
from casework.formats import cells
from casework.models import Location
from casework.queries import caseload
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


def held(surname, cell="A-1-001", worker=None, wing=None, release_on=None, opened_on=DAY):
    spell = factories.spell(factories.person(surname=surname))
    Location.objects.filter(spell=spell).update(cell=cell, cell_key=cells.sort_key(cell), wing=wing)
    if release_on:
        given = {"prison": spell.prison, "recorded_at": factories.at(), "recorded_by": factories.user()}
        spell.release_dates.create(kind="CONDITIONAL", on=release_on, **given)
    return factories.case(spell=spell, worker=worker, opened_on=opened_on)


def surnames(user, **asked):
    return [case.person.surname for case in caseload.page(user, **asked).rows]


def test_page_sorts_each_way():
    manager = factories.user(Role.MANAGER)
    held("Ash", "B-2-010", factories.user(full_name="Zoe"), release_on=date(2027, 1, 1))
    held("Birch", "B-2-9", factories.user(full_name="Amy"), opened_on=DAY - timedelta(days=3))
    held("Cedar", "", release_on=date(2026, 12, 1))

    assert surnames(manager) == ["Birch", "Ash", "Cedar"]
    assert surnames(manager, sort="-cell") == ["Cedar", "Ash", "Birch"]
    assert surnames(manager, sort="name") == ["Ash", "Birch", "Cedar"]
    assert surnames(manager, sort="worker") == ["Cedar", "Birch", "Ash"]
    assert surnames(manager, sort="opened") == ["Birch", "Ash", "Cedar"]
    assert surnames(manager, sort="-release") == ["Birch", "Ash", "Cedar"]


def test_page_filters_by_worker_and_wing():
    worker, wing = factories.user(), factories.wing("B")
    held("Ash", worker=worker)
    held("Birch", worker=factories.user(), wing=wing)
    held("Cedar", wing=wing)

    assert surnames(worker, worker=worker.pk) == ["Ash"]
    assert surnames(worker, worker=caseload.NOBODY) == ["Cedar"]
    assert surnames(worker, wing=wing.pk, sort="name") == ["Birch", "Cedar"]
    assert surnames(worker, wing=wing.pk, worker=worker.pk) == []


def test_page_leaves_out_closed_cases_and_former_holders():
    former, worker = factories.user(), factories.user()
    case = held("Ash", worker=former)
    case.allocations.update(until_at=factories.at())
    case.allocations.create(prison=case.prison, worker=worker, from_at=factories.at(), made_by=worker)
    closed = held("Birch", worker=worker)
    closed.closed_on, closed.close_reason = DAY, "COMPLETED"
    closed.save()

    assert surnames(worker) == ["Ash"]
    assert surnames(worker, worker=former.pk) == []


@pytest.mark.parametrize("sort", ["cell", "-cell", "name", "worker", "-worker", "release", "opened"])
def test_page_turns_by_key_and_shows_everybody_once(sort, monkeypatch):
    monkeypatch.setattr(caseload, "PAGE", 2)
    manager, worker = factories.user(Role.MANAGER), factories.user()
    cases = [held(f"Tree{number % 3}", worker=worker if number % 2 else None) for number in range(7)]

    seen, after = [], None
    for _ in range(4):
        page = caseload.page(manager, sort=sort, after=after)
        seen += [case.pk for case in page.rows]
        after = page.rows[-1].pk

    assert sorted(seen) == [case.pk for case in cases]
    assert (page.more, page.total) == (False, 7)


def test_page_goes_on_behind_a_case_that_was_closed_meanwhile():
    manager = factories.user(Role.MANAGER)
    first, second = held("Ash"), held("Birch")
    first.closed_on, first.close_reason = DAY, "COMPLETED"
    first.save()

    assert [case.pk for case in caseload.page(manager, sort="name", after=first.pk).rows] == [second.pk]


def test_page_filters_by_stage_strand_and_own_work():
    worker, away = factories.user(), held("Ash")
    resting, clinical, mine, beside = held("Birch"), held("Cedar"), held("Elm", worker=worker), held("Fir")
    Location.objects.filter(spell=away.spell).update(whereabouts="COURT")
    factories.suspension(resting)
    factories.end(resting, closing_from=DAY, closing_why="Done")
    factories.strand(clinical, kind="DETOX")
    factories.strand(mine, kind="PSYCHOSOCIAL")
    factories.strand(mine, kind="STABILISATION", ended_on=DAY)
    factories.co_worker(beside, worker=worker)
    factories.co_worker(clinical, worker=worker, until_at=factories.at())

    def found(**asked):
        return surnames(worker, sort="name", **asked)

    assert found(worker=caseload.MINE) == ["Elm", "Fir"]
    assert found(stage="SUSPENDED") == ["Ash", "Birch"]
    assert found(stage="CLOSING") == ["Birch"]
    assert found(stage="TRIAGED") == ["Cedar", "Elm", "Fir"]
    assert found(strand=caseload.CLINICAL) == found(strand="DETOX") == ["Cedar"]
    assert found(strand="MAINTENANCE") == []
    assert found(strand=caseload.NO_CLINICAL) == ["Ash", "Birch", "Elm", "Fir"]


def test_page_says_strands_co_workers_and_days():
    case = held("Ash", opened_on=DAY - timedelta(days=44))
    factories.strand(case, kind="PSYCHOSOCIAL")
    factories.strand(case, kind="DETOX", started_on=DAY)
    for name in ["Zoe", "Amy"]:
        factories.co_worker(case, worker=factories.user(full_name=name))

    row = caseload.page(factories.user()).rows[0]

    assert (row.days, row.strand_names, row.beside, row.standing) == (
        44,
        ["Psychosocial", "Detox"],
        ["Amy", "Zoe"],
        "Triaged",
    )
