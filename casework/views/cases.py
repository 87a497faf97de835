from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework import audit
from casework.access import Permission, Role, allows, requires
from casework.forms import cases as forms
from casework.models import Case, Wing
from casework.operations import case as operations
from casework.queries import alerts, caseload, people

COLUMNS = [
    ("name", "Name"),
    (None, "Number"),
    ("cell", "Cell"),
    ("worker", "Held by"),
    ("opened", "Opened"),
    ("release", "Release date"),
]


@requires(Permission.VIEW_CASELOAD)
def show(request):
    own = str(request.user.pk) if request.user.role == Role.KEYWORKER else None
    wings = Wing.objects.visible_to(request.user).current()
    form = forms.CaseloadFilter(request.GET, own=own, holders=caseload.holders(request.user), wings=wings)
    chosen = form.chosen
    page = caseload.page(request.user, **chosen)
    audit.listed(request, "caseload", page.people)
    context = {
        "filter": form,
        "page": page,
        "marks": alerts.marks(request.user, page.people),
        "headers": _headers(request.GET, chosen["sort"]),
        "own": own == chosen["worker"],
        "first": _address(request.GET, after=None) if chosen["after"] else "",
        "next": _address(request.GET, after=page.rows[-1].pk) if page.more else "",
        "may_allocate": allows(request.user, Permission.ALLOCATE_CASE),
    }
    return render(request, "casework/caseload.html", context)


def _address(asked, **changed):
    """This page with some of what the address asks changed; None takes it out."""
    asked = asked.copy()
    for name, value in changed.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = value
    return f"?{asked.urlencode()}"


def _headers(asked, sort):
    """The headings of the list; each sorts by itself, and the one that sorts now turns the order round."""
    headers = []
    for name, text in COLUMNS:
        header = {"text": text}
        if name:
            header["url"] = _address(asked, sort=f"-{name}" if sort == name else name, after=None)
        if name == sort.removeprefix("-"):
            header["sorted"] = "descending" if sort.startswith("-") else "ascending"
        headers.append(header)
    return headers


@requires(Permission.OPEN_CASE)
def open(request, person_id):
    header = people.open_record(request, person_id)
    back = reverse("casework:details", args=[person_id])
    if header.spell is None:
        messages.error(request, "This person is not in the prison now, so no case can be opened.")
        return redirect(back)
    form = forms.OpenCase(request.POST or None, cancel_url=back, **_who_may_hold(request.user, header.person))
    if form.is_valid():
        try:
            operations.open(person=header.person, spell=header.spell, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The case was opened")
            return redirect(back)
    return render(request, "casework/open_case.html", {"header": header, "form": form})


def _who_may_hold(user, person):
    candidates = caseload.candidates(person, user)
    if allows(user, Permission.ALLOCATE_CASE):
        return {"candidates": candidates}
    return {"candidates": [one for one in candidates if one.worker == user], "himself": user}


@requires(Permission.ALLOCATE_CASE)
def allocate(request, case_id):
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    header = people.open_record(request, case.person_id)
    back = reverse("casework:details", args=[case.person_id])
    held = case.allocations.filter(until_at=None).first()
    candidates = caseload.candidates(header.person, request.user, holder=header.worker)
    seen = {"seen": held.pk if held else None}
    form = forms.Allocate(request.POST or None, candidates=candidates, initial=seen, cancel_url=back)
    if form.is_valid():
        try:
            operations.allocate(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, **seen)
        else:
            messages.success(request, f"{form.cleaned_data['worker'].full_name} now holds the case")
            return redirect(back)
    return render(request, "casework/allocate.html", {"header": header, "case": case, "form": form})


@requires(Permission.CLOSE_CASE)
def close(request, case_id):
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    header = people.open_record(request, case.person_id)
    back = reverse("casework:details", args=[case.person_id])
    form = forms.CloseCase(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.close(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The case was closed")
            return redirect(back)
    return render(request, "casework/close_case.html", {"header": header, "case": case, "form": form})
