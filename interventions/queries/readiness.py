"""What is to be looked at before sessions are held: of each session as a whole, and of everybody expected (``queries.separation``)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from interventions.models import Facilitator, GroupSession, GuestVisit, Seat
from interventions.queries import places, separation

AHEAD = timedelta(days=28)
SOMEBODY = {
    "ROOM": "Two who are expected here must not be in one room. Ask who plans the groups.",
    "WAY": "Somebody who is expected here would meet somebody on the way whom they must not meet. Ask who plans the groups.",
}


@dataclass
class Problem:
    """Something to be looked at. ``seat``: whose it is; None where it is of the session."""

    seat: Seat | None
    finding: separation.Finding


@dataclass
class Look:
    """A session with what is to be looked at before it is held."""

    session: GroupSession
    problems: list


def to_look_at(user, sessions=None, *, now=None):
    """The sessions of the next four weeks, or of ``sessions`` those still open, with what is to be looked at: a fixed count of queries."""
    now = now or timezone.now()
    if sessions is None:
        coming = GroupSession.objects.visible_to(user).open().filter(period__startswith__lt=now + AHEAD)
        sessions = coming.filter(period__endswith__gt=now).select_related("room", "wing").order_by("period", "pk")
    sessions = [session for session in sessions if session.is_open]
    if not sessions:
        return []
    seats = Seat.objects.visible_to(user).expected().filter(session__in=sessions).select_related("person", "enrolment")
    by_session = defaultdict(list)
    for seat in seats.order_by("person__surname_key", "person__forenames_key", "pk"):
        by_session[seat.session_id].append(seat)
    first, last = min(s.starts_at for s in sessions), max(s.ends_at for s in sessions)
    facts = separation.known({seat.person_id for row in by_session.values() for seat in row}, user, first, last)
    staff = places.staff_of(sessions)
    alone = _of_sessions(sessions, user, staff, by_session)
    looks = [Look(each, [*alone[each.pk], *_of_seats(each, by_session[each.pk], facts, staff)]) for each in sessions]
    return [look for look in looks if look.problems]


def _of_seats(session, seats, facts, staff):
    for seat in seats:
        found = separation.against(seat.person_id, session, facts, staff.get(session.pk, 0))
        if seat.enrolment and seat.enrolment.ended_on:
            found.append(separation.Finding(f"ENROLMENT-{seat.enrolment_id}", "Is no longer in the programme."))
        yield from (Problem(seat, each) for each in found if each.firm or each.code not in seat.accepted)


def _of_sessions(sessions, user, staff, by_session):
    """What is to be looked at of each session as a whole."""
    found = defaultdict(list)
    counts, visits, away = places.expected(sessions), _visits(sessions), _away(sessions)
    guests = {key: len(rows) for key, rows in visits.items()}
    for session in sessions:
        most, count = places.most_at(session, staff, guests), counts.get(session.pk, 0)
        if count > most:
            found[session.pk].append(f"{count} people are expected, and there is place for {max(most, 0)}.")
        if session.state == GroupSession.State.CONFIRMED and not (session.room_id and staff.get(session.pk)):
            found[session.pk].append("It is confirmed, and has no room or nobody who runs it.")
        found[session.pk] += [f"{name} is away that day." for name in away.get(session.pk, [])]
        found[session.pk] += [
            _unvetted(guest) for guest in visits[session.pk] if not guest.is_vetted_on(separation.day_of(session))
        ]
    problems = {
        key: [Problem(None, separation.Finding("SESSION", text, firm=True)) for text in texts]
        for key, texts in found.items()
    }
    apart = places.asked("SELECT * FROM ww.sessions_to_part(%s) ORDER BY 1, 2", [session.pk for session in sessions])
    for key, problem in _parted(apart, sessions, by_session, user):
        problems.setdefault(key, []).append(problem)
    return defaultdict(list, problems)


def _parted(apart, sessions, by_session, user):
    """(key of the session, problem) for each session in which two must not meet: with names for those who plan, without for others."""
    sessions = {session.pk: session for session in sessions}
    seats = [seat for key, _ in apart for seat in by_session[key]]
    pairs = separation.pairs_of({seat.person_id for seat in seats}, user) if apart else {}
    for key, how in apart:
        here = {seat.person_id: seat for seat in by_session[key]}
        there = (
            set(here) if how == "ROOM" else separation.near(sessions[key], pairs, user) - set(here) if pairs else set()
        )
        named = [(seat, pair) for who, seat in here.items() for pair in pairs.get(who, []) if pair.other.pk in there]
        for seat, pair in named:
            (finding,) = separation.kept_apart(how, [pair])
            if finding.firm or finding.code not in seat.accepted:
                yield key, Problem(seat, finding)
        if not named:
            yield key, Problem(None, separation.Finding(separation.APART, SOMEBODY[how], firm=True))


def _visits(sessions):
    """Key of the session → the guests who are asked to it."""
    visits = defaultdict(list)
    rows = GuestVisit.objects.filter(session__in=sessions, removed_at=None).select_related("guest")
    for row in rows.order_by("guest__name", "pk"):
        visits[row.session_id].append(row.guest)
    return visits


def _unvetted(guest):
    ends = f"ends on {guest.vetted_until:%-d %B %Y}" if guest.vetted_until else "has not been done"
    return f"The vetting of the guest {guest.name} {ends}: not to be let in that day."


def _away(sessions):
    """Key of the session → names of those who run it and are away that day."""
    rows = Facilitator.objects.filter(session__in=sessions, stood_down_at=None).select_related("worker")
    rows = rows.prefetch_related("worker__absences")
    away = defaultdict(list)
    for row in rows.order_by("worker__full_name", "pk"):
        day = timezone.localdate(row.period.lower)
        if any(
            each.withdrawn_at is None and each.from_on <= day <= each.until_on for each in row.worker.absences.all()
        ):
            away[row.session_id].append(row.worker.full_name)
    return away
