from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, requires
from casework.formats import instruments, questions
from casework.forms import assessments as forms
from casework.models import Assessment
from casework.operations import assessment as operations
from casework.queries import assessments as queries
from casework.queries import people

KINDS = {kind.lower(): kind for kind in Assessment.Kind}


@requires(Permission.ASSESS)
def index(request, person_id):
    header = people.open_record(request, person_id, what="person.assessments")
    context = {
        "header": header,
        "overview": queries.overview(header.person, request.user),
        "beginnings": queries.beginnings(header.case) if header.case else [],
        "tools": instruments.current().values(),
    }
    return render(request, "casework/assessments.html", context)


@requires(Permission.ASSESS)
def history(request, person_id):
    header = people.open_record(request, person_id, what="person.assessments")
    page = queries.assessments(header.person, request.user, request.GET.get("after", ""))
    context = {"header": header, "page": page, "first_url": request.path if "after" in request.GET else ""}
    return render(request, "casework/assessment_history.html", context)


@requires(Permission.ASSESS)
def begin(request, person_id, kind):
    header = people.open_record(request, person_id, what="person.assessments")
    back = reverse("casework:assessments", args=[person_id])
    if kind not in KINDS:
        raise Http404("there is no such assessment")
    if header.case is None:
        messages.error(request, "There is no open case, so no assessment can be begun. Open a case first.")
        return redirect(back)
    form = forms.Begin(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            made = operations.begin(case=header.case, kind=KINDS[kind], by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            first = questions.named(made.questions).sections[0]
            return redirect("casework:assessment_section", made.pk, first.code)
    asked = questions.current(KINDS[kind], timezone.localdate())
    return render(request, "casework/begin_assessment.html", {"header": header, "form": form, "asked": asked})


@requires(Permission.ASSESS)
def section(request, assessment_id, section):
    assessment = queries.of_assessment(assessment_id, request.user)
    header = people.open_record(request, assessment.person_id, what="assessment")
    asked = questions.named(assessment.questions)
    page, back = asked.section(section), reverse("casework:assessment", args=[assessment.pk])
    if page is None:
        raise Http404("there is no such section")
    if request.method == "GET" and assessment.completed_at:
        return redirect(back)
    form = forms.Section(request.POST or None, row=assessment, section=page, cancel_url=back)
    if form.is_valid():
        try:
            _keep(request, form, assessment, section)
        except ValidationError as error:
            form.refuse(error)
        else:
            following = asked.after(page) if "later" not in request.POST else None
            return (
                redirect("casework:assessment_section", assessment.pk, following.code) if following else redirect(back)
            )
    context = {"header": header, "assessment": assessment, "asked": asked, "section": page, "form": form}
    return render(request, "casework/assessment_section.html", context)


def _keep(request, form, assessment, section):
    version = form.cleaned_data["version"]
    operations.answer(assessment=assessment, section=section, version=version, by=request.user, **form.answers)
    messages.success(request, f"Section {form.number} of {len(form.asked.sections)} saved")


@requires(Permission.ASSESS)
def show(request, assessment_id):
    assessment = queries.of_assessment(assessment_id, request.user)
    header = people.open_record(request, assessment.person_id, what="assessment")
    form = forms.Complete(request.POST or None, assessment=assessment)
    if form.is_valid():
        try:
            operations.complete(assessment=assessment, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, version=queries.of_assessment(assessment_id, request.user).version)
        else:
            messages.success(request, "The assessment is completed")
            return redirect("casework:assessment", assessment.pk)
    context = {
        "header": header,
        "assessment": assessment,
        "asked": questions.named(assessment.questions),
        "sections": queries.read(assessment),
        "form": form,
    }
    return render(request, "casework/assessment.html", context)


@requires(Permission.ASSESS)
def correct(request, assessment_id):
    assessment = queries.of_assessment(assessment_id, request.user)
    header = people.open_record(request, assessment.person_id, what="assessment")
    form = forms.Correct(request.POST or None, cancel_url=reverse("casework:assessment", args=[assessment.pk]))
    if form.is_valid():
        try:
            made = operations.correct(assessment=assessment, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("casework:assessment", made.pk)
    context = {"header": header, "assessment": assessment, "form": form}
    return render(request, "casework/correct_assessment.html", context)
