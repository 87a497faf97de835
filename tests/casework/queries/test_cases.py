from datetime import timedelta

import pytest

from casework.models import Assessment, Case, Location, Stage
from casework.queries import cases
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


def stage(case):
    found = cases.staged(Case.objects.filter(pk=case.pk)).get()
    return found.stage, found.rest


def assessed(case, **given):
    given = {"kind": Assessment.Kind.COMPREHENSIVE, "questions": "comprehensive-1", **given}
    done = {"done_on": DAY, "completed_at": factories.at(), "completed_by": case.opened_by}
    row = {"person": case.person, "prison": case.prison, "begun_at": factories.at(), "begun_by": case.opened_by}
    return Assessment.objects.create(case=case, **{**row, **done, **given})


def test_stage_follows_the_facts_from_triaged_to_closed():
    case = factories.case(worker=factories.user())
    seen = [stage(case)]
    assessed(case, kind=Assessment.Kind.TRIAGE)
    seen.append(stage(case))
    assessed(case)
    seen.append(stage(case))
    plan = factories.plan(case, agreed_on=None)
    seen.append(stage(case))
    factories.end(plan, agreed_on=DAY, agreed_by=case.opened_by, agreed_how="SAID")
    seen.append(stage(case))
    row = factories.suspension(case)
    seen.append(stage(case))
    factories.end(row, until_on=DAY)
    seen.append(stage(case))
    factories.end(case, closing_from=DAY, closing_why="Done")
    seen.append(stage(case))
    factories.end(case, closed_on=DAY, close_reason="COMPLETED")
    seen.append(stage(case))

    assert [one for one, _ in seen] == [
        "TRIAGED",
        "TRIAGED",
        "ASSESSED",
        "ASSESSED",
        "IN_PLAN",
        "SUSPENDED",
        "IN_PLAN",
        "CLOSING",
        "CLOSED",
    ]
    assert [rest for _, rest in seen] == ["", "", "", "", "", "SEGREGATION", "", "", ""]


def test_stage_ignores_an_assessment_that_is_not_finished_and_a_plan_that_ended():
    case = factories.case()
    assessed(case, completed_at=None)
    factories.plan(case, ended_on=DAY)

    assert stage(case) == ("TRIAGED", "")


@pytest.mark.parametrize(
    ("whereabouts", "words"), [("COURT", "Suspended, at court"), ("ABSENT", "Suspended, temporarily absent")]
)
def test_a_case_rests_while_the_roll_has_the_person_out(whereabouts, words):
    case = factories.case()
    Location.objects.filter(spell=case.spell).update(whereabouts=whereabouts)

    found = cases.staged(Case.objects.all()).get()
    assert (found.stage, found.standing) == (Stage.SUSPENDED, words)

    Location.objects.filter(spell=case.spell).update(until_at=factories.at())
    assert stage(case) == ("TRIAGED", "")


def test_a_closing_case_stays_one_while_the_person_is_out():
    case = factories.suspension(factories.case(closing_from=DAY), reason="COURT").case

    assert cases.staged(Case.objects.all()).get().standing == "Closing, at court"
    assert stage(case) == ("CLOSING", "COURT")


@pytest.mark.parametrize(
    ("given", "reason"),
    [({}, None), ({"end": "RELEASED_COURT"}, "RELEASED_COURT"), ({"end": "OTHER"}, None), ({"end": "DIED"}, "DIED")],
)
def test_close_reason_fits_how_somebody_left(given, reason):
    left = factories.spell(ended_at=factories.at() if given else None, **given)

    assert cases.close_reason(left) == reason


def test_page_tells_the_life_of_a_case_newest_first():
    worker, manager = factories.user(full_name="Kay Walker"), factories.user(full_name="Mo")
    spell = factories.spell()
    former = factories.case(
        spell=spell,
        opened_on=DAY - timedelta(days=20),
        closed_on=DAY - timedelta(days=9),
        close_reason="WITHDREW",
        closed_by=manager,
    )
    case = factories.case(spell=spell, previous=former, opened_on=DAY - timedelta(days=8), opened_by=manager)
    later = [factories.at(DAY - timedelta(days=days)) for days in (7, 6, 5)]
    case.allocations.create(prison=case.prison, worker=worker, from_at=later[0], made_by=manager, reason="Knows him")
    factories.co_worker(case, worker=worker, from_at=later[1], until_at=later[2], ended_by=manager)
    strand = factories.strand(
        case, detail="Ten days", ended_on=DAY, end_why="Done", end_said_by="Nurse B", ended_by=worker
    )
    factories.joint_review(strand, done_on=DAY - timedelta(days=4), summary="Stable")
    factories.suspension(
        case, from_on=DAY - timedelta(days=3), until_on=DAY - timedelta(days=2), note="Trial", ended_by=worker
    )
    assessed(case, done_on=DAY - timedelta(days=2))
    agreed_on = DAY - timedelta(days=1)
    factories.plan(case, begun_on=agreed_on, agreed_on=agreed_on, agreed_by=worker)
    factories.end(case, closing_from=DAY, closing_why="Done", closing_by=worker)
    factories.end(case, closed_on=DAY, close_reason="COMPLETED", closed_by=worker)

    page = cases.page(case.pk, worker)

    assert [(event.title, event.who) for event in page.events] == [
        ("Case closed: Work completed", "Kay Walker"),
        ("Closing begun", "Kay Walker"),
        ("Strand ended: Clinical: stabilisation", "Kay Walker"),
        ("Plan 1 agreed", "Kay Walker"),
        ("Resumed", "Kay Walker"),
        ("Comprehensive assessment", "Mo"),
        ("Suspended: segregation", "Mo"),
        ("Joint review: Clinical: stabilisation", "Mo"),
        ("Kay Walker is no longer co-worker", "Mo"),
        ("Kay Walker joined as co-worker", "Mo"),
        ("Allocated to Kay Walker", "Mo"),
        ("Strand started: Clinical: stabilisation", "Mo"),
        ("Case opened", "Mo"),
    ]
    assert (page.previous, page.next, page.case.standing) == (former, None, "Closed")
    assert (page.assessments, page.plans, page.notes, page.suspension) == (1, 1, 0, None)
    assert cases.page(former.pk, worker).next == case


def test_page_is_of_the_own_prison():
    case = factories.case()

    assert cases.page(case.pk, factories.user(prison=factories.prison("ACI", "Altcourse"))) is None


@pytest.mark.parametrize("many", [1, 3])
def test_page_asks_the_same_number_of_queries(many, django_assert_num_queries):
    case, worker = factories.case(worker=factories.user()), factories.user()
    for number in range(many):
        factories.suspension(case, from_on=DAY, until_on=DAY)
        strand = factories.strand(case, ended_on=DAY)
        factories.joint_review(strand)
        factories.co_worker(case, until_at=factories.at())
        assessed(case, kind=list(Assessment.Kind)[number])

    with django_assert_num_queries(10):
        page = cases.page(case.pk, worker)
        assert len(page.events) == 2 + 8 * many
