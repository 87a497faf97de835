from django.shortcuts import render
from django.utils import timezone

from casework import audit
from casework.access import Permission, Role, requires
from casework.queries import alerts, changes, openings, restrictions
from partners.queries import agreements, key_holders, notices, outward, visits
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
    if role == Role.PARTNER and request.user.agency.is_department:
        return render(request, "reporting/home_department.html", {"day": day, **_department(request, day)})
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
        **today.meeting_actions(user, today=day),
        **_front_door(user, day),
        **_agencies(user, day),
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
        "notices": notices.waiting(user).count(),
    }


def _agencies(user, day):
    """What waits because of referrals to agencies and of their visitors on the wings."""
    return {"outward_due": outward.due(user, day).count(), "visit_lines": visits.waiting(user).count()}


def _manager(request, day):
    user, month = request.user, Month.containing(day).previous
    cases = facts.of_cases(user, today=day)
    now = timezone.now()
    workers = today.team(user, cases, today=day, now=now)
    row = today.last_figures(user, month)
    return {
        **_front_door(user, day),
        **today.meeting_actions(user, today=day),
        "late": late.numbers(user, now=now),
        "openings": openings.unread(user).count(),
        "restricted": restrictions.standing(user).count(),
        "workers": workers,
        "totals": today.totals(workers),
        "horizons": today.horizons(leaving.leavers(user, cases, today=day)),
        "month": month,
        "cards": figures.cards(row, None, {}) if row else [],
        "return_due": today.return_due(user, month, row),
        "protocols": agreements.lapsing(user, today=day),
        "key_holders": key_holders.running_out(user, day),
        **_agencies(user, day),
    }


def _administrator(request, day):
    return {"roll": today.last_roll(request.user), "protocols": agreements.lapsing(request.user, today=day)}


def _partner(request, day):
    numbers = {**today.coming(request.user), "referred": outward.waiting(request.user).count()}
    numbers |= today.meeting_actions(request.user, today=day)
    return {**numbers, "protocols": agreements.lapsing(request.user, today=day)}


def _department(request, day):
    """A department of the prison: it tells the team something, and sees how much of it was seen."""
    unseen = notices.own(request.user).filter(seen_at=None).count()
    return {"unseen": unseen, "protocols": agreements.lapsing(request.user, today=day)}


def _auditor(request, day):
    return {}
