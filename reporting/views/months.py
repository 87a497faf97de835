from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from casework import audit
from casework.access import Permission, allows, requires
from casework.queries import alerts
from reporting import forms, tasks
from reporting.models import MonthlyFigures
from reporting.operations import figures as operations
from reporting.queries import figures, indicators
from reporting.queries import records as queries
from reporting.queries.months import Month


@requires(Permission.VIEW_FIGURES)
def months(request):
    return _months(request, forms.Ask())


def _months(request, form):
    lines, older = figures.lines(request.user, before=_before(request))
    context = {
        "lines": lines,
        "older_url": f"?before={older}" if older else "",
        "may_open": allows(request.user, Permission.VIEW_CASELOAD),
        "headers": [{"text": "Month"}, *({"text": each.title, "number": True} for each in indicators.ALL)],
        "form": form if allows(request.user, Permission.REQUEST_FIGURES) else None,
    }
    return render(request, "reporting/months.html", context)


def _before(request):
    """The month with which the page before ended; an address that names none begins at the beginning."""
    try:
        return Month.read(request.GET.get("before", ""))
    except ValueError:
        return None


@requires(Permission.REQUEST_FIGURES)
@require_POST
def ask(request):
    form = forms.Ask(request.POST)
    if form.is_valid():
        asked = form.cleaned_data["month"]
        try:
            row = operations.ask(prison=request.user.prison, month=asked, by=request.user)
        except ValidationError as error:
            form.add_error("month", error)
        else:
            tasks.nudge(row)
            messages.info(request, f"The figures of {asked.name} are being computed.")
            return redirect("reporting:month", asked)
    return _months(request, form)


@requires(Permission.VIEW_FIGURES)
def month(request, month):
    if not month.has_begun:
        raise Http404("this month has not begun")
    row, may_open = figures.of(request.user, month), allows(request.user, Permission.VIEW_PERSON)
    now = figures.live(request.user.prison, month, row) if may_open and row and row.figures else {}
    context = {
        "month": month,
        "row": row,
        "cards": figures.cards(row, figures.of(request.user, month.previous), now) if row else [],
        "partial": row and figures.is_partial(row),
        "may_open": may_open,
        "may_ask": allows(request.user, Permission.REQUEST_FIGURES),
    }
    return render(request, "reporting/month.html", context)


@requires(Permission.VIEW_FIGURES)
def month_progress(request, month):
    row = get_object_or_404(MonthlyFigures.objects.visible_to(request.user), month=month.first)
    if request.htmx and row.is_awaited:
        return render(request, "reporting/_progress.html", {"month": month, "row": row})
    return HttpResponseClientRefresh() if request.htmx else redirect("reporting:month", month)


@requires(Permission.VIEW_PERSON)
def records(request, month, name):
    indicator, which = indicators.BY_NAME.get(name), request.GET.get("which", "all")
    if indicator is None or which not in indicator.parts or not month.has_begun:
        raise Http404("there is no such figure")
    chosen = indicator.part(which, request.user.prison, month).visible_to(request.user)
    page = queries.page(chosen, request.GET.get("after", ""))
    audit.listed(request, f"figures.{name}", page.people)
    count = chosen.count()
    context = {
        "month": month,
        "indicator": indicator,
        "definition": indicator.definition(request.user.prison),
        "tabs": _tabs(indicator, which, month),
        "count": count,
        "computed": figures.computed(request.user, month, name, which, now=count),
        "page": page,
        "marks": alerts.marks(request.user, page.people),
        "older_url": f"?which={which}&after={page.after}" if page.after else "",
    }
    return render(request, "reporting/records.html", context)


def _tabs(indicator, which, month):
    """The parts of a rate; nothing for a plain number."""
    here = reverse("reporting:records", args=[month, indicator.name])
    parts = indicator.parts.items() if len(indicator.parts) > 1 else []
    return [{"label": label, "url": f"{here}?which={part}", "current": part == which} for part, label in parts]
