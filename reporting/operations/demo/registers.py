"""The drop-ins behind their contacts; of groups too what was marked, head counts, guest speakers, and sheets that came back."""

import random
from collections import defaultdict
from datetime import time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from casework.models import Restriction
from interventions.models import (
    Audience,
    Contact,
    Facilitator,
    FeedbackSheet,
    GroupSession,
    Guest,
    GuestVisit,
    RegisterChange,
    Seat,
)
from interventions.models.group import LATE
from reporting.operations.demo import custody, days

Kind, State, Outcome = GroupSession.Kind, GroupSession.State, Contact.Outcome
GUESTS = [
    ("Dr Dorothea Dent", "Dental service", 200),
    ("Nurse Hepzibah Samples", "Hepatitis service", 120),
    ("Mr Prosper Handover", "Wirral DIP", 40),
    ("Ms Clementine Commons", "Therapeutic community", -12),
    ("Mr Felix Formerly", "Mutual aid", None),
]
OPEN = [("Triggers and cravings", 2, 15), ("Sleep without spice", 5, 8)]  # name, working days ago, people
WORDS = [
    ("I know now what sets me off.", True),
    ("Good to hear it from somebody who has been there.", True),
    ("First time I said it out loud.", True),
    ("Too short. More of this please.", True),
    ("The room was cold but the talk was good.", True),
    ("I was treated like a person.", True),
    ("Could not hear at the back.", False),
    ("I will try the breathing.", True),
    ("Too many people talking at once.", False),
    ("Helped me see my family in it.", True),
]
CHOSEN = 3  # of which one stands in reports
WRONG = ["Typed one digit of the number wrong.", "It was somebody of the same name.", "He did not stay after all."]


def fill(world):
    """With dice of its own, so that the life before is the same with and without it. What has a session already keeps it."""
    dice = random.Random(f"registers {world.prison.code} {world.today}")
    rooms = {room.name: room for room in world.rooms}
    guests = [_guest(world, dice, *values) for values in GUESTS]
    for contacts in _drop_ins(world):
        session = _session(world, dice, contacts, rooms)
        for contact in contacts:
            _seat(world, dice, session, contact)
    held = _held(world)
    _marks(world, dice, held)
    _sheets(world, dice, held)
    _visits(world, dice, [session for session, _ in held if session.kind == Kind.DROP_IN], guests)


def finish(world):
    """When all else is told: registers that nobody has written yet, of people whom every worker may see, and names typed wrong."""
    dice = random.Random(f"registers to write {world.prison.code} {world.today}")
    for name, ago, count in OPEN:
        _open(world, dice, name, days.working_before(world.today, ago), count)
    _take_back(world, dice)


def _take_back(world, dice):
    """At every eighth drop-in a name was typed wrong, and taken back before the day was over: it counts nowhere."""
    drop_ins = [session for session, _ in _held(world) if session.kind == Kind.DROP_IN]
    stays = [stay for stay in world.caseload.values() if stay.worker]
    for session in drop_ins[::8]:
        day = session.period.lower.date()
        here = [stay for stay in stays if stay.spell.received_on < day and stay.case.opened_on < day]
        if here:
            _wrong_name(world, dice, session, dice.choice(here))


def _wrong_name(world, dice, session, stay):
    at, by = session.period.lower, session.closed_by
    noticed = min(session.closed_at + timedelta(minutes=dice.randint(5, 40)), days.moment(world.today, time()))
    why = dice.choice(WRONG)
    contact = world.add(
        Contact,
        rng=dice,
        person=stay.person,
        case=stay.case,
        worker=by,
        type=world.types[Kind.DROP_IN],
        at=at,
        minutes=15,
        place=str(session.room or session.wing or ""),
        recorded_by=by,
        recorded_at=session.closed_at,
        withdrawn_at=noticed,
        withdrawn_by=by,
        withdrawn_why=why,
    )
    seat = _seat(world, dice, session, contact)
    seat.removed_at, seat.removed_by, seat.removed_why = noticed, by, why


def _held(world):
    """Sessions that were held, in order of time, each with the seats of those of whom the register says something."""
    seats = defaultdict(list)
    for seat in world.rows[Seat]:
        if seat.contact:
            seats[id(seat.session)].append(seat)
    held = [row for row in world.rows[GroupSession] if row.state == State.HELD]
    return [(row, seats[id(row)]) for row in sorted(held, key=lambda row: row.period.lower)]


def _guest(world, dice, name, organisation, ahead):
    until = None if ahead is None else world.today + timedelta(days=ahead)
    return world.add(Guest, rng=dice, name=name, organisation=organisation, vetted_until=until)


def _drop_ins(world):
    """The contacts of each drop-in: of one afternoon in one place."""
    meetings = defaultdict(list)
    for row in [row for row in world.rows[Contact] if row.type.code == Kind.DROP_IN]:
        meetings[row.at.date(), row.worker.pk, row.place].append(row)
    return meetings.values()


def _session(world, dice, contacts, rooms):
    first = contacts[0]
    begins, ends = (
        min(row.at for row in contacts),
        max(row.at + timedelta(minutes=row.minutes) for row in contacts),
    )
    room = rooms.get(first.place)
    wing = room.wing if room else None
    vulnerable = wing is not None and wing.code == custody.VULNERABLE
    session = world.add(
        GroupSession,
        rng=dice,
        kind=Kind.DROP_IN,
        name=f"Drop-in, {'K wing' if vulnerable else '3D'}",
        audience=Audience.VULNERABLE if vulnerable else Audience.MAIN,
        wing=wing,
        room=room,
        period=DateTimeTZRange(begins, ends),
        capacity=room.capacity if room else 12,
        state=State.HELD,
        head_count=len(contacts) + dice.randint(2, 9),
        made_by=first.worker,
        made_at=begins - timedelta(days=7),
        closed_at=max(row.recorded_at for row in contacts),
        closed_by=first.worker,
    )
    world.add(Facilitator, session=session, worker=first.worker, period=session.period)
    return session


def _seat(world, dice, session, contact):
    return world.add(
        Seat,
        rng=dice,
        session=session,
        person=contact.person,
        period=DateTimeTZRange(contact.at, contact.at + timedelta(minutes=contact.minutes)),
        added_by=contact.worker,
        added_at=contact.recorded_at,
        contact=contact,
    )


def _marks(world, dice, held):
    """Some came late, some marks were put right the day after, and some lines of the last group wait to be added."""
    groups = [seats for session, seats in held if session.kind == Kind.GROUP]
    for seats in groups:
        for seat in seats:
            came = seat.contact.outcome == Outcome.TOOK_PLACE
            seat.contact.late = came and dice.random() < 0.06
            if dice.random() < 0.02:
                _put_right(world, dice, seat)
    for seat in [seat for seat in groups[-1] if seat.contact.outcome == Outcome.TOOK_PLACE][:2] if groups else []:
        seat.contact.note, seat.skipped = "", True


def _put_right(world, dice, seat):
    now = LATE if seat.contact.late else seat.contact.outcome
    was = Outcome.PERSON_REFUSED if now in {Outcome.TOOK_PLACE, LATE} else Outcome.TOOK_PLACE
    world.add(
        RegisterChange,
        seat=seat,
        person=seat.person,
        before=was,
        after=now,
        before_note=seat.contact.note,
        after_note=seat.contact.note,
        by=seat.contact.worker,
        at=min(seat.session.closed_at + timedelta(hours=dice.randint(1, 6)), days.moment(world.today, time(0, 1))),
    )


def _sheets(world, dice, held):
    """Most sheets of a group come back, few of a drop-in."""
    for session, seats in held:
        came = sum(seat.contact.outcome == Outcome.TOOK_PLACE for seat in seats)
        share = dice.uniform(0.5, 0.95) if session.kind == Kind.GROUP else dice.uniform(0.1, 0.3)
        for _ in range(round(came * share)):
            words, quotable = dice.choice(WORDS) if dice.random() < 0.35 else ("", False)
            chosen = quotable and not dice.randrange(CHOSEN)
            world.add(
                FeedbackSheet,
                rng=dice,
                session=session,
                month=session.period.lower.date().replace(day=1),
                words=words,
                quotable=quotable,
                chosen_at=session.closed_at if chosen else None,
                chosen_by=world.manager if chosen else None,
                **{name: dice.choice([3, 4, 4, 4, 5, 5, 5, 5, 2, None]) for name in ["useful", "understood"]},
                respected=dice.choice([4, 4, 5, 5, 5, 5, 3]),
            )
    for day in sorted({session.period.lower.date().replace(day=1) for session, _ in held}):
        for _ in range(dice.randint(0, 3)):  # put into the box on the wing, and nobody knows after which session
            words, quotable = dice.choice(WORDS)
            world.add(FeedbackSheet, rng=dice, month=day, useful=dice.choice([3, 4, 5]), words=words, quotable=quotable)


def _visits(world, dice, drop_ins, guests):
    """Somebody from outside speaks at every other drop-in, who was vetted at the time."""
    for session in drop_ins:
        if dice.random() < 0.5:
            able = [each for each in guests if each.vetted_until and each.vetted_until >= session.period.lower.date()]
            world.add(GuestVisit, session=session, guest=dice.choice(able))


def _open(world, dice, name, day, count):
    """An evening group of the last days whose register nobody has written yet."""
    period = DateTimeTZRange(days.moment(day, time(18, 30)), days.moment(day, time(19, 30)))
    restricted = [row.person for row in world.rows[Restriction]]
    able = [
        stay
        for stay in world.caseload.values()
        if stay.worker
        and stay.case.opened_on < day
        and stay.spell.received_on < day
        and stay.wing not in (custody.SEGREGATION, custody.VULNERABLE)
        and not stay.vulnerable
        and stay.person not in restricted
    ]
    worker = world.workers[0]
    made = {"made_by": worker, "made_at": period.lower - timedelta(days=3)}
    session = world.add(
        GroupSession,
        rng=dice,
        kind=Kind.GROUP,
        name=name,
        room=next(room for room in world.rooms if room.name == "3D association area"),
        period=period,
        capacity=20,
        state=State.CONFIRMED,
        **made,
    )
    world.add(Facilitator, session=session, worker=worker, period=period)
    added = {"added_by": worker, "added_at": made["made_at"]}
    for stay in dice.sample(able, count):
        world.add(Seat, rng=dice, session=session, person=stay.person, period=period, **added)
