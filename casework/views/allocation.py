from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.forms import allocation as forms
from casework.models import Case, CoWorker, User
from casework.operations import allocation as operations
from casework.queries import allocation, people


@requires(Permission.ALLOCATE_CASE)
def allocate(request, case_id):
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    header = people.open_record(request, case.person_id)
    held = case.allocations.filter(until_at=None).first()
    candidates = allocation.candidates(header.person, request.user, holder=header.worker)
    url = case.get_absolute_url()
    form = forms.Allocate(request.POST or None, candidates=candidates, held=held, cancel_url=url)
    if form.is_valid():
        try:
            operations.allocate(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, seen=form.initial["seen"])
        else:
            messages.success(request, f"{form.cleaned_data['worker'].full_name} now holds the case")
            return redirect(case)
    return render(request, "casework/allocate.html", {"header": header, "case": case, "form": form})


@requires(Permission.KEEP_CASE)
def add_co_worker(request, case_id):
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    header = people.open_record(request, case.person_id)
    candidates = allocation.candidates(header.person, request.user, holder=header.worker)
    # Who is sent may have been added by the click before: that changes nothing.
    able = [one for one in candidates if request.POST or not (one.holds_it or one.beside)]
    form = forms.AddCoWorker(request.POST or None, candidates=able, cancel_url=case.get_absolute_url())
    if form.is_valid():
        try:
            row = operations.add_co_worker(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{row.worker} is co-worker on the case")
            return redirect(case)
    return render(
        request, "casework/case_form.html", {"header": header, "case": case, "form": form, "title": "Add a co-worker"}
    )


@require_POST
@requires(Permission.KEEP_CASE)
def end_co_worker(request, co_worker_id):
    row = get_object_or_404(CoWorker.objects.visible_to(request.user).select_related("case", "worker"), pk=co_worker_id)
    people.entered(request.user, row.person_id)
    operations.end_co_worker(co_worker=row, by=request.user)
    messages.success(request, f"{row.worker} is no longer co-worker on the case")
    return redirect(row.case)


@requires(Permission.ALLOCATE_CASE)
def reallocate(request, worker_id):
    worker = get_object_or_404(User.objects.visible_to(request.user).filter(agency=None), pk=worker_id)
    spread = allocation.spread(worker, request.user)
    audit.listed(request, "caseload.reallocated", [one.case.person_id for one in spread.proposals])
    back = f"{reverse('casework:caseload')}?worker={worker.pk}"
    form = forms.Reallocate(request.POST or None, spread=spread, cancel_url=back)
    if form.is_bound and form.gone:
        form.tell_of(allocation.moved(form.gone, request.user))
    if form.is_valid() and _reallocated(request, worker, form):
        return redirect(back if len(form.taken) < len(spread.proposals) else "casework:caseload")
    context = {"worker": worker, "spread": spread, "form": form, "back": back}
    return render(request, "casework/reallocate.html", context)


def _reallocated(request, worker, form):
    """Move what was ticked; whether it worked, else the form says why not."""
    try:
        count = operations.reallocate(worker=worker, by=request.user, **form.answers)
    except ValidationError as error:
        form.refuse(error)
        return False
    cases = "1 case has" if count == 1 else f"{count} cases have"
    messages.success(request, f"{cases} a new worker")
    return True
