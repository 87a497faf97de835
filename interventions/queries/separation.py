"""Who may not sit where: asked when somebody is put down for a session, and again whenever a page is opened (``queries.readiness``), so
that it is true after the roll, an alert or a keep-apart changed. Nothing of it is stored but what somebody accepted, with his reason.

**Firm**, nobody overrules it: kept apart from somebody in the room, whatever the scope (domain.md 6.3 checks every pair when they are put
down for the same activity); vulnerable prisoners and the others (domain.md 6.4); removed from association; fewer than two staff for
somebody who is not seen alone; room or group full; left the prison or off the roll; expected elsewhere at that time.

**Needs a reason**: court, an appointment or something else in the day; an alert on which the wing is asked first; and for those who plan
rooms and groups a pair that would meet on the way. Others are told no names, and for them that is firm too.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from casework.formats import reference
from casework.models import Alert, CourtDate, CustodySpell, KeepApart, Location, Person, User, Wing
from interventions.models import Appointment, Commitment, Seat
from interventions.queries import places

OWN_PROTECTION = {"VOP", "V49P", "VJOP"}
NO_ASSOCIATION = {"V45", "V46", "V49G", "WWSEG"}
NOT_ALONE = {"RNO121", "WWPAIR"}
ASK_FIRST = {"RCON", "RSS", "XRF", "WWOPEN"}
APART = "APART"  # kept apart from somebody, where no reason helps
STAFF = 2
NEAR = timedelta(minutes=30)  # as in interventions/sql/separation.sql
NAMELESS = {
    "ROOM": "Cannot be in this room with somebody who is expected. Ask who plans the groups.",
    "WAY": "Would meet somebody on the way whom they must not meet. Ask who plans the groups.",
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


def findings(session, people, user):
    """Key of each of ``people`` → what stands against him at ``session``, as ``user`` may know it."""
    keys = [person.pk for person in people]
    facts = known(keys, user, session.starts_at, session.ends_at)
    staff = places.staff_of([session]).get(session.pk, 0)
    found = {key: against(key, session, facts, staff) for key in keys}
    apart = _cannot_join(session, keys)
    pairs = pairs_of(apart, user) if apart else {}
    there = {"ROOM": set(keys), "WAY": set()}
    if pairs:
        there["ROOM"] |= set(
            Seat.objects.visible_to(user).expected().filter(session=session).values_list("person", flat=True)
        )
        there["WAY"] = near(session, pairs, user)
    for key, how in apart.items():
        found[key] += kept_apart(how, [pair for pair in pairs.get(key, []) if pair.other.pk in there[how]])
    return found


def findings_at(sessions, person, user):
    """Key of each of ``sessions`` → what stands against ``person`` there, as ``findings`` tells it; the same queries however many they are,
    and those of ``findings`` for each at which he would meet somebody whom he must not meet.
    """
    if not sessions:
        return {}
    facts = known([person.pk], user, min(s.starts_at for s in sessions), max(s.ends_at for s in sessions))
    staff = places.staff_of(sessions)
    apart = {key for key, _ in places.asked(_CANNOT_JOIN_ANY, [session.pk for session in sessions], person.pk)}
    return {
        session.pk: findings(session, [person], user)[person.pk]
        if session.pk in apart
        else against(person.pk, session, facts, staff.get(session.pk, 0))
        for session in sessions
    }


def is_vulnerable(person_id, prison_id):
    """Whether this person (a key), held in this prison, is a vulnerable prisoner; two queries."""
    wing = Wing.objects.filter(locations__spell__person=person_id, locations__until_at=None, prison=prison_id)
    alerts = Alert.objects.open().filter(person=person_id, prison=prison_id, code__in=OWN_PROTECTION)
    return _is_vulnerable(wing.values_list("kind", flat=True).first(), set(alerts.values_list("code", flat=True)))


# One person


def against(key, session, facts, staff):
    """What stands against one person (a key) at ``session``, which so many ``staff`` run, by ``facts``; keep-aparts stand apart."""
    return [*_custody(key, session, facts), *_kind(key, session, facts, staff), *_clashes(key, session, facts)]


def _custody(key, session, facts):
    spell, place = facts.spells.get(key), facts.places.get(key)
    if spell is None:
        yield Finding("LEFT", "Is not in this prison any more.", firm=True)
    elif spell.off_roll_on:
        yield Finding("OFF_ROLL", f"Not on the roll since {spell.off_roll_on:%-d %B}.", firm=True)
    elif place and place.whereabouts != Location.Whereabouts.IN and day_of(session) == timezone.localdate():
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
        if row.on == day_of(session):
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


def kept_apart(how, pairs):
    """What is said of somebody who is kept apart: with the names, where ``pairs`` were given."""
    if not pairs:
        return [Finding(APART, NAMELESS[how], firm=True)]
    if how == "ROOM":
        return [Finding(APART, f"Is kept apart from {pair.other.name}, who is expected.", firm=True) for pair in pairs]
    return [Finding(f"APART-{pair.pk}", f"Would meet {pair.other.name} on the way.") for pair in pairs]


def day_of(session):
    """The day of ``session``."""
    return timezone.localdate(session.starts_at)


# What is known


def known(keys, user, first, last):
    """What is known of the people with these ``keys`` between two moments, as ``user`` may see it: seven queries."""
    keys = list(keys)
    spells = CustodySpell.objects.visible_to(user).current().filter(person__in=keys)
    spells = {spell.person_id: spell for spell in spells}
    living = Location.objects.filter(spell__in=spells.values(), until_at=None).select_related("wing", "spell")
    facts = Facts(spells, {place.spell.person_id: place for place in living})
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


# Kept apart


def _cannot_join(session, keys):
    """Key of each who is kept apart from somebody at ``session`` (ROOM) or on the way there (WAY): names are not told."""
    return dict(places.asked("SELECT * FROM ww.cannot_join(%s, %s)", session.pk, keys)) if keys else {}


def pairs_of(keys, user):
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


def near(session, pairs, user):
    """Keys of those named in ``pairs`` who are expected at a session that begins or ends when this one does."""
    others = {pair.other.pk for row in pairs.values() for pair in row}
    seats = Seat.objects.visible_to(user).expected().filter(person__in=others)
    seats = seats.filter(session__period__overlap=(session.starts_at - NEAR, session.ends_at + NEAR))
    return set(seats.filter(session__state__in=["PLANNED", "CONFIRMED"]).values_list("person", flat=True))
