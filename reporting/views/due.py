"""The lists behind the numbers of the first pages."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts, caseload
from reporting import forms
from reporting.queries import due as queries
from reporting.queries import facts
from reporting.queries import late as lates
from reporting.queries import leaving as leavers
from reporting.queries import sessions as days
from reporting.queries.months import today


@requires(Permission.VIEW_CASELOAD)
def due(request):
    form, asked, worker = _asked(request, forms.Due)
    cases = facts.of_cases(request.user, today=today(), worker=worker)
    rows = queries.owed(cases, request.user.prison, today=today(), worker=worker)
    rows = queries.chosen(_whose(rows, asked), kind=asked.get("kind", ""), state=asked.get("state", ""))
    shown, after = queries.page(rows, request.GET.get("after", ""))
    context = {
        "filter": form,
        "marks": _listed(request, "due", {row.case.person.pk for row in shown}),
        "rows": shown,
        "count": len(rows),
        "numbers": queries.counts(rows),
        "day": today(),
    }
    return render(request, "reporting/due.html", {**context, **_pages(request, after)})


@requires(Permission.VIEW_CASELOAD)
def leaving(request):
    form, asked, worker = _asked(request, forms.Leaving)
    cases = facts.of_cases(request.user, today=today(), worker=worker)
    held = [case for case in cases if worker in {None, case.worker}]
    rows = _whose(leavers.leavers(request.user, held, today=today()), asked)
    rows = leavers.within(rows, asked["within"])
    shown, after = leavers.page(rows, request.GET.get("after", ""))
    context = {
        "filter": form,
        "marks": _listed(request, "leaving", {row.case.person.pk for row in shown}),
        "rows": shown,
        "count": len(rows),
        "day": today(),
    }
    return render(request, "reporting/leaving.html", {**context, **_pages(request, after)})


@requires(Permission.VIEW_CASELOAD)
def sessions(request):
    form, _, worker = _asked(request, forms.Whose)
    rows = days.of_day(request.user, today(), now=timezone.now(), worker=worker)
    marks = _listed(request, "sessions.today", {row.person.pk for row in rows})
    context = {"filter": form, "marks": marks, "rows": rows, "day": today(), "title": "Sessions today"}
    return render(request, "reporting/sessions.html", context)


@requires(Permission.VIEW_CASELOAD)
def unwritten(request):
    form, _, worker = _asked(request, forms.Whose)
    rows = days.unwritten(request.user, now=timezone.now(), worker=worker)
    marks = _listed(request, "sessions.unwritten", {row.person.pk for row in rows})
    context = {"filter": form, "marks": marks, "rows": rows, "title": "Sessions not written up", "whole": True}
    return render(request, "reporting/sessions.html", context)


@requires(Permission.VIEW_CASELOAD)
def late(request, name):
    """Exactly those that a number of the first page counts."""
    if name not in lates.TITLES:
        raise Http404
    rows = lates.rows(request.user, name, now=timezone.now())
    marks = _listed(request, f"late.{name}", {row.person.pk for row in rows if row.person})
    named, what = name != lates.REGISTERS, lates.WHAT.get(name, "Where")
    headers = f"Since|Name|{what}|Action:hidden" if named else "Since|What|Action:hidden"
    context = {"rows": rows, "marks": marks, "title": lates.TITLES[name], "named": named, "what": what}
    context |= {"headers": headers, "most": lates.MOST, "day": today()}
    return render(request, "reporting/late.html", context)


def _asked(request, kind):
    """The filter, its answers, and the worker they name (a key; None for everybody and for nobody)."""
    form = kind(request.GET, user=request.user, workers=caseload.holders(request.user))
    asked = form.asked()
    return form, asked, int(asked["worker"]) if asked["worker"].isdecimal() else None


def _listed(request, what, people):
    """Tell the trail whom the list names; returns what stands beside their names."""
    audit.listed(request, what, people)
    return alerts.marks(request.user, people)


def _whose(rows, asked):
    if asked["worker"] != forms.NOBODY:
        return rows
    return [row for row in rows if getattr(row, "worker", row.case.worker) is None]


def _pages(request, after):
    given = {name: value for name, value in request.GET.items() if name != "after"}
    return {
        "first_url": f"?{urlencode(given)}" if "after" in request.GET else "",
        "older_url": f"?{urlencode({**given, 'after': after})}" if after else "",
    }
