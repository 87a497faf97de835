"""The catalogue of programmes, one programme with who is in it, and which wing has which."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, allows, requires
from casework.forms.versioned import VersionedForm
from casework.queries import alerts, finder
from interventions.forms import enrolment as enrolment_forms
from interventions.forms import programme as forms
from interventions.models import Programme
from interventions.operations import programme as operations
from interventions.queries import enrolment as enrolments
from interventions.queries import programme as queries

CATALOGUE = "interventions:catalogue"


@requires(Permission.RUN_GROUPS)
def index(request):
    context = {
        "lines": queries.catalogue(request.user),
        "may_keep": allows(request.user, Permission.KEEP_CATALOGUE),
        "prison": request.user.prison,
        "today": timezone.localdate(),
    }
    return render(request, "interventions/programmes.html", context)


@requires(Permission.RUN_GROUPS)
def show(request, programme_id):
    """A programme with those who wait for it, have a place, completed it or left it."""
    programme, today = _programme(request, programme_id), timezone.localdate()
    form = forms.Filter(request.GET, user=request.user)
    chosen = form.chosen
    page = enrolments.listed(request.user, programme, today=today, after=_after(request), **chosen)
    shown = {row.person_id for row in page.rows}
    audit.listed(request, "programme.enrolled", shown)
    context = {
        "programme": programme,
        "line": next((one for one in _lines(request, programme) if one.programme == programme), None),
        "filter": form,
        "show": chosen["show"],
        "filtered": bool(chosen["wing"]),
        "page": page,
        "marks": alerts.marks(request.user, shown),
        "next_url": _next_url(request, page),
        "prison": request.user.prison,
        "today": today,
    }
    return render(request, "interventions/programme.html", context)


@requires(Permission.RUN_GROUPS)
def find(request, programme_id):
    """Whom to propose for a programme, by number; the rest is asked on a page of the person's."""
    programme = _programme(request, programme_id)
    back = reverse("interventions:programme", args=[programme_id])
    form = enrolment_forms.ByNumber(request.POST or None, cancel_url=back)
    if form.is_valid():
        if person := finder.by_number(request.user, form.cleaned_data["number"]):
            url = reverse("interventions:propose", args=[person.pk])
            return redirect(f"{url}?programme={programme.pk}")
        form.add_error("number", "Nobody with this number is known here.")
    context = {"form": form, "title": f"Propose somebody for {programme}"}
    return render(request, "casework/settings/form.html", context)


@requires(Permission.RUN_GROUPS)
def coverage(request):
    context = {
        "map": queries.coverage(request.user),
        "may_keep": allows(request.user, Permission.KEEP_CATALOGUE),
        "prison": request.user.prison,
        "today": timezone.localdate(),
    }
    return render(request, "interventions/coverage.html", context)


@requires(Permission.KEEP_CATALOGUE)
def catalogue(request):
    """What is offered; on request what has been ended as well, apart."""
    ended = queries.catalogue(request.user, ended=True, counts=False) if "ended" in request.GET else None
    context = {
        "lines": queries.catalogue(request.user, counts=False),
        "ended": ended,
        "may_run": allows(request.user, Permission.RUN_GROUPS),
    }
    return render(request, "interventions/catalogue.html", context)


@requires(Permission.KEEP_CATALOGUE)
def add(request):
    form = forms.ProgrammeForm(
        request.POST or None, user=request.user, save_text="Add programme", cancel_url=reverse(CATALOGUE)
    )
    if form.is_valid():
        try:
            programme = operations.add(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{programme} added. Say next which wings have it.")
            return redirect("interventions:wings_of_programme", programme.pk)
    return render(request, "casework/settings/form.html", {"form": form, "title": "Add a programme"})


@requires(Permission.KEEP_CATALOGUE)
@require_POST
def add_usual(request):
    made = operations.add_usual(by=request.user)
    names = ", ".join(programme.name for programme in made)
    messages.success(request, f"Added: {names}." if made else "They are all in the catalogue already.")
    return redirect(CATALOGUE)


@requires(Permission.KEEP_CATALOGUE)
def change(request, programme_id):
    programme = _current(request, programme_id)
    form = forms.ProgrammeForm(request.POST or None, row=programme, user=request.user, cancel_url=reverse(CATALOGUE))
    if form.is_valid():
        try:
            programme = operations.change(programme=programme, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{programme} changed")
            return redirect(CATALOGUE)
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Change {programme}"})


@requires(Permission.KEEP_CATALOGUE)
def wings(request, programme_id):
    programme = _current(request, programme_id)
    covered = list(queries.covered(programme))
    form = forms.Wings(request.POST or None, user=request.user, covered=covered, cancel_url=reverse(CATALOGUE))
    if form.is_valid():
        try:
            operations.cover(programme=programme, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The wings that have {programme} were saved.")
            return redirect(CATALOGUE)
    text = "People on other wings can still be proposed; it is pointed out. What was before is kept with its days."
    context = {"form": form, "title": f"Wings that have {programme}", "text": text}
    return render(request, "casework/settings/form.html", context)


@requires(Permission.KEEP_CATALOGUE)
def end(request, programme_id):
    programme = _current(request, programme_id)
    form = VersionedForm(request.POST or None, row=programme, save_text="End programme", cancel_url=reverse(CATALOGUE))
    if form.is_valid():
        try:
            operations.end(programme=programme, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{programme} ended")
            return redirect(CATALOGUE)
    text = "Nobody can be proposed for it from today. What was recorded with it stays."
    context = {"form": form, "title": f"End {programme}?", "text": text}
    return render(request, "casework/settings/form.html", context)


def _programme(request, programme_id):
    rows = Programme.objects.visible_to(request.user).select_related("link_worker")
    return get_object_or_404(rows, pk=programme_id)


def _current(request, programme_id):
    return get_object_or_404(Programme.objects.visible_to(request.user).current(), pk=programme_id)


def _lines(request, programme):
    return queries.catalogue(request.user, ended=bool(programme.ended_on))


def _after(request):
    """The key with which the page before ended, or None; a number that no key can be is none."""
    key = request.GET.get("after", "")
    return int(key) if key.isdecimal() and len(key) < 19 else None


def _next_url(request, page):
    if page.next_key is None:
        return ""
    asked = request.GET.copy()
    asked["after"] = page.next_key
    return f"?{asked.urlencode()}"
