"""The recovery plan: read, written, agreed, reviewed, printed for the person."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.forms import plans as forms
from casework.models import Action, Goal, Plan, User
from casework.operations import plan as operations
from casework.queries import people
from casework.queries import plans as queries

WHAT = "person.plan"


@requires(Permission.VIEW_PERSON)
def show(request, person_id):
    header = people.open_record(request, person_id, what=WHAT)
    plans = queries.of_person(header.person, request.user, today=timezone.localdate())
    return render(request, "casework/plan.html", {"header": header, "plans": plans})


@requires(Permission.VIEW_PERSON)
def version(request, plan_id):
    plan = _whole(request, plan_id)
    header = people.open_record(request, plan.person_id, what=WHAT)
    return render(request, "casework/plan_version.html", {"header": header, "plan": plan})


@requires(Permission.VIEW_PERSON)
def printed(request, plan_id):
    plan = _whole(request, plan_id)
    header = people.open_record(request, plan.person_id, what=f"{WHAT}.print")
    return render(request, "casework/print_plan.html", {"header": header, "plan": plan})


@requires(Permission.KEEP_PLAN)
def begin(request, person_id):
    header = people.open_record(request, person_id, what=WHAT)
    if header.case is None:
        messages.error(request, "There is no open case, so no plan can be begun.")
        return redirect("casework:plan", person_id)
    form = forms.BeginPlan(request.POST or None, cancel_url=_page(person_id))
    if form.is_valid():
        try:
            plan = operations.begin(case=header.case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("casework:add_goal", plan.pk)
    return _ask(request, header, form, "Begin a recovery plan")


@requires(Permission.KEEP_PLAN)
def review(request, plan_id):
    plan = get_object_or_404(Plan.objects.visible_to(request.user).select_related("case"), pk=plan_id)
    header = people.open_record(request, plan.person_id, what=WHAT)
    goals = queries.open_goals(plan)
    seen, back = {"version": plan.version}, _page(plan.person_id)
    form = forms.Review(request.POST or None, goals=goals, initial=seen, cancel_url=back)
    if form.is_valid():
        try:
            operations.review(plan=plan, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            _refuse(form, error, plan)
        else:
            messages.success(request, "The next version was begun. The plan in force stays until both agree to it.")
            return redirect(back)
    text = "What is still open is carried into the next version with its open actions. There you can change, add and take out."
    return _ask(request, header, form, "Review the recovery plan", text=text)


@requires(Permission.KEEP_PLAN)
def agree(request, plan_id):
    plan = _whole(request, plan_id)
    header = people.open_record(request, plan.person_id, what=WHAT)
    form = forms.Agree(request.POST or None, initial={"version": plan.version}, cancel_url=_page(plan.person_id))
    if form.is_valid():
        try:
            operations.agree(plan=plan, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            _refuse(form, error, plan)
        else:
            messages.success(request, "The plan is agreed and in force")
            return redirect(_page(plan.person_id))
    return render(request, "casework/agree_plan.html", {"header": header, "plan": plan, "form": form})


@requires(Permission.KEEP_PLAN)
def discard(request, plan_id):
    plan = get_object_or_404(Plan.objects.visible_to(request.user).select_related("case"), pk=plan_id)
    header = people.open_record(request, plan.person_id, what=WHAT)
    form = forms.Discard(request.POST or None, initial={"version": plan.version}, cancel_url=_page(plan.person_id))
    if form.is_valid():
        try:
            operations.discard(plan=plan, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            _refuse(form, error, plan)
        else:
            messages.success(request, "The draft was thrown away")
            return redirect(_page(plan.person_id))
    text = "What was written in it is lost to the plan. A plan in force stays as it is."
    return _ask(request, header, form, "Throw the draft away?", text=text)


@requires(Permission.KEEP_PLAN)
def add_goal(request, plan_id):
    plan = get_object_or_404(Plan.objects.visible_to(request.user), pk=plan_id)
    header = people.open_record(request, plan.person_id, what=WHAT)
    form = forms.AddGoal(request.POST or None, cancel_url=_page(plan.person_id))
    if form.is_valid():
        try:
            goal = operations.add_goal(plan=plan, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("casework:add_action", goal.pk)
    return _ask(request, header, form, "Add a goal")


@requires(Permission.KEEP_PLAN)
def change_goal(request, goal_id):
    goal = get_object_or_404(Goal.objects.visible_to(request.user), pk=goal_id, removed_at=None)
    header = people.open_record(request, goal.person_id, what=WHAT)
    said = {"words": goal.words, "area": goal.area, "version": goal.version}
    form = forms.ChangeGoal(request.POST or None, initial=said, cancel_url=_page(goal.person_id))
    if form.is_valid():
        try:
            operations.change_goal(goal=goal, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            _refuse(form, error, goal)
        else:
            return redirect(_page(goal))
    return _ask(request, header, form, "Change the goal", theirs=form.errors and goal.words)


@requires(Permission.KEEP_PLAN)
@require_POST
def remove_goal(request, goal_id):
    goal = get_object_or_404(Goal.objects.visible_to(request.user), pk=goal_id)
    return _do(request, operations.remove_goal, goal, goal=goal)


@requires(Permission.KEEP_PLAN)
def grade(request, goal_id):
    goal = get_object_or_404(Goal.objects.visible_to(request.user), pk=goal_id, removed_at=None)
    header = people.open_record(request, goal.person_id, what=WHAT)
    said = {name: getattr(goal, name) for name in ["outcome", "outcome_note", "version"]}
    said |= {"outcome_on": goal.outcome_on or timezone.localdate()}
    form = forms.Grade(request.POST or None, initial=said, cancel_url=_page(goal))
    if form.is_valid():
        try:
            operations.grade(goal=goal, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            _refuse(form, error, goal)
        else:
            return redirect(_page(goal))
    context = {"text": goal.words, "theirs": form.errors and goal.get_outcome_display()}
    return _ask(request, header, form, "How far was the goal reached?", **context)


@requires(Permission.KEEP_PLAN)
def add_action(request, goal_id):
    goal = get_object_or_404(Goal.objects.visible_to(request.user), pk=goal_id, removed_at=None)
    header = people.open_record(request, goal.person_id, what=WHAT)
    form = forms.AddAction(request.POST or None, workers=_workers(request), cancel_url=_page(goal))
    if form.is_valid():
        try:
            operations.add_action(goal=goal, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect(_page(goal))
    return _ask(request, header, form, "Add an action", text=f"Goal: {goal.words}")


@requires(Permission.KEEP_PLAN)
def change_action(request, action_id):
    actions = Action.objects.visible_to(request.user).select_related("goal", "worker")
    action = get_object_or_404(actions, pk=action_id, removed_at=None)
    header = people.open_record(request, action.person_id, what=WHAT)
    said = {"initial": forms.ChangeAction.said_by(action), "workers": _workers(request, action.worker_id)}
    form = forms.ChangeAction(request.POST or None, cancel_url=_page(action.goal), **said)
    if form.is_valid():
        try:
            operations.change_action(action=action, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            _refuse(form, error, action)
        else:
            return redirect(_page(action.goal))
    theirs = form.errors and f"{action.what}, by {action.due_on:%-d %B %Y}"
    return _ask(request, header, form, "Change the action", theirs=theirs, text=f"Goal: {action.goal.words}")


@requires(Permission.KEEP_PLAN)
@require_POST
def remove_action(request, action_id):
    action = get_object_or_404(Action.objects.visible_to(request.user).select_related("goal"), pk=action_id)
    return _do(request, operations.remove_action, action.goal, action=action)


@requires(Permission.KEEP_PLAN)
@require_POST
def do(request, action_id):
    action = get_object_or_404(Action.objects.visible_to(request.user).select_related("goal"), pk=action_id)
    return _do(request, operations.do, action.goal, action=action)


@requires(Permission.KEEP_PLAN)
@require_POST
def undo(request, action_id):
    action = get_object_or_404(Action.objects.visible_to(request.user).select_related("goal"), pk=action_id)
    return _do(request, operations.undo, action.goal, action=action)


def _whole(request, plan_id):
    plan = queries.one(request.user, plan_id, today=timezone.localdate())
    if plan is None:
        raise Http404("there is no such plan")
    return plan


def _workers(request, holder=None):
    """The team now, and whoever has the step already."""
    team = User.objects.visible_to(request.user)
    return team.caseworkers().union(team.filter(pk=holder)).order_by("full_name")


def _page(of):
    """The address of the tab of a person (by key), or of a goal on it."""
    goal = isinstance(of, Goal)
    return reverse("casework:plan", args=[of.person_id if goal else of]) + (f"#goal-{of.pk}" if goal else "")


def _refuse(form, error, row):
    """What was typed stays. Where somebody else was quicker, theirs is shown beside it, and it can be sent again."""
    if getattr(error, "code", None) != "stale":
        form.refuse(error)
        return
    row.refresh_from_db()
    form.refuse(error, version=row.version)
    form.stale = True


def _ask(request, header, form, title, *, text="", theirs=""):
    context = {"header": header, "form": form, "title": title, "text": text}
    context["theirs"] = theirs if getattr(form, "stale", False) else ""
    return render(request, "casework/ask_plan.html", context)


def _do(request, operation, at, /, **row):
    """One click on the page of the plan, and back to the goal ``at`` which it was made."""
    people.open_record(request, at.person_id, what=WHAT)
    try:
        operation(by=request.user, **row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(_page(at))
