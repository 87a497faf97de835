from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from casework.access import Permission, requires
from casework.forms import strands as forms
from casework.models import Case, Strand
from casework.operations import strand as operations
from casework.queries import people


@requires(Permission.KEEP_CASE)
def start(request, case_id):
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    header = people.open_record(request, case.person_id)
    # What is sent may have been started by the click before: the operation tells that from a strand that is open already.
    running = set() if request.POST else set(case.strands.filter(ended_on=None).values_list("kind", flat=True))
    kinds = [(kind.value, kind.label) for kind in Strand.Kind if kind not in running]
    form = forms.StartStrand(request.POST or None, kinds=kinds, cancel_url=case.get_absolute_url())
    if form.is_valid():
        try:
            operations.start(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The strand was started")
            return redirect(case)
    return render(request, "casework/start_strand.html", {"header": header, "case": case, "form": form})


@requires(Permission.KEEP_CASE)
def end(request, strand_id):
    strand, header = _opened(request, strand_id)
    url = strand.case.get_absolute_url()
    form = forms.EndStrand(request.POST or None, clinical=strand.is_clinical, cancel_url=url)
    if form.is_valid():
        try:
            operations.end(strand=strand, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The strand was ended")
            return redirect(url)
    return _asked(request, header, strand, form, "End the strand")


@requires(Permission.KEEP_CASE)
def review(request, strand_id):
    strand, header = _opened(request, strand_id)
    url = strand.case.get_absolute_url()
    form = forms.RecordReview(request.POST or None, cancel_url=url)
    if form.is_valid():
        try:
            operations.review(strand=strand, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The joint review was recorded")
            return redirect(url)
    return _asked(request, header, strand, form, "Record a joint review")


def _opened(request, strand_id):
    """A strand that the user may see, with the header of its person's page; the opening is in the trail."""
    strand = get_object_or_404(Strand.objects.visible_to(request.user).select_related("case"), pk=strand_id)
    return strand, people.open_record(request, strand.person_id)


def _asked(request, header, strand, form, title):
    text = f"{strand.get_kind_display()}, started {strand.started_on:%-d %B %Y}."
    context = {"header": header, "case": strand.case, "form": form, "title": title, "text": text}
    return render(request, "casework/case_form.html", context)
