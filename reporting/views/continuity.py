from django.http import Http404
from django.shortcuts import render
from django.utils.http import urlencode

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts
from reporting.queries import continuity as queries
from reporting.queries.months import Month, today


@requires(Permission.VIEW_CASELOAD)
def continuity(request):
    """The figures name nobody; each leads to the people behind it."""
    rows = queries.releases(request.user, Month.containing(today()), months=queries.MONTHS)
    lines = [
        (line, [(title, line.numbers[step], _url(line, step)) for step, (title, _) in queries.STEPS.items()])
        for line in queries.lines(rows)
    ]
    headers = "|".join(["Month and area", *(f"{title}:number" for title, _ in queries.STEPS.values())])
    context = {"lines": lines, "headers": headers, "definitions": queries.definitions(request.user.prison)}
    return render(request, "reporting/continuity.html", {**context, "day": today()})


@requires(Permission.VIEW_CASELOAD)
def released(request, month, step):
    """Exactly those whom a number counts."""
    if step not in queries.STEPS or not month.has_begun:
        raise Http404
    title, area = queries.STEPS[step][0], request.GET.get("area", "")
    rows = queries.chosen(queries.releases(request.user, month), step=step, area=area)
    people = {row.case.person_id for row in rows}
    audit.listed(request, f"continuity.{step}", people)
    context = {"rows": rows, "title": title, "month": month, "area": area, "day": today()}
    context["marks"] = alerts.marks(request.user, people)
    return render(request, "reporting/released.html", context)


def _url(line, step):
    return f"{line.month}/{step}/" + (f"?{urlencode({'area': line.area})}" if line.area else "")
