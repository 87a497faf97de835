"""What is late beside the caseload: in groups, on the unit, among the peer supporters, at the gate, at the agencies. Of the whole team."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from casework.models import Person
from interventions.models import GroupSession, PeerSupporter, UnitStay
from interventions.queries import peer, register, unit
from partners.queries import plans, releases, reminders

MOST = 200
# What the address of a list is called → its title on the first page and on its own.
REGISTERS, LINES, REVIEWS, TESTS, SUPERVISION = "registers", "lines", "reviews", "tests", "supervision"
UNSENT, WITHOUT, UNANSWERED, UNTOLD, MOVED = "unsent", "without", "unanswered", "untold", "moved"
TITLES = {
    UNSENT: "Out, and the handover not sent",
    WITHOUT: "Out, and no handover made",
    REGISTERS: "Registers open too long",
    LINES: "Lines of registers put off",
    REVIEWS: "Unit reviews overdue",
    TESTS: "Unit tests overdue",
    SUPERVISION: "Peer supervision overdue",
    UNANSWERED: "Handovers not acknowledged",
    UNTOLD: "Outcomes not told",
    MOVED: "Releases moved, not looked at",
}


# What stands beside a name, where it is not where somebody is.
WHAT = {WITHOUT: "Why"}


@dataclass
class Late:
    """One thing that is late: since when, what, about which ``person`` (None: about a session), and the page on which it is done."""

    at: datetime
    what: str
    url: str
    person: Person | None = None


def numbers(user, *, now):
    """(title, how many, address of their list) of each kind of which there are any; at most eleven queries."""
    reviews, tests = unit.late(user)
    counts = {
        UNSENT: plans.left_unsent(user).count(),
        WITHOUT: len(plans.left_without(user)),
        REGISTERS: register.open_late(user, now=now).count(),
        LINES: register.put_off(user).count(),
        REVIEWS: reviews,
        TESTS: tests,
        SUPERVISION: peer.late(user),
        UNANSWERED: reminders.unanswered(user, today=timezone.localdate(now)).count(),
        UNTOLD: reminders.untold(user, today=timezone.localdate(now)).count(),
        MOVED: releases.unseen(user).count(),
    }
    return [(TITLES[name], count, reverse("reporting:late", args=[name])) for name, count in counts.items() if count]


def rows(user, name, *, now):
    """Those that ``numbers`` counts under ``name``, the oldest first, at most ``MOST``; one query."""
    return list(ROWS[name](user, now))


def _unsent(user, now):
    for row in plans.left_unsent(user)[:MOST]:
        url = reverse("partners:handover", args=[row.pk])
        yield Late(row.case.spell.ended_at, str(row.agency), url, row.person)


def _without(user, now):
    for case in plans.left_without(user)[:MOST]:
        url = reverse("partners:release", args=[case.person_id])
        yield Late(case.spell.ended_at, case.why, url, case.person)


def _registers(user, now):
    for session in register.open_late(user, now=now)[:MOST]:
        page = "drop_in" if session.kind == GroupSession.Kind.DROP_IN else "register"
        yield Late(session.starts_at, session.name, reverse(f"interventions:{page}", args=[session.pk]))


def _lines(user, now):
    for seat in register.put_off(user)[:MOST]:
        url = reverse("interventions:register_notes", args=[seat.session_id]) + f"?seat={seat.pk}"
        yield Late(seat.session.starts_at, seat.session.name, url, seat.person)


def _reviews(user, now):
    for stay in _stays(user, "review_due")[:MOST]:
        yield Late(stay.review_due, str(stay.wing), reverse("interventions:review_stay", args=[stay.pk]), stay.person)


def _tests(user, now):
    for stay in _stays(user, "test_due")[:MOST]:
        url = reverse("interventions:unit_history", args=[stay.person_id])
        yield Late(stay.test_due, str(stay.wing), url, stay.person)


def _stays(user, due):
    rows = UnitStay.objects.visible_to(user).filter(state=UnitStay.State.LIVING)
    return rows.filter(**{f"{due}__lt": timezone.localdate()}).select_related("person", "wing").order_by(due, "pk")


def _supervision(user, now):
    rows = PeerSupporter.objects.visible_to(user).filter(state=PeerSupporter.State.ACTIVE)
    rows = rows.filter(supervision_due__lt=timezone.localdate()).select_related("person")
    for one in rows.order_by("supervision_due", "pk")[:MOST]:
        url = reverse("interventions:supervise_peer", args=[one.pk])
        yield Late(one.supervision_due, "Supervision", url, one.person)


def _unanswered(user, now):
    rows = reminders.unanswered(user, today=timezone.localdate(now)).select_related("person", "agency")
    for one in rows.order_by("asked_at", "pk")[:MOST]:
        yield _at_agency(one, timezone.localtime(one.asked_at))


def _untold(user, now):
    rows = reminders.untold(user, today=timezone.localdate(now)).select_related("person", "agency", "case__spell")
    for one in rows.order_by("case__spell__ended_at", "pk")[:MOST]:
        yield _at_agency(one, timezone.localtime(one.case.spell.ended_at))


def _moved(user, now):
    rows = releases.unseen(user).select_related("handover__person", "handover__agency")
    for one in rows.order_by("at", "pk")[:MOST]:
        yield _at_agency(one.handover, timezone.localtime(one.at))


def _at_agency(row, at):
    return Late(at, row.agency.name, reverse("partners:handover", args=[row.pk]), row.person)


ROWS = {
    UNSENT: _unsent,
    WITHOUT: _without,
    REGISTERS: _registers,
    LINES: _lines,
    REVIEWS: _reviews,
    TESTS: _tests,
    SUPERVISION: _supervision,
    UNANSWERED: _unanswered,
    UNTOLD: _untold,
    MOVED: _moved,
}
