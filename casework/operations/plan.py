"""The recovery plan: written, agreed by both, lived with, reviewed. Domain.md 8.3: draft → agreed → reviewed → replaced or closed."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from casework import audit
from casework.models import Action, Case, Goal, Plan, User
from casework.queries import plans

State = Plan.State
FROZEN = "This plan is agreed, so its words stay as they are. Review it to write the next version."
NOT_IN_FORCE = "This is not the plan in force any more. Look at the plan again, and record it there."
MOST_DAYS_AHEAD = 2 * 366


@transaction.atomic
def begin(*, case, begun_on, by, nonce=None):
    """Begin the first plan of a case, as a draft without goals."""
    nonce = nonce or uuid.uuid4()
    if made := Plan.objects.made_once(nonce):
        return made
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        raise ValidationError("This case is closed, so no plan can be begun.")
    if Plan.objects.in_force().filter(case=case).exists():
        raise ValidationError("There is a plan in force. Review it to write the next version.")
    _check_day(case, "begun_on", begun_on)
    plan = _next(case, begun_on=begun_on, by=by, nonce=nonce)
    audit.record(by=by, action="plan.begun", target=plan, number=plan.number)
    return plan


@transaction.atomic
def review(*, plan, begun_on, reviewed, outcomes, version, by, nonce=None):
    """Look back on the plan in force, and begin its next version as a draft with what is still open.

    ``reviewed``: how it went; ``outcomes``: key of an open goal → its outcome. Goals that stay open are copied with their open actions.
    The plan stays in force until the next version is agreed.
    """
    nonce = nonce or uuid.uuid4()
    if made := Plan.objects.made_once(nonce):
        return made
    plan = _locked(plan.pk)
    if plan.state != State.IN_FORCE:
        raise ValidationError(NOT_IN_FORCE)
    plan.raise_version(version)
    _check_day(plan.case, "begun_on", begun_on)
    if begun_on < plan.agreed_on:
        raise ValidationError({"begun_on": f"The plan was agreed on {plan.agreed_on:%-d %B %Y}; a review comes after."})
    plan.save(update_fields=["version"])
    for goal in plans.open_goals(plan).select_for_update(no_key=True):
        if outcome := outcomes.get(goal.pk):
            goal.version += 1
            _set_outcome(goal, outcome, begun_on, "", by)
    made = _next(plan.case, begun_on=begun_on, by=by, nonce=nonce, reviewed=reviewed)
    carried = [_carry(goal, made) for goal in plans.open_goals(plan)]
    audit.record(by=by, action="plan.reviewed", target=made, of=plan, carried=carried)
    return made


@transaction.atomic
def agree(*, plan, agreed_on, how, version, by):
    """Both agree: the draft is in force, its words stay, and the version before it ends. The same again changes nothing."""
    plan = _locked(plan.pk)
    if plan.agreed_on:
        return plan
    _must_be_draft(plan)
    plan.raise_version(version)
    _check_day(plan.case, "agreed_on", agreed_on)
    if not plan.goals.filter(removed_at=None).exists():
        raise ValidationError("There is no goal in this plan yet. Add what the person wants first.")
    former = Plan.objects.select_for_update(no_key=True, of=["self"]).in_force().filter(case=plan.case_id).first()
    if former:
        if agreed_on < former.agreed_on:
            day = f"{former.agreed_on:%-d %B %Y}"
            raise ValidationError(
                {"agreed_on": f"The version before this one was agreed on {day}. Choose a later day."}
            )
        former.ended_on = agreed_on
        former.save(update_fields=["ended_on"])
    plan.agreed_on, plan.agreed_how, plan.agreed_by = agreed_on, how, by
    plan.full_clean()
    plan.save()
    audit.record(by=by, action="plan.agreed", target=plan, number=plan.number, agreed_on=agreed_on, how=how)
    return plan


@transaction.atomic
def discard(*, plan, version, by):
    """Throw a draft away. What it had of the plan in force can be copied again by the next review."""
    plan = _locked(plan.pk)
    if plan.state == State.DISCARDED:
        return plan
    _must_be_draft(plan)
    plan.change(version, ended_on=timezone.localdate())
    plan.save(update_fields=["version", "ended_on"])
    plan.goals.update(carried_from=None)
    Action.objects.filter(goal__plan=plan).update(carried_from=None)
    audit.record(by=by, action="plan.discarded", target=plan, number=plan.number)
    return plan


@transaction.atomic
def add_goal(*, plan, words, area, by, nonce=None):
    """Add what the person wants to a draft."""
    nonce = nonce or uuid.uuid4()
    if made := Goal.objects.made_once(nonce):
        return made
    plan = _draft(plan.pk)
    place = (plan.goals.aggregate(last=Max("place"))["last"] or 0) + 1
    goal = Goal(plan=plan, person_id=plan.person_id, prison_id=plan.prison_id, place=place, nonce=nonce)
    goal.words, goal.area = words, area
    goal.full_clean()
    goal.save()
    audit.record(by=by, action="goal.added", target=goal, plan=plan, area=area)
    return goal


@transaction.atomic
def change_goal(*, goal, words, area, version, by):
    """Change the words of a goal in a draft."""
    goal = _in_draft(goal)
    changed = goal.change(version, words=words, area=area)
    goal.full_clean()
    goal.save()
    audit.record(by=by, action="goal.changed", target=goal, changed=sorted(changed))
    return goal


@transaction.atomic
def remove_goal(*, goal, by):
    """Take a goal with its actions out of a draft. The same again changes nothing."""
    goal = _in_draft(goal)
    if not goal.removed_at:
        goal.removed_at = timezone.now()
        goal.save(update_fields=["removed_at"])
        audit.record(by=by, action="goal.removed", target=goal)
    return goal


@transaction.atomic
def grade(*, goal, outcome, outcome_on, outcome_note, version, by):
    """Record how far a goal of the plan in force was reached; without an outcome it is open again."""
    goal = _in_force(goal)
    goal.raise_version(version)
    if outcome and outcome_on is None:
        raise ValidationError({"outcome_on": "Say on which day that was seen."})
    if outcome and not goal.plan.agreed_on <= outcome_on <= timezone.localdate():
        agreed = f"{goal.plan.agreed_on:%-d %B %Y}"
        raise ValidationError({"outcome_on": f"Choose a day between {agreed}, when the plan was agreed, and today."})
    _set_outcome(goal, outcome, outcome_on, outcome_note, by)
    audit.record(by=by, action="goal.graded", target=goal, outcome=outcome, outcome_on=goal.outcome_on)
    return goal


@transaction.atomic
def add_action(*, goal, what, owner, due_on, by, worker=None, other="", nonce=None):
    """Add a step towards a goal of a draft."""
    nonce = nonce or uuid.uuid4()
    if made := Action.objects.made_once(nonce):
        return made
    goal = _in_draft(goal)
    if goal.removed_at:
        raise ValidationError("This goal was taken out of the plan meanwhile.")
    action = Action(goal=goal, person_id=goal.person_id, prison_id=goal.prison_id, nonce=nonce)
    action.what, action.owner, action.worker, action.other, action.due_on = what, owner, worker, other, due_on
    _check_action(action, goal.plan)
    action.save()
    audit.record(by=by, action="action.added", target=action, goal=goal, owner=owner, worker=worker, due_on=due_on)
    return action


@transaction.atomic
def change_action(*, action, what, owner, due_on, version, by, worker=None, other=""):
    """Change a step in a draft."""
    action = _in_draft(action)
    changed = action.change(version, what=what, owner=owner, worker=worker, other=other, due_on=due_on)
    _check_action(action, action.goal.plan, changed)
    action.save()
    audit.record(by=by, action="action.changed", target=action, changed=sorted(changed))
    return action


@transaction.atomic
def remove_action(*, action, by):
    """Take a step out of a draft. The same again changes nothing."""
    action = _in_draft(action)
    if not action.removed_at:
        action.removed_at = timezone.now()
        action.save(update_fields=["removed_at"])
        audit.record(by=by, action="action.removed", target=action)
    return action


@transaction.atomic
def do(*, action, by):
    """A step of the plan in force is done, today. The same again changes nothing."""
    action = _in_force(action)
    if action.done_on is None:
        action.change(None, done_on=timezone.localdate(), done_by=by)
        action.save(update_fields=["version", "done_on", "done_by"])
        _keep_copy(action, gone=True)
        audit.record(by=by, action="action.done", target=action, done_on=action.done_on)
    return action


@transaction.atomic
def undo(*, action, by):
    """A step of the plan in force is not done after all. The same again changes nothing."""
    action = _in_force(action)
    if action.done_on:
        action.change(None, done_on=None, done_by=None)
        action.save(update_fields=["version", "done_on", "done_by"])
        _keep_copy(action, gone=False)
        audit.record(by=by, action="action.undone", target=action)
    return action


def _locked(plan_id):
    return Plan.objects.select_for_update(no_key=True, of=["self"]).select_related("case", "prison").get(pk=plan_id)


def _must_be_draft(plan):
    if plan.agreed_on:
        raise ValidationError(FROZEN)
    if plan.state != State.DRAFT:
        raise ValidationError("This draft was thrown away, or its case is closed. Look at the plan again.")


def _draft(plan_id):
    """A draft, locked, at its next version: whoever agrees to it has seen what is being changed now."""
    plan = _locked(plan_id)
    _must_be_draft(plan)
    plan.version += 1
    plan.save(update_fields=["version"])
    return plan


def _in_draft(row):
    """A goal or action of a draft, locked after its plan, so that nothing is written into a plan that is being agreed."""
    plan = _draft(_plan_id(row))
    return _fresh(row, plan)


def _in_force(row):
    """A goal or action of the plan in force, locked after its plan."""
    plan = _locked(_plan_id(row))
    row = _fresh(row, plan)
    if plan.state != State.IN_FORCE or row.removed_at:
        raise ValidationError(NOT_IN_FORCE)
    return row


def _plan_id(row):
    return row.plan_id if isinstance(row, Goal) else row.goal.plan_id


def _fresh(row, plan):
    row = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    goal = row if isinstance(row, Goal) else row.goal
    goal.plan = plan
    return row


def _check_day(case, name, day):
    earliest, what = plans.earliest_day(case)
    if day < earliest:
        raise ValidationError({name: f"Choose {earliest:%-d %B %Y}, the day {what}, or a later one."})
    if day > timezone.localdate():
        raise ValidationError({name: "This day is in the future."})


def _next(case, *, begun_on, by, nonce, reviewed=""):
    """The next version of the plan of ``case``, as a draft."""
    last = Plan.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
    plan = Plan(case=case, person_id=case.person_id, prison_id=case.prison_id, number=last + 1, nonce=nonce)
    plan.begun_on, plan.begun_by, plan.reviewed = begun_on, by, reviewed
    plan.full_clean()
    plan.save()
    return plan


def _carry(goal, plan):
    """Copy an open goal with its open actions into the next version; the key of the copy."""
    whose = {"person_id": goal.person_id, "prison_id": goal.prison_id}
    copy = Goal(plan=plan, place=goal.place, words=goal.words, area=goal.area, carried_from=goal, **whose)
    copy.save()
    for action in goal.actions.filter(removed_at=None, done_on=None):
        kept = {name: getattr(action, name) for name in ["what", "owner", "worker", "other", "due_on"]}
        Action(goal=copy, carried_from=action, **kept, **whose).save()
    return copy.pk


def _set_outcome(goal, outcome, on, note, by):
    goal.outcome, goal.outcome_note = outcome, note if outcome else ""
    goal.outcome_on, goal.outcome_by = (on, by) if outcome else (None, None)
    goal.full_clean()
    goal.save()
    _keep_copy(goal, gone=bool(outcome))


def _keep_copy(row, *, gone):
    """What is finished leaves the draft of the next version; what is taken up again comes back."""
    type(row).objects.filter(carried_from=row).update(removed_at=timezone.now() if gone else None)


def _check_action(action, plan, changed=("worker", "due_on")):
    """Of a step that was carried on, what nobody touched is not asked about again."""
    if action.worker_id and "worker" in changed:
        if not User.objects.caseworkers().filter(pk=action.worker_id, prison=action.prison_id).exists():
            raise ValidationError({"worker": "Choose somebody who works on this team now."})
    if "due_on" in changed:
        if action.due_on < plan.begun_on:
            raise ValidationError({"due_on": f"The plan was begun on {plan.begun_on:%-d %B %Y}. Choose a later day."})
        if action.due_on > timezone.localdate() + timedelta(days=MOST_DAYS_AHEAD):
            raise ValidationError({"due_on": "Choose a day within two years."})
    action.full_clean()
