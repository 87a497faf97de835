"""Series of groups: put down at once, and looked at as a whole."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from interventions.forms import group as forms
from interventions.models import Series
from interventions.operations import series as operations
from interventions.queries import group as queries


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
    context = {
        "series": series,
        "days": [forms.DAYS[number] for number in series.weekdays],
        "sessions": queries.sessions_of(series, request.user),
        "enrolled": queries.with_places(series, request.user).count(),
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
