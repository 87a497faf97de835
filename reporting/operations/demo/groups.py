"""Groups: the sessions that the group contacts of the last months were held at, some that could not run, and what is planned."""

import random
from collections import defaultdict
from datetime import time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from casework.models import Alert, KeepApart, RegimeTime, Wing
from interventions.models import Contact, Facilitator, GroupSession, Programme, Seat, Series, SeriesWorker
from interventions.queries import separation
from reporting.operations.demo import custody, days, notes

BACK = timedelta(days=100)
WHYS = ["TEAM_NO_ROOM", "TEAM_ABSENT", "REGIME_CURTAILED", "REGIME_NOT_UNLOCKED", "OTHER_NOBODY", "OTHER_GUEST"]
SAID = {"TEAM_NO_ROOM": "Education had the room.", "REGIME_CURTAILED": "Lock-down after an incident."}
PARTS = {"AM": "mornings", "PM": "afternoons", "ED": "evenings"}
BARRED = separation.OWN_PROTECTION | separation.NO_ASSOCIATION | separation.NOT_ALONE | separation.ASK_FIRST
ROOMS = ["Recovery group room 1", "Recovery group room 2"]


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"groups {world.prison.code} {world.today}")
    slots = {slot.name: slot for slot in RegimeTime.objects.filter(prison=world.prison)}
    rooms = {room.name: room for room in world.rooms}
    runs = _held(world, dice, slots, rooms)
    missed = _could_not_run(world, dice, slots, rooms, runs)
    _not_written_up(world, dice, slots, rooms)
    _planned(world, dice, slots, rooms)
    _catch_up(world, dice, slots, rooms, missed)


def _held(world, dice, slots, rooms):
    """A session for each group whose contacts are on file; returns the rolling group of each part of the day."""
    since, sessions, runs = world.today - BACK, defaultdict(list), {}
    for contact in world.rows[Contact]:
        if contact.type.code == "GROUP" and contact.at.date() >= since:
            sessions[contact.at, contact.worker.pk].append(contact)
    for (at, _), contacts in sorted(sessions.items()):
        slot = _slot_of(slots, at)
        run = runs.get(slot.name) or runs.setdefault(slot.name, _rolling(world, dice, slot, rooms, at.date()))
        first = contacts[0]
        session = _session(
            world, dice, at, at + timedelta(minutes=first.minutes), series=run, name=run.name, state="HELD", room=rooms[first.place],
            regime_time=slot, capacity=max(12, len(contacts)), closed_at=max(each.recorded_at for each in contacts),
            closed_by=first.worker, made_by=first.worker,
        )  # fmt: skip
        _run_by(world, session, [first.worker])
        for contact in contacts:
            added_at = days.moment(days.working_before(at.date(), dice.randint(1, 4)), time(15), dice.randint(0, 59))
            world.add(
                Seat, rng=dice, session=session, person=contact.person, period=session.period, added_by=first.worker,
                added_at=added_at, contact=contact,
            )  # fmt: skip
    return runs


def _rolling(world, dice, slot, rooms, first):
    name = f"Recovery group: {PARTS[slot.name]}"
    return _series(
        world,
        dice,
        name=name,
        regime_time=slot,
        weekdays=[0, 1, 2, 3, 4],
        from_on=first,
        room=rooms[ROOMS[0]],
        capacity=12,
    )


def _could_not_run(world, dice, slots, rooms, runs):
    """One of each reason; returns the last, for which there was no room, with who was expected."""
    able, latest = _able(world, dice), None
    for number, why in enumerate(WHYS):
        day = days.working_before(world.today, 4 + 9 * number)
        slot = slots["AM" if number % 2 else "PM"]
        worker = dice.choice(world.workers)
        name = f"Recovery group: {PARTS[slot.name]}"
        closed_at = days.moment(day, slot.starts_at, 10)
        session = _session(
            world, dice, *_hours(day, slot), series=runs.get(slot.name), name=name, state="CANCELLED", room=rooms[ROOMS[1]],
            regime_time=slot, capacity=12, cancelled_why=why, cancelled_note=SAID.get(why, ""), closed_at=closed_at,
            closed_by=worker, made_by=worker,
        )  # fmt: skip
        _run_by(world, session, [worker], stood_down_at=closed_at)
        here = [stay for stay in able if stay.spell.received_on < day - timedelta(days=7)]
        people = dice.sample(here, min(len(here), 7))
        for stay in people:
            _seat(
                world,
                dice,
                session,
                stay,
                worker,
                removed_at=closed_at,
                removed_by=worker,
                removed_why="The session could not run.",
            )
        latest = latest or (session, people)
    return latest


def _not_written_up(world, dice, slots, rooms):
    """Yesterday evening: the register waits."""
    day, slot = days.working_before(world.today, 1), slots["ED"]
    worker = world.workers[0]
    run = _series(
        world,
        dice,
        name="SMART Recovery",
        regime_time=slot,
        weekdays=[day.weekday()],
        from_on=day,
        room=rooms[ROOMS[0]],
        capacity=10,
    )
    session = _session(
        world, dice, *_hours(day, slot), series=run, name=run.name, state="CONFIRMED", room=run.room, regime_time=slot, capacity=10,
        number=1, made_by=worker,
    )  # fmt: skip
    _run_by(world, session, [worker])
    here = [stay for stay in _able(world, dice) if stay.spell.received_on < day - timedelta(days=7)]
    for stay in here[:8]:
        _seat(world, dice, session, stay, worker)


def _planned(world, dice, slots, rooms):
    """A short programme, the rolling group, and a group for vulnerable prisoners. Against some who were put down something stands since."""
    able = _able(world, dice)
    barred = BARRED - separation.OWN_PROTECTION
    vulnerable = [
        stay for stay in world.caseload.values() if stay.wing == custody.VULNERABLE and not barred & set(stay.alerts)
    ]
    changed = _changed_since(world, able)
    wing = next((wing for wing in world.wings.values() if wing.kind == Wing.Kind.VULNERABLE), None)
    for name, weekdays, count, room, people, given in [
        (notes.TOPICS[0], [1, 3], 6, ROOMS[0], able[:8], {}),
        (
            "Recovery group: midweek",
            [2],
            4,
            ROOMS[1],
            [*able[8:14], *(stay for stay in changed if stay not in able[8:14])],
            {},
        ),
        (
            "SMART Recovery, K wing",
            [0],
            4,
            "K association area",
            vulnerable[:7],
            {"audience": "VULNERABLE", "wing": wing},
        ),
    ]:
        dates = _dates(world, weekdays, count)
        free = [worker for worker in world.workers if not world.away[worker.pk] & set(dates)]
        workers = (free or world.workers)[:2]
        run = _series(
            world,
            dice,
            name=name,
            regime_time=slots["AM"],
            weekdays=weekdays,
            from_on=dates[0],
            room=rooms[room],
            capacity=10,
            **given,
        )
        for worker in workers:
            world.add(SeriesWorker, series=run, worker=worker)
        for number, day in enumerate(dates, start=1):
            session = _session(
                world, dice, *_hours(day, slots["AM"]), series=run, name=name, number=number, room=run.room, capacity=10,
                regime_time=slots["AM"], state="CONFIRMED" if number == 1 else "PLANNED", made_by=workers[0], **given,
            )  # fmt: skip
            _run_by(world, session, workers)
            for stay in people:
                _seat(world, dice, session, stay, workers[0])


def _changed_since(world, able):
    """Two who are kept apart by now, and one who was removed from association."""
    stays = {id(stay.person): stay for stay in able}
    pairs = [(row.person, row.other) for row in world.rows[KeepApart] if not row.ended_on]
    pair = next((pair for pair in pairs if all(id(person) in stays for person in pair)), ())
    caseload = {id(stay.person): stay for stay in world.caseload.values()}
    removed = [row for row in world.rows[Alert] if row.code in separation.NO_ASSOCIATION and not row.until_at]
    alone = next((caseload[id(row.person)] for row in removed if id(row.person) in caseload), None)
    return [*(stays[id(person)] for person in pair), *filter(None, [alone])]


def _catch_up(world, dice, slots, rooms, missed):
    """On the next Friday morning, for three of those for whom there had been no room."""
    session, people = missed
    (day,) = _dates(world, [4], 1)
    worker = world.workers[0]
    made = _session(
        world, dice, *_hours(day, slots["AM"]), series=session.series, name=f"{session.name}: catch-up", stands_for=session, capacity=4,
        room=rooms[ROOMS[1]], regime_time=slots["AM"], state="PLANNED", made_by=worker,
    )  # fmt: skip
    _run_by(world, made, [worker])
    for stay in people[:3]:
        _seat(world, dice, made, stay, worker)


# Rows


def _series(world, dice, **given):
    """A series, part of the programme of that name where the prison has one."""
    known = world.rows[Programme] or Programme.objects.filter(prison=world.prison)
    programme = next((row for row in known if row.name in given["name"]), None)
    made = {"made_by": world.workers[0], "made_at": days.moment(world.today - timedelta(days=1), time(9))}
    return world.add(Series, rng=dice, programme=programme, **{**made, **given})


def _session(world, dice, first, last, **given):
    made_at = min(
        days.moment(first.date() - timedelta(days=7), time(9)), days.moment(world.today - timedelta(days=1), time(9))
    )
    return world.add(
        GroupSession, rng=dice, kind="GROUP", period=DateTimeTZRange(first, last), made_at=made_at, **given
    )


def _run_by(world, session, workers, **given):
    for worker in workers:
        world.add(Facilitator, session=session, worker=worker, period=session.period, **given)


def _seat(world, dice, session, stay, worker, **given):
    added_at = session.made_at + timedelta(hours=1, minutes=dice.randint(0, 50))
    world.add(
        Seat,
        rng=dice,
        session=session,
        person=stay.person,
        period=session.period,
        added_by=worker,
        added_at=added_at,
        **given,
    )


# Who and when


def _able(world, dice):
    """People of the caseload who may be in a group with everybody else, in the order of the dice."""
    apart = {custody.SEGREGATION, custody.VULNERABLE}
    able = [
        stay
        for stay in world.caseload.values()
        if id(stay) in world.here and stay.wing not in apart and not stay.vulnerable and not BARRED & set(stay.alerts)
    ]
    return dice.sample(able, len(able))


def _dates(world, weekdays, count):
    """The next ``count`` working days on these weekdays."""
    ahead = (world.today + timedelta(days=number) for number in range(1, 120))
    dates = [day for day in ahead if day.weekday() in weekdays and days.is_working(day)]
    return dates[:count]


def _hours(day, slot):
    return days.moment(day, slot.starts_at), days.moment(day, slot.ends_at)


def _slot_of(slots, at):
    clock = at.astimezone(days.LONDON).time()
    return next(slot for slot in slots.values() if slot.starts_at <= clock < slot.ends_at)
