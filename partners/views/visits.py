"""Wing visits: begun, printed, written down in one page, and looked at afterwards, by the visitor or by the team for him."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.formats import numbers
from casework.queries import alerts, finder, people
from partners import tasks
from partners.forms import visits as forms
from partners.models import WingVisit, WingVisitLine
from partners.operations import visits as operations
from partners.queries import visits as queries
from partners.views import base


@requires(Permission.WRITE_VISIT)
def visits(request):
    return _index(request, forms.Choose(user=request.user, first=not request.GET))


def _index(request, choose):
    rows, next_key = queries.made(request.user, after=base.key(request))
    context = {"choose": choose, "form": choose if choose.is_bound else None, "rows": rows}
    context["older_url"] = f"?after={next_key}" if next_key else ""
    if request.user.is_partner:
        own, today = choose.own, timezone.localdate()
        context |= {"own": own, "why_not": own.why_not_on(today) if own else ""}
    else:
        context |= {"waiting": queries.waiting(request.user).count(), "walkers": choose.fields["visitor"].queryset}
    return render(request, "partners/visits.html", context)


@requires(Permission.WRITE_VISIT)
def log(request):
    choose = forms.Choose(request.GET, user=request.user)
    if not choose.is_valid() or not choose.cleaned_data.get("visitor"):
        return _index(request, choose)
    wing, visitor = choose.cleaned_data["wing"], choose.cleaned_data["visitor"]
    planned = queries.planned(visitor.prison_id, visitor.agency_id, wing=wing)
    begin = {"people": ",".join(str(each.person) for each in planned)}
    given = {"user": request.user, "planned": planned, "initial": begin, "cancel_url": reverse("partners:visits")}
    form = forms.Visit(request.POST or None, **given)
    if form.is_valid():
        try:
            made = operations.write(visitor=visitor, wing=wing, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _written(request, made)
    audit.listed(request, "visit.list", {each.person for each in form.planned} | {p.pk for p, _ in form.found.values()})
    context = {"form": form, "wing": wing, "visitor": visitor, "sheet_url": _sheet_url(request, wing, visitor)}
    context["may_name"] = bool(planned) or queries.may_name(visitor)
    return render(request, "partners/log_visit.html", context)


def _written(request, made):
    if request.user.is_partner:
        tasks.nudge_visits()
    messages.success(request, "The visit was saved.")
    return redirect("partners:visit", made.pk)


def _sheet_url(request, wing, visitor):
    asked = {"wing": wing.pk} | ({} if request.user.is_partner else {"visitor": visitor.pk})
    return f"{reverse('partners:visit_sheet')}?{urlencode(asked)}"


@requires(Permission.WRITE_VISIT)
@require_POST
def name(request):
    """Called by the page of a visit when a number was typed: the name and cell that go with it, where they may be told."""
    typed = next((value for key, value in request.POST.items() if key.startswith("number_")), "")
    number = numbers.normalise(typed)
    if request.user.is_partner:
        shared = queries.planned(request.user.prison_id, request.user.agency_id)
        found = next(((each.person, each.name, each.cell) for each in shared if each.number == number), None)
    else:
        known = finder.by_numbers(request.user, [typed]).get(number)
        found = known and (known[0].pk, known[0].list_name, known[1])
    if found:
        audit.listed(request, "visit.name", {found[0]})
    context = {"typed": number, "found": found, "partner": request.user.is_partner}
    return render(request, "partners/_visit_name.html", context)


@requires(Permission.WRITE_VISIT)
def sheet(request):
    """The planned list of a wing on paper."""
    choose = forms.Choose(request.GET, user=request.user)
    if not choose.is_valid() or not choose.cleaned_data.get("visitor"):
        return _index(request, choose)
    wing, visitor = choose.cleaned_data["wing"], choose.cleaned_data["visitor"]
    planned = queries.planned(visitor.prison_id, visitor.agency_id, wing=wing)
    audit.listed(request, "visit.sheet", {each.person for each in planned})
    further = range(len(planned) + 1, len(planned) + forms.FEWEST_FURTHER + 1)
    log_url = _sheet_url(request, wing, visitor).replace("/sheet/", "/log/")
    context = {"wing": wing, "visitor": visitor, "planned": planned, "further": further, "log_url": log_url}
    context["may_name"] = bool(planned) or queries.may_name(visitor)
    return render(request, "partners/visit_sheet.html", {**context, "at": timezone.localtime()})


@requires(Permission.WRITE_VISIT)
def show(request, visit_id):
    rows = WingVisit.objects.visible_to(request.user).select_related("visitor", "agency", "wing", "prison")
    visit = get_object_or_404(rows, pk=visit_id)
    lines = queries.lines(visit, request.user)
    shown = {line.whom for line in lines if line.whom}
    audit.listed(request, "visit", shown)
    context = {"visit": visit, "lines": lines}
    if not request.user.is_partner:
        context["marks"] = alerts.marks(request.user, shown)
    return render(request, "partners/visit.html", context)


@requires(Permission.REFER_OUTWARD)
def waiting(request):
    lines = list(queries.waiting(request.user))
    shown = {line.person_id for line in lines if line.person_id}
    audit.listed(request, "visit.waiting", shown)
    context = {"lines": lines, "marks": alerts.marks(request.user, shown)}
    return render(request, "partners/visit_lines.html", context)


@requires(Permission.REFER_OUTWARD)
def settle(request, line_id):
    lines = WingVisitLine.objects.visible_to(request.user).select_related("visit__visitor", "visit__wing", "agency")
    line, back = get_object_or_404(lines, pk=line_id), reverse("partners:visit_lines")
    if line.person_id:
        people.entered(request.user, line.person_id)
    numbered = line.waits_for == line.WaitsFor.NUMBER
    form = forms.Settle(request.POST or None, user=request.user, numbered=numbered, cancel_url=back)
    if form.is_valid():
        try:
            operations.settle(line=line, person=form.person if numbered else None, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Looked at")
            return redirect(back)
    return render(request, "partners/settle_line.html", {"line": line, "form": form})
