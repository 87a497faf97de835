from django.shortcuts import render
from django.utils import timezone

from casework import audit
from casework.access import Permission, Role, requires
from casework.queries import alerts, changes, openings, restrictions
from referrals.queries import offers, slip, waiting
from reporting.queries import due, facts, figures, late, leaving, sessions, today
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
    context = {"day": day, **begins[role](request, day)}
    return render(request, f"reporting/home_{role.lower()}.html", context)


def _keyworker(request, day):
    """Everything that the worker owes, and the sessions of the day. It names people, so the trail is told whom."""
    user, now = request.user, timezone.now()
    cases = facts.of_cases(user, today=day, worker=user.pk)
    held = [case for case in cases if case.worker == user.pk]
    rows = due.owed(cases, user.prison, today=day, worker=user.pk)
    shown, after = due.page(rows)
    own = _sessions(user, day, now)
    people = {row.case.person.pk for row in shown} | {row.person.pk for row in [*own["sessions"], *own["unwritten"]]}
    audit.listed(request, "today", people)
    return {
        "marks": alerts.marks(user, people),
        "rows": shown,
        "more": len(rows) if after else 0,
        "numbers": due.counts(rows),
        **own,
        "cases": len(held),
        "leaving": len(leaving.within(leaving.leavers(user, held, today=day), 14)),
        "changes": changes.count(user),
        "late": late.numbers(user, now=now),
        **_front_door(user, day),
    }


def _sessions(user, day, now):
    """The worker's day. What was written up on a wing round is counted only: it is many lines with nothing left to do."""
    own = sessions.of_day(user, day, now=now, worker=user.pk)
    alone = [row for row in own if not row.on_round]
    return {
        "sessions": alone,
        "on_rounds": len(own) - len(alone),
        "groups": sessions.groups_of_day(user, day, worker=user.pk, now=now),
        "unwritten": sessions.unwritten(user, now=now, worker=user.pk),
    }


def _front_door(user, day):
    return {
        "front": waiting.standing(user, today=day),
        "slips": slip.waiting(user).count(),
        "offers": offers.due(user, today=day).count(),
    }


def _manager(request, day):
    user, month = request.user, Month.containing(day).previous
    cases = facts.of_cases(user, today=day)
    now = timezone.now()
    workers = today.team(user, cases, today=day, now=now)
    row = today.last_figures(user, month)
    return {
        **_front_door(user, day),
        "late": late.numbers(user, now=now),
        "openings": openings.unread(user).count(),
        "restricted": restrictions.standing(user).count(),
        "workers": workers,
        "totals": today.totals(workers),
        "horizons": today.horizons(leaving.leavers(user, cases, today=day)),
        "month": month,
        "cards": figures.cards(row, None, {}) if row else [],
        "return_due": today.return_due(user, month, row),
        "protocols": today.protocols(user, today=day),
    }


def _administrator(request, day):
    return {"roll": today.last_roll(request.user)}


def _partner(request, day):
    return today.coming(request.user)


def _auditor(request, day):
    return {}
