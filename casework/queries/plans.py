"""The recovery plans of a person, as pages show them."""

from dataclasses import dataclass, field

from django.db.models import F, Prefetch

from casework.formats import deadlines
from casework.models import Action, Assessment, Goal, Plan

Outcome = Goal.Outcome
REACHED = {Outcome.ACHIEVED, Outcome.MOSTLY}
COLOURS = {Outcome.ACHIEVED: "green", Outcome.MOSTLY: "teal", Outcome.PARTLY: "yellow", Outcome.NOT_ACHIEVED: "red"}
COLOURS[Outcome.DROPPED] = "grey"


def next_review_on(plan, prison):
    """The day by which an agreed ``plan`` is to be reviewed (domain.md 8.4); None for a draft. Asks no query."""
    return plan.agreed_on and deadlines.plan_review_on(plan.agreed_on, prison)


@dataclass
class Plans:
    """The plan ``in_force`` and the ``draft`` of its next version, where there are such; ``earlier`` ones, newest first."""

    in_force: Plan | None = None
    draft: Plan | None = None
    earlier: list = field(default_factory=list)


def of_person(person, user, *, today):
    """Every plan of ``person`` that ``user`` may see, each with its goals and actions; four queries. Drafts thrown away are left out."""
    rows = _whole(user).filter(person=person).exclude(agreed_on=None, ended_on__isnull=False)
    found = Plans()
    for plan in rows.order_by("-case__opened_on", "-case", "-number"):
        _tell(plan, today)
        if plan.state == Plan.State.IN_FORCE:
            found.in_force = plan
        elif plan.state == Plan.State.DRAFT:
            found.draft = plan
        else:
            found.earlier.append(plan)
    return found


def one(user, plan_id, *, today):
    """The plan with this key with its goals and actions, or None where ``user`` may not see it."""
    plan = _whole(user).filter(pk=plan_id).first()
    return plan and _tell(plan, today)


def open_goals(plan):
    """The goals that a review of ``plan`` asks about."""
    return Goal.objects.filter(plan=plan, removed_at=None, outcome=Goal.Outcome.OPEN)


def earliest_day(case):
    """The day before which no plan of ``case`` can be, and what happened then (domain.md 8.5: opened ≤ comprehensive ≤ plan)."""
    finished = Assessment.objects.filter(case=case, kind=Assessment.Kind.COMPREHENSIVE).completed().current()
    assessed = finished.order_by("done_on").values_list("done_on", flat=True).first()
    if assessed and assessed > case.opened_on:
        return assessed, "of the comprehensive assessment"
    return case.opened_on, "the case was opened"


def _whole(user):
    actions = Action.objects.visible_to(user).filter(removed_at=None).select_related("worker", "done_by")
    goals = Goal.objects.visible_to(user).filter(removed_at=None).select_related("outcome_by")
    steps = Prefetch("actions", actions.order_by(F("done_on").asc(nulls_first=True), "due_on", "pk"), to_attr="steps")
    shown = Prefetch("goals", goals.prefetch_related(steps), to_attr="shown")
    plans = Plan.objects.visible_to(user).select_related("case", "prison", "begun_by", "agreed_by")
    return plans.prefetch_related(shown)


def _tell(plan, today):
    """What the page says beside the rows: when the review is due, what is late."""
    plan.in_force = plan.state == Plan.State.IN_FORCE
    plan.review_on = next_review_on(plan, plan.prison)
    plan.review_late = plan.in_force and plan.review_on < today
    plan.reached = sum(goal.outcome in REACHED for goal in plan.shown)
    for goal in plan.shown:
        goal.colour = COLOURS.get(goal.outcome, "")
        for action in goal.steps:
            action.late = plan.in_force and not goal.outcome and not action.done_on and action.due_on < today
    return plan
