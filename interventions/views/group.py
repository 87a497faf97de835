"""Groups and drop-ins: the week, what is to be looked at, one session and what becomes of it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts
from interventions.forms import group as forms
from interventions.models import GroupSession
from interventions.operations import group as operations
from interventions.queries import group as queries
from interventions.queries import readiness


@requires(Permission.RUN_GROUPS)
def index(request):
    form = forms.Filter(request.GET, user=request.user)
    chosen, first = form.chosen, form.monday
    week = queries.week(request.user, first, **chosen)
    context = {
        "filter": form,
        "filtered": any(chosen.values()),
        "week": week,
        "today": timezone.localdate(),
        "looks": len(readiness.to_look_at(request.user)),
        "before": queries.could_not_run(request.user, since=first - 3 * queries.WEEK, until=first + queries.WEEK),
        "before_url": _address(request.GET, week.before),
        "behind_url": _address(request.GET, week.behind),
        "prison": request.user.prison,
    }
    return render(request, "interventions/groups.html", context)


def _address(asked, first):
    asked = QueryDict(asked.urlencode(), mutable=True)
    asked["week"] = first.isoformat()
    return f"?{asked.urlencode()}"


@requires(Permission.RUN_GROUPS)
def look(request):
    looks = readiness.to_look_at(request.user)
    shown = {each.seat.person_id for look in looks for each in look.problems if each.seat}
    audit.listed(request, "group.problems", shown)
    context = {"looks": looks, "marks": alerts.marks(request.user, shown), "prison": request.user.prison}
    return render(request, "interventions/groups_look.html", context)


@requires(Permission.RUN_GROUPS)
def show(request, group_id):
    session = get_object_or_404(queries.one(request.user), pk=group_id)
    queries.counted([session])
    seats, off = queries.seats(session, request.user), queries.taken_off(session, request.user)
    looks = readiness.to_look_at(request.user, [session])
    shown = {seat.person_id for seat in [*seats, *off]}
    audit.listed(request, "group.people", shown)
    context = {
        "session": session,
        "seats": seats,
        "off": off,
        "hidden": 0 if session.state == GroupSession.State.CANCELLED else max(session.expected - len(seats), 0),
        "problems": looks[0].problems if looks else [],
        "enrolled": queries.enrolled(session, request.user).count() if session.is_open else 0,
        "marks": alerts.marks(request.user, shown),
        "prison": request.user.prison,
    }
    return render(request, "interventions/group.html", context)


@requires(Permission.RUN_GROUPS)
def make(request):
    back = reverse("interventions:groups")
    form = forms.Make(request.POST or None, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            session = operations.make(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{session} is in the diary.")
            return redirect("interventions:group", session.pk)
    return render(request, "interventions/group_form.html", {"form": form, "title": "Put down one session"})


@require_POST
@requires(Permission.RUN_GROUPS)
def confirm(request, group_id):
    session = _session(request, group_id)
    try:
        operations.confirm(session=session, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{session} is confirmed.")
    return redirect("interventions:group", group_id)


@requires(Permission.RUN_GROUPS)
def move(request, group_id):
    session = _session(request, group_id)
    back = reverse("interventions:group", args=[group_id])
    form = forms.Move(request.POST or None, row=session, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            operations.move(session=session, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{session} was changed.")
            return redirect(back)
    title = f"Move {session}, or give it another room or other workers"
    return render(request, "interventions/group_form.html", {"form": form, "title": title, "session": session})


@requires(Permission.RUN_GROUPS)
def cancel(request, group_id):
    session = _session(request, group_id)
    back = reverse("interventions:group", args=[group_id])
    form = forms.Cancel(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.cancel(session=session, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"It was recorded that {session} could not run.")
            return redirect(back)
    title = f"{session} could not run"
    return render(request, "interventions/group_form.html", {"form": form, "title": title, "session": session})


@requires(Permission.RUN_GROUPS)
def catch_up(request, group_id):
    session = _session(request, group_id)
    back = reverse("interventions:group", args=[group_id])
    seats = queries.may_catch_up(session, request.user)
    begin = {"capacity": session.capacity, "room": session.room_id, "regime_time": session.regime_time_id}
    form = forms.CatchUp(request.POST or None, user=request.user, seats=seats, initial=begin, cancel_url=back)
    audit.listed(request, "group.catch_up", {seat.person_id for seat in seats})
    if form.is_valid():
        try:
            made = operations.catch_up(session=session, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{made} is in the diary.")
            return redirect("interventions:group", made.pk)
    title = f"Catch up with {session}"
    return render(request, "interventions/group_form.html", {"form": form, "title": title, "session": session})


def _session(request, group_id):
    """The session with this key, if it is of the prison of who asks."""
    rows = GroupSession.objects.visible_to(request.user).select_related("room", "regime_time", "series")
    return get_object_or_404(rows, pk=group_id)
