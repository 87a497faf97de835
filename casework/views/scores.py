from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.access import Permission, requires
from casework.formats import instruments
from casework.forms import outcomes_profile as profile_forms
from casework.forms import scores as forms
from casework.models import OutcomesProfile, Score
from casework.operations import outcomes_profile as profile_operations
from casework.operations import score as operations
from casework.queries import assessments as queries
from casework.queries import people


@requires(Permission.ASSESS)
def ask(request, person_id, tool):
    header = people.open_record(request, person_id, what="person.assessments")
    instrument = instruments.current().get(tool)
    if instrument is None:
        raise Http404("there is no such questionnaire")
    form = forms.Ask(request.POST or None, instrument=instrument, cancel_url=_back(person_id))
    if form.is_valid():
        try:
            score = operations.record(person=header.person, tool=tool, by=request.user, **form.answers)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{instrument.name} saved: {score.total} of {instrument.most}")
            return redirect("casework:score", score.pk)
    return render(request, "casework/ask.html", {"header": header, "instrument": instrument, "form": form})


def _back(person_id):
    return reverse("casework:assessments", args=[person_id])


@requires(Permission.ASSESS)
def show(request, score_id):
    scores = Score.objects.visible_to(request.user).select_related("asked_by")
    score = get_object_or_404(scores, pk=score_id)
    header = people.open_record(request, score.person_id, what="score")
    return render(request, "casework/score.html", {"header": header, "score": score, **queries.scored(score)})


@requires(Permission.ASSESS)
def history(request, person_id, tool):
    header = people.open_record(request, person_id, what="person.assessments")
    about, after = request.GET.get("about", ""), request.GET.get("after", "")
    series, page = queries.history(header.person, request.user, tool, about, after)
    if not series.scores:
        raise Http404("this was never asked")
    asked = f"about={about}&" if about else ""
    context = {
        "header": header,
        "series": series,
        "page": page,
        "first_url": f"?{asked}" if after else "",
        "older_url": f"?{asked}after={page.after}" if page.after else "",
    }
    return render(request, "casework/scores.html", context)


@requires(Permission.ASSESS)
def record_profile(request, person_id):
    header = people.open_record(request, person_id, what="person.assessments")
    case = header.case or queries.last_case(header.person, request.user)
    if case is None:
        messages.error(request, "There was no case here, so there is no outcomes profile to record.")
        return redirect(_back(person_id))
    former = queries.profiles(case)
    stage = request.GET.get("stage") or queries.next_stage(case, former)
    form = profile_forms.Record(request.POST or None, stage=stage, cancel_url=_back(person_id))
    if form.is_valid():
        try:
            made = profile_operations.record(case=case, by=request.user, **form.answers)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Outcomes profile saved: {made.get_stage_display().lower()}")
            return redirect("casework:profile", made.pk)
    context = {"header": header, "form": form, "windows": queries.windows(case, former)}
    return render(request, "casework/record_profile.html", context)


@requires(Permission.ASSESS)
def profiles(request, person_id):
    header = people.open_record(request, person_id, what="person.assessments")
    page = queries.profiles_of(header.person, request.user, request.GET.get("after", ""))
    context = {"header": header, "page": page, "first_url": request.path if "after" in request.GET else ""}
    return render(request, "casework/profiles.html", context)


@requires(Permission.ASSESS)
def profile(request, profile_id):
    rows = OutcomesProfile.objects.visible_to(request.user).select_related("done_by", "case")
    row = get_object_or_404(rows, pk=profile_id)
    header = people.open_record(request, row.person_id, what="outcomes")
    return render(request, "casework/profile.html", {"header": header, "profile": row, **queries.profiled(row)})
