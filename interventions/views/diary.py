"""The diary of one worker, or of the whole prison."""

from datetime import timedelta

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode

from casework import audit
from casework.access import Permission, allows, requires
from casework.queries import alerts
from interventions.forms import diary as forms
from interventions.queries import diary as queries


@requires(Permission.LOG_SESSION)
def show(request):
    form, whom = forms.Ask.of(request.GET, request.user), forms.Whom(user=request.user)
    asked = form.asked()
    diary = queries.of(request.user, now=timezone.now(), **asked)
    audit.listed(request, "diary", diary.people | whom.people)
    context = {
        "filter": form,
        "whom": whom,
        "diary": diary,
        "whose": asked["worker"] is None,
        "title": form.title,
        "week": asked["week"],
        "today": timezone.localdate(),
        "headers": [{"text": "Time"}, *({"text": f"{day:%a %-d %b}"} for day in diary.days)],
        "keeps": allows(request.user, Permission.KEEP_CATALOGUE),
        "marks": alerts.marks(request.user, diary.people),
        **_ways(form, asked),
    }
    return render(request, "interventions/diary.html", context)


@requires(Permission.LOG_SESSION)
def begin(request):
    """On to the form for the person who was chosen; without one, to where somebody is found."""
    form = forms.Whom(request.GET, user=request.user)
    if form.is_valid():
        return redirect("interventions:log", form.cleaned_data["person"].pk)
    return redirect("casework:find")


def _ways(form, asked):
    """The addresses of the day or week before and after, and of today."""
    step = timedelta(days=7 if asked["week"] else 1)

    def to(day):
        return f"?{urlencode({**form.data, 'on': f'{day:%d/%m/%Y}'})}"

    return {
        "before_url": to(asked["on"] - step),
        "after_url": to(asked["on"] + step),
        "today_url": to(timezone.localdate()),
    }
