import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from casework.access import Role
from casework.models import Action, Assessment, AuditEntry, Case, Goal, Plan
from casework.operations import plan as operations
from casework.queries import plans as queries
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
State, Outcome, Owner = Plan.State, Goal.Outcome, Action.Owner


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def worker():
    return factories.user(full_name="Kay Worker")


@pytest.fixture
def case(worker):
    return factories.case(worker=worker, opened_on=DAY - timedelta(days=100))


@pytest.fixture
def draft(case):
    return factories.plan(case, agreed_on=None, begun_on=DAY - timedelta(days=3))


@pytest.fixture
def in_force(case):
    return factories.plan(case, begun_on=DAY - timedelta(days=90), agreed_on=DAY - timedelta(days=85))


def assessed(case, day, kind=Assessment.Kind.COMPREHENSIVE):
    """A finished assessment."""
    return Assessment.objects.create(
        case=case, person=case.person, prison=case.prison, kind=kind, questions="comprehensive-1", begun_at=factories.at(day),
        begun_by=case.opened_by, done_on=day, completed_at=factories.at(day), completed_by=case.opened_by,
    )  # fmt: skip


def refused(said, operation, /, **given):
    with pytest.raises(ValidationError, match=said) as refusal:
        operation(**given)
    return list(getattr(refusal.value, "error_dict", {}))


def agree(plan, by, **given):
    given = {"agreed_on": DAY, "how": "SIGNED", "version": Plan.objects.get(pk=plan.pk).version, **given}
    return operations.agree(plan=plan, by=by, **given)


def review(plan, by, **given):
    given = {"begun_on": DAY, "reviewed": "Well.", "outcomes": {}, "version": plan.version, **given}
    return operations.review(plan=plan, by=by, **given)


def add_action(goal, by, **given):
    given = {"what": "See the doctor", "owner": Owner.PERSON, "due_on": DAY, **given}
    return operations.add_action(goal=goal, by=by, **given)


def test_next_review_is_so_many_days_after_it_was_agreed(in_force, draft):
    prison = in_force.prison
    assert queries.next_review_on(in_force, prison) == DAY - timedelta(days=1)
    prison.plan_review_days = 28
    assert queries.next_review_on(in_force, prison) == DAY - timedelta(days=57)
    assert queries.next_review_on(draft, prison) is None


def test_begin_makes_one_draft_however_often_it_is_sent(case, worker):
    nonce = uuid.uuid4()

    plans = [operations.begin(case=case, begun_on=DAY, by=worker, nonce=nonce) for _ in range(2)]

    plan = Plan.objects.get()
    assert plans == [plan, plan]
    assert (plan.number, plan.state, plan.person, plan.begun_by) == (1, State.DRAFT, case.person, worker)
    assert list(AuditEntry.objects.filter(kind="OPERATION").values_list("action", "person_id")) == [
        ("plan.begun", case.person_id)
    ]


def test_begin_refuses_a_second_draft_a_plan_beside_one_in_force_and_a_closed_case(case, worker, draft):
    refused("There is a draft of the plan already", operations.begin, case=case, begun_on=DAY, by=worker)
    factories.goal(draft)
    agree(draft, worker)
    refused("There is a plan in force", operations.begin, case=case, begun_on=DAY, by=worker)
    Case.objects.update(closed_on=DAY, close_reason="COMPLETED")
    refused("This case is closed", operations.begin, case=case, begun_on=DAY, by=worker)
    assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (DAY - timedelta(days=101), "6 July 2026, the day the case was opened, or a later one"),
        (DAY + timedelta(days=1), "in the future"),
        (date(1, 1, 1), "the case was opened"),
        (date(9999, 12, 31), "in the future"),
    ],
)
def test_begin_and_agree_refuse_days_that_cannot_be(case, worker, day, words):
    assert refused(words, operations.begin, case=case, begun_on=day, by=worker) == ["begun_on"]
    plan = factories.plan(case, agreed_on=None, begun_on=DAY - timedelta(days=100))
    factories.goal(plan)
    assert refused(words, agree, plan=plan, by=worker, agreed_on=day) == ["agreed_on"]


def test_begin_and_agree_come_after_the_comprehensive_assessment(case, worker, draft):
    """Domain.md 8.5: comprehensive ≤ plan. A triage assessment says nothing about it."""
    assessed(case, DAY, kind=Assessment.Kind.TRIAGE)
    assessed(case, DAY - timedelta(days=1))
    factories.goal(draft)
    words = "13 October 2026, the day of the comprehensive assessment"

    assert refused(words, agree, plan=draft, by=worker, agreed_on=DAY - timedelta(days=2)) == ["agreed_on"]
    agree(draft, worker, agreed_on=DAY - timedelta(days=1))
    other = factories.case(worker=worker, opened_on=DAY - timedelta(days=9))
    assessed(other, DAY - timedelta(days=1))
    assert refused(words, operations.begin, case=other, begun_on=DAY - timedelta(days=2), by=worker) == ["begun_on"]


def test_agree_puts_the_draft_in_force_once(draft, worker):
    factories.goal(draft)

    for _ in range(2):
        agree(draft, worker)

    plan = Plan.objects.select_related("case").get()
    assert (plan.state, plan.agreed_on, plan.agreed_by, plan.agreed_how) == (State.IN_FORCE, DAY, worker, "SIGNED")
    assert AuditEntry.objects.filter(action="plan.agreed").count() == 1


def test_agree_refuses_an_empty_plan_and_one_from_before_it_was_begun(draft, worker):
    refused("There is no goal in this plan yet", agree, plan=draft, by=worker)
    factories.goal(draft)
    refused("on or after the day it was begun", agree, plan=draft, by=worker, agreed_on=DAY - timedelta(days=4))


def test_agree_refuses_what_somebody_changed_meanwhile(draft, worker):
    goal, seen = factories.goal(draft), draft.version
    operations.change_goal(goal=goal, words="Something else", area="WORK", version=goal.version, by=worker)

    refused("Somebody else changed this", agree, plan=draft, by=worker, version=seen)


def test_agree_freezes_the_words(draft, worker):
    goal = factories.goal(draft)
    action = factories.action(goal)
    agree(draft, worker)

    frozen = "its words stay as they are"
    refused(frozen, operations.change_goal, goal=goal, words="Other", area="WORK", version=1, by=worker)
    refused(frozen, operations.remove_goal, goal=goal, by=worker)
    refused(frozen, operations.add_goal, plan=draft, words="Other", area="WORK", by=worker)
    refused(frozen, add_action, goal=goal, by=worker)
    given = {"what": "Other", "owner": Owner.PERSON, "due_on": DAY, "version": 1}
    refused(frozen, operations.change_action, action=action, by=worker, **given)
    refused(frozen, operations.remove_action, action=action, by=worker)
    refused(frozen, operations.discard, plan=draft, version=draft.version, by=worker)
    assert list(Goal.objects.values_list("words", "removed_at")) == [("I want to stay off spice", None)]
    assert list(Action.objects.values_list("what", "removed_at")) == [("Come to the group on Wednesdays", None)]


def test_review_copies_open_goals_and_open_actions_forward(in_force, worker):
    kept, reached = factories.goal(in_force), factories.goal(in_force, words="I want a job")
    factories.goal(in_force, removed_at=factories.at())
    step = factories.action(kept, worker=worker)
    factories.action(kept, done_on=DAY, done_by=worker)
    factories.action(kept, removed_at=factories.at())
    nonce = uuid.uuid4()

    for _ in range(2):
        review(in_force, worker, outcomes={reached.pk: Outcome.ACHIEVED, kept.pk: ""}, nonce=nonce)

    draft = Plan.objects.get(agreed_on=None)
    assert (draft.number, draft.reviewed, draft.begun_on) == (2, "Well.", DAY)
    copy = draft.goals.get()
    assert (copy.words, copy.area, copy.carried_from, copy.outcome) == (kept.words, kept.area, kept, "")
    carried = copy.actions.get()
    assert (carried.what, carried.worker, carried.due_on, carried.carried_from) == (
        step.what,
        worker,
        step.due_on,
        step,
    )
    reached.refresh_from_db()
    assert (reached.outcome, reached.outcome_on, reached.outcome_by) == (Outcome.ACHIEVED, DAY, worker)
    assert Plan.objects.in_force().get() == in_force
    assert AuditEntry.objects.filter(action="plan.reviewed").count() == 1


def test_review_is_agreed_in_the_place_of_the_version_before(in_force, worker):
    factories.goal(in_force)
    draft = review(in_force, worker)

    agree(draft, worker)

    in_force.refresh_from_db()
    assert (in_force.state, in_force.ended_on) == (State.REPLACED, DAY)
    assert Plan.objects.in_force().get() == draft
    refused("not the plan in force any more", review, plan=in_force, by=worker)


def test_review_refuses_a_second_draft_a_stale_page_and_days_before_it_was_agreed(in_force, worker):
    goal = factories.goal(in_force)
    early = DAY - timedelta(days=86)
    assert refused("The plan was agreed on 21 July 2026", review, plan=in_force, by=worker, begun_on=early) == [
        "begun_on"
    ]
    refused("Somebody else changed this", review, plan=in_force, by=worker, version=7)
    review(in_force, worker)
    in_force.refresh_from_db()
    refused("There is a draft of the plan already", review, plan=in_force, by=worker, outcomes={goal.pk: "ACHIEVED"})
    goal.refresh_from_db()
    assert (Plan.objects.count(), goal.outcome) == (2, "")


def test_review_is_agreed_after_the_version_before(case, in_force, worker):
    draft = factories.plan(case, agreed_on=None, begun_on=DAY - timedelta(days=95))
    factories.goal(draft)

    early = DAY - timedelta(days=86)
    assert refused("was agreed on 21 July 2026", agree, plan=draft, by=worker, agreed_on=early) == ["agreed_on"]


def test_what_is_finished_leaves_the_next_draft_and_comes_back(in_force, worker):
    goal = factories.goal(in_force)
    step = factories.action(goal)
    draft = review(in_force, worker)

    def in_draft():
        goals = draft.goals.filter(removed_at=None).count()
        return goals, Action.objects.filter(goal__plan=draft, removed_at=None).count()

    operations.do(action=step, by=worker)
    assert in_draft() == (1, 0)
    operations.undo(action=step, by=worker)
    assert in_draft() == (1, 1)
    grade = {"goal": goal, "outcome_note": "", "by": worker}
    operations.grade(outcome=Outcome.PARTLY, outcome_on=DAY, version=1, **grade)
    assert in_draft() == (0, 1)
    operations.grade(outcome="", outcome_on=None, version=2, **grade)
    assert in_draft() == (1, 1)


def test_discard_lets_the_next_review_copy_again(in_force, worker):
    factories.action(factories.goal(in_force))
    draft = review(in_force, worker)
    for _ in range(2):
        operations.discard(plan=draft, version=draft.version, by=worker)
    draft.refresh_from_db()
    assert draft.state == State.DISCARDED
    in_force.refresh_from_db()

    again = review(in_force, worker)

    assert (again.number, again.goals.count()) == (3, 1)
    refused("was thrown away", agree, plan=draft, by=worker)


def test_goals_stand_in_their_order_and_change_by_version(draft, worker):
    nonce = uuid.uuid4()
    first = operations.add_goal(plan=draft, words="I want to sleep", area="HEALTH", by=worker, nonce=nonce)
    assert operations.add_goal(plan=draft, words="I want to sleep", area="HEALTH", by=worker, nonce=nonce) == first
    second = operations.add_goal(plan=draft, words="I want a flat", area="HOUSING", by=worker)
    assert (first.place, second.place) == (1, 2)

    operations.change_goal(goal=first, words="I want to sleep well", area="HEALTH", version=1, by=worker)
    change = {"goal": first, "words": "I want a dog", "area": "OTHER", "by": worker}
    refused("Somebody else changed this", operations.change_goal, version=1, **change)

    assert Goal.objects.get(pk=first.pk).words == "I want to sleep well"


def test_grade_records_an_outcome_of_the_plan_in_force(in_force, worker):
    goal = factories.goal(in_force)

    given = {"goal": goal, "outcome_note": "Two weeks clear", "by": worker}
    operations.grade(outcome=Outcome.MOSTLY, outcome_on=DAY, version=1, **given)

    goal.refresh_from_db()
    assert (goal.outcome, goal.outcome_on, goal.outcome_by) == (Outcome.MOSTLY, DAY, worker)
    assert AuditEntry.objects.get(action="goal.graded").detail == {"outcome": "MOSTLY", "outcome_on": "2026-10-14"}
    refused("Somebody else changed this", operations.grade, outcome="", outcome_on=None, version=1, **given)


@pytest.mark.parametrize("day", [DAY - timedelta(days=86), DAY + timedelta(days=1), None])
def test_grade_refuses_days_that_cannot_be(in_force, worker, day):
    given = {"goal": factories.goal(in_force), "outcome": "ACHIEVED", "outcome_note": "", "version": 1, "by": worker}

    assert refused("day", operations.grade, outcome_on=day, **given) == ["outcome_on"]


def test_only_the_plan_in_force_is_lived_with(draft, worker):
    step = factories.action(factories.goal(draft))

    for operation in [operations.do, operations.undo]:
        refused("not the plan in force", operation, action=step, by=worker)
    given = {"outcome": "ACHIEVED", "outcome_on": DAY, "outcome_note": "", "version": 1, "by": worker}
    refused("not the plan in force", operations.grade, goal=step.goal, **given)


def test_a_plan_ends_with_its_case(in_force, worker):
    step = factories.action(factories.goal(in_force))
    Case.objects.update(closed_on=DAY, close_reason="RELEASED")

    in_force = Plan.objects.get()
    assert in_force.state == State.ENDED
    assert not Plan.objects.in_force().exists()
    refused("not the plan in force", operations.do, action=step, by=worker)
    refused("not the plan in force", review, plan=in_force, by=worker)


def test_do_and_undo_change_nothing_the_second_time(in_force, worker):
    step = factories.action(factories.goal(in_force))

    for operation, days in [(operations.do, (DAY, worker)), (operations.undo, (None, None))]:
        for _ in range(2):
            operation(action=step, by=worker)
        step.refresh_from_db()
        assert (step.done_on, step.done_by) == days

    trail = AuditEntry.objects.filter(kind="OPERATION", action__startswith="action.").order_by("pk")
    assert list(trail.values_list("action", flat=True)) == ["action.done", "action.undone"]


def test_add_action_takes_each_owner(draft, worker):
    goal, nonce = factories.goal(draft), uuid.uuid4()

    made = [add_action(goal, worker, nonce=nonce) for _ in range(2)]
    made += [add_action(goal, worker, owner=Owner.WORKER, worker=worker)]
    made += [add_action(goal, worker, owner=Owner.OTHER, other="the housing officer")]

    assert [action.who for action in made] == ["The person", "The person", "Kay Worker", "the housing officer"]
    assert Action.objects.count() == 3


@pytest.mark.parametrize(
    ("given", "words", "field"),
    [
        ({"due_on": DAY - timedelta(days=4)}, "was begun on 11 October 2026", ["due_on"]),
        ({"due_on": DAY + timedelta(days=733)}, "within two years", ["due_on"]),
        ({"due_on": date(9999, 12, 31)}, "within two years", ["due_on"]),
        ({"owner": Owner.OTHER}, "Say who does it", ["__all__"]),
        ({"what": "x" * 501}, "at most 500", ["what"]),
    ],
)
def test_add_action_refuses_what_cannot_be(draft, worker, given, words, field):
    assert refused(words, add_action, goal=factories.goal(draft), by=worker, **given) == field
    assert not Action.objects.exists()


def test_add_action_refuses_workers_of_elsewhere_and_goals_that_were_taken_out(draft, worker):
    goal = factories.goal(draft)
    altcourse = factories.user(prison=factories.prison("ACI", "Altcourse"))
    for stranger in [altcourse, factories.user(is_active=False), factories.user(Role.AUDITOR)]:
        given = {"owner": Owner.WORKER, "worker": stranger}
        assert refused("works on this team", add_action, goal=goal, by=worker, **given) == ["worker"]

    for _ in range(2):
        operations.remove_goal(goal=goal, by=worker)
    refused("taken out of the plan", add_action, goal=goal, by=worker)
    assert AuditEntry.objects.filter(action="goal.removed").count() == 1


def test_change_action_leaves_a_late_step_that_was_carried_on_alone(draft, worker):
    left = factories.user(is_active=False)
    late = factories.action(factories.goal(draft), worker=left, due_on=DAY - timedelta(days=50))
    same = {"owner": Owner.WORKER, "worker": left, "due_on": late.due_on, "by": worker}

    operations.change_action(action=late, what="Other words", version=1, **same)

    assert Action.objects.get().what == "Other words"
    refused("Somebody else changed", operations.change_action, action=late, what="Theirs", version=1, **same)
    same["due_on"] = DAY - timedelta(days=49)
    refused("was begun on", operations.change_action, action=late, what="Theirs", version=2, **same)


def test_remove_action_takes_it_out_once(draft, worker):
    step = factories.action(factories.goal(draft))

    for _ in range(2):
        operations.remove_action(action=step, by=worker)

    step.refresh_from_db()
    assert step.removed_at is not None
    assert AuditEntry.objects.filter(action="action.removed").count() == 1
