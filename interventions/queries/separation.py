"""Who may not sit where: asked when somebody is put down for a session, and again whenever a page is opened, so that it is true after
the roll, an alert or a keep-apart changed. Nothing of it is stored but what somebody accepted, with his reason.

**Firm**, nobody overrules it: kept apart from somebody in the room, whatever the scope (domain.md 6.3 checks every pair when they are put
down for the same activity); vulnerable prisoners and the others (domain.md 6.4); removed from association; fewer than two staff for
somebody who is not seen alone; room or group full; left the prison or off the roll; expected elsewhere at that time.

**Needs a reason**: court, an appointment or something else in the day; an alert on which the wing is asked first; and for those who plan
rooms and groups a pair that would meet on the way. Others are told no names, and for them that is firm too.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from casework.formats import reference
from casework.models import Alert, CourtDate, CustodySpell, KeepApart, Location, Person, User, Wing
from interventions.models import Appointment, Commitment, Facilitator, GroupSession, GuestVisit, Seat

OWN_PROTECTION = {"VOP", "V49P", "VJOP"}
NO_ASSOCIATION = {"V45", "V46", "V49G", "WWSEG"}
NOT_ALONE = {"RNO121", "WWPAIR"}
ASK_FIRST = {"RCON", "RSS", "XRF", "WWOPEN"}
APART = "APART"  # kept apart from somebody, where no reason helps
STAFF = 2
NEAR = timedelta(minutes=30)  # as in interventions/sql/separation.sql
AHEAD = timedelta(days=28)
NAMELESS = {
    "ROOM": "Cannot be in this room with somebody who is expected. Ask who plans the groups.",
    "WAY": "Would meet somebody on the way whom they must not meet. Ask who plans the groups.",
}
SOMEBODY = {
    "ROOM": "Two who are expected here must not be in one room. Ask who plans the groups.",
    "WAY": "Somebody who is expected here would meet somebody on the way whom they must not meet. Ask who plans the groups.",
}


_CANNOT_JOIN_ANY = """
    SELECT s.id, j.how FROM unnest(%s::bigint[]) AS s (id) CROSS JOIN LATERAL ww.cannot_join(s.id, ARRAY[%s]) AS j
"""


@dataclass(frozen=True)
class Finding:
    """Something that stands against somebody at a session. ``code`` says what, with the key of the row; ``firm``: no reason helps."""

    code: str
    text: str
    firm: bool = False


@dataclass
class Facts:
    """What is known of some people between two moments, each by the key of the person."""

    spells: dict
    places: dict
    alerts: dict = field(default_factory=lambda: defaultdict(set))
    court: dict = field(default_factory=lambda: defaultdict(list))
    day: dict = field(default_factory=lambda: defaultdict(list))
    seats: dict = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Pair:
    """A keep-apart as one of the two sees it."""

    pk: int
    other: Person


@dataclass
class Problem:
    """Something to be looked at. ``seat``: whose it is; None where it is of the session."""

    seat: Seat | None
    finding: Finding


@dataclass
class Look:
    """A session with what is to be looked at before it is held."""

    session: GroupSession
    problems: list


def findings(session, people, user):
    """Key of each of ``people`` → what stands against him at ``session``, as ``user`` may know it."""
    keys = [person.pk for person in people]
    facts = _facts(keys, user, session.starts_at, session.ends_at)
    staff = _staff([session]).get(session.pk, 0)
    found = {key: _of_person(key, session, facts, staff) for key in keys}
    apart = _cannot_join(session, keys)
    pairs = _pairs(apart, user) if apart else {}
    there = {"ROOM": set(keys), "WAY": set()}
    if pairs:
        there["ROOM"] |= set(
            Seat.objects.visible_to(user).expected().filter(session=session).values_list("person", flat=True)
        )
        there["WAY"] = _near(session, pairs, user)
    for key, how in apart.items():
        found[key] += _apart(how, [pair for pair in pairs.get(key, []) if pair.other.pk in there[how]])
    return found


def findings_at(sessions, person, user):
    """Key of each of ``sessions`` → what stands against ``person`` there, as ``findings`` tells it; the same queries however many they are,
    and those of ``findings`` for each at which he would meet somebody whom he must not meet.
    """
    if not sessions:
        return {}
    facts = _facts([person.pk], user, min(s.starts_at for s in sessions), max(s.ends_at for s in sessions))
    staff = _staff(sessions)
    apart = {key for key, _ in _asked(_CANNOT_JOIN_ANY, [session.pk for session in sessions], person.pk)}
    return {
        session.pk: findings(session, [person], user)[person.pk]
        if session.pk in apart
        else _of_person(person.pk, session, facts, staff.get(session.pk, 0))
        for session in sessions
    }


def is_vulnerable(person_id, prison_id):
    """Whether this person (a key), held in this prison, is a vulnerable prisoner; two queries."""
    wing = Wing.objects.filter(locations__spell__person=person_id, locations__until_at=None, prison=prison_id)
    alerts = Alert.objects.open().filter(person=person_id, prison=prison_id, code__in=OWN_PROTECTION)
    return _is_vulnerable(wing.values_list("kind", flat=True).first(), set(alerts.values_list("code", flat=True)))


def places(session):
    """How many more may be expected at ``session``."""
    return places_at([session])[session.pk]


def places_at(sessions):
    """Key of each session → how many more may be expected there: a room holds its staff and guests as well; three queries."""
    staff, guests, counts = _staff(sessions), _guests(sessions), expected(sessions)
    return {session.pk: _most(session, staff, guests) - counts.get(session.pk, 0) for session in sessions}


def expected(sessions):
    """Key of each session → how many are expected, those included whom who asks may not know of."""
    return dict(_asked("SELECT * FROM ww.expected_at(%s)", [session.pk for session in sessions]))


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
    facts = _facts({seat.person_id for row in by_session.values() for seat in row}, user, first, last)
    staff = _staff(sessions)
    alone = _of_sessions(sessions, user, staff, by_session)
    looks = [Look(each, [*alone[each.pk], *_of_seats(each, by_session[each.pk], facts, staff)]) for each in sessions]
    return [look for look in looks if look.problems]


def _of_seats(session, seats, facts, staff):
    for seat in seats:
        found = _of_person(seat.person_id, session, facts, staff.get(session.pk, 0))
        if seat.enrolment and seat.enrolment.ended_on:
            found.append(Finding(f"ENROLMENT-{seat.enrolment_id}", "Is no longer in the programme."))
        yield from (Problem(seat, each) for each in found if each.firm or each.code not in seat.accepted)


def _of_sessions(sessions, user, staff, by_session):
    """What is to be looked at of each session as a whole."""
    found = defaultdict(list)
    counts, visits, away = expected(sessions), _visits(sessions), _away(sessions)
    guests = {key: len(rows) for key, rows in visits.items()}
    for session in sessions:
        most, count = _most(session, staff, guests), counts.get(session.pk, 0)
        if count > most:
            found[session.pk].append(f"{count} people are expected, and there is place for {max(most, 0)}.")
        if session.state == GroupSession.State.CONFIRMED and not (session.room_id and staff.get(session.pk)):
            found[session.pk].append("It is confirmed, and has no room or nobody who runs it.")
        found[session.pk] += [f"{name} is away that day." for name in away.get(session.pk, [])]
        found[session.pk] += [_unvetted(guest) for guest in visits[session.pk] if not guest.is_vetted_on(_day(session))]
    problems = {
        key: [Problem(None, Finding("SESSION", text, firm=True)) for text in texts] for key, texts in found.items()
    }
    apart = _asked("SELECT * FROM ww.sessions_to_part(%s) ORDER BY 1, 2", [session.pk for session in sessions])
    for key, problem in _parted(apart, sessions, by_session, user):
        problems.setdefault(key, []).append(problem)
    return defaultdict(list, problems)


def _parted(apart, sessions, by_session, user):
    """(key of the session, problem) for each session in which two must not meet: with names for those who plan, without for others."""
    sessions = {session.pk: session for session in sessions}
    seats = [seat for key, _ in apart for seat in by_session[key]]
    pairs = _pairs({seat.person_id for seat in seats}, user) if apart else {}
    for key, how in apart:
        here = {seat.person_id: seat for seat in by_session[key]}
        there = set(here) if how == "ROOM" else _near(sessions[key], pairs, user) - set(here) if pairs else set()
        named = [(seat, pair) for who, seat in here.items() for pair in pairs.get(who, []) if pair.other.pk in there]
        for seat, pair in named:
            (finding,) = _apart(how, [pair])
            if finding.firm or finding.code not in seat.accepted:
                yield key, Problem(seat, finding)
        if not named:
            yield key, Problem(None, Finding(APART, SOMEBODY[how], firm=True))


# One person


def _of_person(key, session, facts, staff):
    return [*_custody(key, session, facts), *_kind(key, session, facts, staff), *_clashes(key, session, facts)]


def _custody(key, session, facts):
    spell, place = facts.spells.get(key), facts.places.get(key)
    if spell is None:
        yield Finding("LEFT", "Is not in this prison any more.", firm=True)
    elif spell.off_roll_on:
        yield Finding("OFF_ROLL", f"Not on the roll since {spell.off_roll_on:%-d %B}.", firm=True)
    elif place and place.whereabouts != Location.Whereabouts.IN and _day(session) == timezone.localdate():
        yield Finding(f"OUT-{place.pk}", f"{place.get_whereabouts_display()} now.")


def _kind(key, session, facts, staff):
    place, alerts, known = facts.places.get(key), facts.alerts[key], reference.alerts()
    wing = place.wing.kind if place and place.wing else ""
    vulnerable = _is_vulnerable(wing, alerts)
    if vulnerable and session.audience == "MAIN":
        yield Finding("VULNERABLE", "Is a vulnerable prisoner, and this session is for everybody else.", firm=True)
    if not vulnerable and session.audience == "VULNERABLE" and key in facts.spells:
        yield Finding("MAIN", "Is not a vulnerable prisoner, and this session is for them only.", firm=True)
    if wing == Wing.Kind.SEGREGATION or alerts & NO_ASSOCIATION:
        yield Finding("REMOVED", "Is removed from association: no groups while it lasts.", firm=True)
    if staff < STAFF and (code := min(alerts & NOT_ALONE, default="")):
        text = f"{known[code].label}: two members of staff are needed, and this session has {staff or 'none'}."
        yield Finding("STAFF", text, firm=True)
    for code in sorted(alerts & ASK_FIRST):
        yield Finding(f"ALERT-{code}", f"{known[code].label}: ask the wing first.")


def _is_vulnerable(wing, alerts):
    """Whether somebody is a vulnerable prisoner: by the kind of his wing, or by an alert in force."""
    return wing == Wing.Kind.VULNERABLE or bool(alerts & OWN_PROTECTION)


def _clashes(key, session, facts):
    for row in facts.court[key]:
        if row.on == _day(session):
            yield Finding(f"COURT-{row.pk}", "Is at court that day.")
    for code, text, first, last in facts.day[key]:
        if first < session.ends_at and last > session.starts_at:
            yield Finding(code, text)
    for seat in facts.seats[key]:
        if (
            seat.session_id != session.pk
            and seat.period.lower < session.ends_at
            and seat.period.upper > session.starts_at
        ):
            yield Finding("ELSEWHERE", f"Is expected at {seat.session.name} at that time.", firm=True)


def _apart(how, pairs):
    """What is said of somebody who is kept apart: with the names, where ``pairs`` were given."""
    if not pairs:
        return [Finding(APART, NAMELESS[how], firm=True)]
    if how == "ROOM":
        return [Finding(APART, f"Is kept apart from {pair.other.name}, who is expected.", firm=True) for pair in pairs]
    return [Finding(f"APART-{pair.pk}", f"Would meet {pair.other.name} on the way.") for pair in pairs]


def _day(session):
    return timezone.localdate(session.starts_at)


# What is known


def _facts(keys, user, first, last):
    """What is known of the people with these ``keys`` between two moments, as ``user`` may see it: seven queries."""
    keys = list(keys)
    spells = CustodySpell.objects.visible_to(user).current().filter(person__in=keys)
    spells = {spell.person_id: spell for spell in spells}
    places = Location.objects.filter(spell__in=spells.values(), until_at=None).select_related("wing", "spell")
    facts = Facts(spells, {place.spell.person_id: place for place in places})
    codes = OWN_PROTECTION | NO_ASSOCIATION | NOT_ALONE | ASK_FIRST
    alerts = Alert.objects.visible_to(user).open().filter(person__in=keys, code__in=codes)
    for person, code in alerts.values_list("person", "code"):
        facts.alerts[person].add(code)
    days = timezone.localdate(first), timezone.localdate(last)
    for row in CourtDate.objects.visible_to(user).filter(person__in=keys, withdrawn_at=None, on__range=days):
        facts.court[row.person_id].append(row)
    for person, *entry in [*_appointments(keys, user, first, last), *_commitments(keys, user, first, last)]:
        facts.day[person].append(entry)
    seats = Seat.objects.visible_to(user).expected().filter(person__in=keys, period__overlap=(first, last))
    for seat in seats.select_related("session"):
        facts.seats[seat.person_id].append(seat)
    return facts


def _appointments(keys, user, first, last):
    rows = Appointment.objects.visible_to(user).standing().filter(person__in=keys)
    rows = rows.filter(at__lt=last, at__gt=first - timedelta(hours=8)).select_related("type", "worker")
    for row in rows:
        text = f"Has an appointment at {timezone.localtime(row.at):%H:%M}: {row.type}, {row.worker}."
        yield row.person_id, f"APPOINTMENT-{row.pk}", text, row.at, row.at + timedelta(minutes=row.minutes)


def _commitments(keys, user, first, last):
    rows = Commitment.objects.visible_to(user).filter(person__in=keys, withdrawn_at=None)
    for row in rows.filter(starts_at__lt=last, ends_at__gt=first):
        text = f"{row.get_kind_display()} at {timezone.localtime(row.starts_at):%H:%M}."
        yield row.person_id, f"COMMITMENT-{row.pk}", text, row.starts_at, row.ends_at


def _staff(sessions):
    """Key of the session → how many run it."""
    rows = Facilitator.objects.filter(session__in=sessions, stood_down_at=None)
    return dict(rows.order_by().values_list("session").annotate(Count("pk")))


def _guests(sessions):
    rows = GuestVisit.objects.filter(session__in=sessions, removed_at=None)
    return dict(rows.order_by().values_list("session").annotate(Count("pk")))


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


def _most(session, staff, guests):
    if session.room is None:
        return session.capacity
    return min(session.capacity, session.room.capacity - staff.get(session.pk, 0) - guests.get(session.pk, 0))


# Kept apart


def _cannot_join(session, keys):
    """Key of each who is kept apart from somebody at ``session`` (ROOM) or on the way there (WAY): names are not told."""
    return dict(_asked("SELECT * FROM ww.cannot_join(%s, %s)", session.pk, keys)) if keys else {}


def _pairs(keys, user):
    """Key of each person → the pairs that he is one of, for those who plan; each names the ``other``."""
    if not user.has_duty(User.Duty.SCHEDULE):
        return {}
    keys, pairs = set(keys), defaultdict(list)
    rows = KeepApart.objects.visible_to(user).current().filter(Q(person__in=keys) | Q(other__in=keys))
    for row in rows.select_related("person", "other"):
        for one, other in [(row.person, row.other), (row.other, row.person)]:
            if one.pk in keys:
                pairs[one.pk].append(Pair(row.pk, other))
    return pairs


def _near(session, pairs, user):
    """Keys of those named in ``pairs`` who are expected at a session that begins or ends when this one does."""
    others = {pair.other.pk for row in pairs.values() for pair in row}
    seats = Seat.objects.visible_to(user).expected().filter(person__in=others)
    seats = seats.filter(session__period__overlap=(session.starts_at - NEAR, session.ends_at + NEAR))
    return set(seats.filter(session__state__in=["PLANNED", "CONFIRMED"]).values_list("person", flat=True))


def _asked(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
