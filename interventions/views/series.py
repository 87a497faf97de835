"""Series of groups: put down at once, looked at as a whole, added to, and ended."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts
from interventions.forms import group as forms
from interventions.models import Series
from interventions.operations import series as operations
from interventions.queries import enrolment as enrolments
from interventions.queries import group as queries
from interventions.queries import series as own


@requires(Permission.RUN_GROUPS)
def index(request):
    """The series that go on; on request those that ended."""
    ended = "ended" in request.GET
    page = own.page(request.user, ended=ended, after=_after(request))
    for row in page.rows:
        row.days = _days(row)
    ended_or_not = "ended&" if ended else ""
    context = {
        "page": page,
        "ended": ended,
        "next_url": f"?{ended_or_not}after={page.next_key}" if page.next_key else "",
        "prison": request.user.prison,
    }
    return render(request, "interventions/all_series.html", context)


def _after(request):
    """The key with which the page before ended, or None; a number that no key can be is none."""
    key = request.GET.get("after", "")
    return int(key) if key.isdecimal() and len(key) < 19 else None


def _days(series):
    return ", ".join(forms.DAYS[number] for number in series.weekdays)


@requires(Permission.RUN_GROUPS)
def make(request):
    back = reverse("interventions:groups")
    form = forms.MakeSeries(request.POST or None, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            series = operations.make(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            said = [date_format(day, "j F Y") for day in series.skipped]
            left_out = f" Left out, because it is a bank holiday: {', '.join(said)}." if said else ""
            messages.success(request, f"{series} is in the diary.{left_out}")
            return redirect("interventions:series", series.pk)
    return render(request, "interventions/group_form.html", {"form": form, "title": "Put down a series"})


@requires(Permission.RUN_GROUPS)
def show(request, series_id):
    series = get_object_or_404(queries.series(request.user), pk=series_id)
    people = enrolments.in_series(series, request.user, today=timezone.localdate())
    shown = {row.person_id for row in people}
    audit.listed(request, "series.places", shown)
    context = {
        "series": series,
        "days": _days(series),
        "sessions": queries.sessions_of(series, request.user),
        "people": people,
        "marks": alerts.marks(request.user, shown),
        "enrolled": any(row.state in queries.SEATED for row in people),
        "to_come": queries.to_come(series).exists(),
        "prison": request.user.prison,
    }
    return render(request, "interventions/series.html", context)


@require_POST
@requires(Permission.RUN_GROUPS)
def expect(request, series_id):
    series = get_object_or_404(Series.objects.visible_to(request.user), pk=series_id)
    made, against = operations.expect_enrolled(series=series, by=request.user)
    messages.success(request, f"{made} place{'' if made == 1 else 's'} given in the sessions to come.")
    for name, why in against.items():
        messages.warning(request, f"{name} was left out of at least one session. {why}")
    return redirect("interventions:series", series_id)


@requires(Permission.RUN_GROUPS)
def add(request, series_id):
    series = _current(request, series_id)
    back = reverse("interventions:series", args=[series_id])
    form = forms.AddToSeries(request.POST or None, user=request.user, series=series, cancel_url=back)
    if form.is_valid():
        try:
            session = operations.add(series=series, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Number {session.number} of {series} is in the diary.")
            for name, why in session.left_out.items():
                messages.warning(request, f"{name} was left out. {why}")
            return redirect("interventions:group", session.pk)
    return render(request, "interventions/group_form.html", {"form": form, "title": f"One more session of {series}"})


@requires(Permission.RUN_GROUPS)
def end(request, series_id):
    series = _current(request, series_id)
    back = reverse("interventions:series", args=[series_id])
    coming = queries.to_come(series).count()
    form = forms.EndSeries(request.POST or None, row=series, coming=coming, cancel_url=back)
    begun, not_begun = own.begun(series, request.user), own.not_begun(series, request.user)
    audit.listed(request, "series.people", {row.person_id for row in [*begun, *not_begun]})
    if form.is_valid():
        try:
            operations.end(series=series, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{series} has ended.")
            return redirect(back)
    told = {"coming": coming, "begun": begun, "not_begun": not_begun, "unwritten": own.unwritten(series)}
    return render(request, "interventions/end_series.html", {"form": form, "series": series, **told})


def _current(request, series_id):
    """The series with this key, if it goes on."""
    rows = Series.objects.visible_to(request.user).filter(ended_on=None).select_related("wing", "room", "regime_time")
    return get_object_or_404(rows, pk=series_id)
