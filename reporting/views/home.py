from django.shortcuts import render

from casework import audit
from casework.access import Permission, Role, requires
from casework.queries import alerts
from reporting.queries import figures, records, today
from reporting.queries.months import Month
from reporting.queries.months import today as this_day


@requires(Permission.USE_HOME)
def show(request):
    """Today: what the signed-in person's role begins with."""
    begins = {
        Role.KEYWORKER: _keyworker,
        Role.MANAGER: _manager,
        Role.ADMINISTRATOR: _administrator,
        Role.PARTNER: _partner,
        Role.AUDITOR: _auditor,
    }
    day, role = this_day(), request.user.role
    context = {"day": day, **begins[role](request.user, day)}
    return render(request, f"reporting/home_{role.lower()}.html", context)


def _keyworker(user, day):
    return {
        "cases": today.own_cases(user),
        "releases": today.own_releases(user),
        "sessions": today.own_sessions(user, day).count(),
        "waiting": today.waiting(user),
    }


def _manager(user, day):
    month = Month.containing(day).previous
    row = today.last_figures(user, month)
    return {
        "waiting": today.waiting(user),
        "unallocated": today.unallocated(user),
        "workers": today.caseload_by_worker(user),
        "releases": today.releases(user),
        "month": month,
        "cards": figures.cards(row, None, {}) if row else [],
    }


def _administrator(user, day):
    return {"roll": today.last_roll(user)}


def _partner(user, day):
    numbers = today.coming(user)
    return {**numbers, "remark": f"{numbers['unanswered']} waiting for your answer." if numbers["unanswered"] else ""}


def _auditor(user, day):
    return {}


@requires(Permission.LOG_SESSION)
def sessions(request):
    """The sessions behind the number on the first page."""
    day = this_day()
    chosen = today.own_sessions(request.user, day)
    page = records.page(chosen, request.GET.get("after", ""))
    audit.listed(request, "sessions.today", page.people)
    older_url = f"?after={page.after}" if page.after else ""
    context = {"day": day, "count": chosen.count(), "page": page, "older_url": older_url}
    context["marks"] = alerts.marks(request.user, page.people)
    return render(request, "reporting/sessions.html", context)
