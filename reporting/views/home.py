from django.http import Http404
from django.shortcuts import render

from casework import audit
from casework.access import Permission, Role, requires
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
        "waiting": today.waiting(user),
        "tallies": today.counted(today.OWN, user, day),
    }


def _manager(user, day):
    month = Month.containing(day).previous
    row = today.last_figures(user, month)
    return {
        "waiting": today.waiting(user),
        "unallocated": today.unallocated(user),
        "workers": today.caseload_by_worker(user),
        "releases": today.counted(today.RELEASES, user, day),
        "month": month,
        "cards": figures.cards(row, None, {}) if row else [],
    }


def _administrator(user, day):
    return {"roll": today.last_roll(user)}


def _partner(user, day):
    return today.coming(user)


def _auditor(user, day):
    return {}


@requires(Permission.VIEW_CASELOAD)
def tally(request, name):
    """The records behind one number of the first page."""
    if name not in today.BY_NAME:
        raise Http404("there is no such number")
    tally, day = today.BY_NAME[name], this_day()
    chosen = tally.records(request.user, day)
    page = records.page(chosen, request.GET.get("after", ""))
    audit.listed(request, f"today.{name}", page.people)
    older_url = f"?after={page.after}" if page.after else ""
    context = {"tally": tally, "day": day, "count": chosen.count(), "page": page, "older_url": older_url}
    return render(request, "reporting/tally.html", context)
