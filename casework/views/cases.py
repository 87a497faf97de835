from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, Role, allows, requires
from casework.forms import cases as forms
from casework.models import Case, Suspension, Wing
from casework.operations import case as operations
from casework.queries import alerts, allocation, caseload, cases, people

COLUMNS = [
    ("name", "Name"),
    (None, "Number"),
    ("cell", "Cell"),
    (None, "Stage"),
    (None, "Strands"),
    ("worker", "Held by"),
    ("opened", "Opened"),
    ("release", "Release date"),
]
CLOSING = "Nothing ends yet: the case shows that its work is coming to an end, and is closed when it has."
CLOSED = (
    "Its strands, its plan and a suspension end with it. A closed case stays closed: if the person comes back to the team, "
    "a new case is opened that names this one."
)


@requires(Permission.VIEW_CASELOAD)
def show(request):
    own, may = request.user.role == Role.KEYWORKER, allows(request.user, Permission.ALLOCATE_CASE)
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
        "own": chosen["worker"] == caseload.MINE,
        "first": _address(request.GET, after=None) if chosen["after"] else "",
        "next": _address(request.GET, after=page.rows[-1].pk) if page.more else "",
        "may_allocate": may,
        "left_behind": allocation.left_behind(request.user) if may else [],
        "whose": chosen["worker"] if may and chosen["worker"].isdecimal() and page.total else "",
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
    candidates = allocation.candidates(header.person, request.user)
    form = forms.OpenCase(request.POST or None, user=request.user, candidates=candidates, cancel_url=back)
    if form.is_valid():
        try:
            operations.open(person=header.person, spell=header.spell, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The case was opened")
            return redirect(back)
    return render(request, "casework/open_case.html", {"header": header, "form": form})


@requires(Permission.VIEW_PERSON)
def case(request, case_id):
    page = cases.page(case_id, request.user)
    if page is None:
        raise Http404("there is no such case")
    header = people.open_record(request, page.case.person_id)
    context = {
        "header": header,
        "page": page,
        "case": page.case,
        "may_allocate": allows(request.user, Permission.ALLOCATE_CASE),
        "may_keep": allows(request.user, Permission.KEEP_CASE),
        "may_close": allows(request.user, Permission.CLOSE_CASE),
    }
    return render(request, "casework/case.html", context)


@requires(Permission.KEEP_CASE)
def suspend(request, case_id):
    case, header = _opened(request, case_id)
    form = forms.Suspend(request.POST or None, cancel_url=case.get_absolute_url())
    if form.is_valid():
        try:
            operations.suspend(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The case is suspended")
            return redirect(case)
    return _asked(request, header, case, form, "Suspend the case", "casework/suspend.html")


@requires(Permission.KEEP_CASE)
def resume(request, suspension_id):
    suspension = get_object_or_404(Suspension.objects.visible_to(request.user), pk=suspension_id)
    case, header = _opened(request, suspension.case_id)
    form = forms.Resume(request.POST or None, cancel_url=case.get_absolute_url())
    if form.is_valid():
        try:
            operations.resume(suspension=suspension, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The case is resumed")
            return redirect(case)
    text = f"{suspension.get_reason_display()} since {suspension.from_on:%-d %B %Y}. {suspension.note}"
    return _asked(request, header, case, form, "Resume the case", text=text)


@requires(Permission.CLOSE_CASE)
def begin_closing(request, case_id):
    case, header = _opened(request, case_id)
    form = forms.BeginClosing(request.POST or None, cancel_url=case.get_absolute_url())
    if form.is_valid():
        try:
            operations.begin_closing(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The case is closing")
            return redirect(case)
    return _asked(request, header, case, form, "Begin to close the case", text=CLOSING)


@require_POST
@requires(Permission.CLOSE_CASE)
def keep_open(request, case_id):
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    people.entered(request.user, case.person_id)
    try:
        operations.keep_open(case=case, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "The case stays open")
    return redirect(case)


def _opened(request, case_id):
    """A case that the user may see, with the header of its person's page; the opening is in the trail."""
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("spell"), pk=case_id)
    return case, people.open_record(request, case.person_id)


def _asked(request, header, case, form, title, template="casework/case_form.html", **more):
    return render(request, template, {"header": header, "case": case, "form": form, "title": title, **more})


@requires(Permission.CLOSE_CASE)
def close(request, case_id):
    case, header = _opened(request, case_id)
    initial = {"reason": cases.close_reason(case.spell)}
    form = forms.CloseCase(request.POST or None, initial=initial, cancel_url=case.get_absolute_url())
    if form.is_valid():
        try:
            operations.close(case=case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The case was closed")
            return redirect(case)
    return _asked(request, header, case, form, "Close the case", text=CLOSED)
