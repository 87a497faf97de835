"""Groups: the sessions that the group contacts of the last months were held at, some that could not run, and what is planned."""

import random
from datetime import time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from casework.models import Alert, KeepApart, RegimeTime, Wing
from interventions.models import Facilitator, GroupSession, Programme, Seat, Series, SeriesWorker
from interventions.queries import separation
from reporting.operations.demo import custody, days, programmes

SEATED = {"ALLOCATED", "ACTIVE"}
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
    _held(world, dice, slots, rooms)
    missed = _could_not_run(world, dice, slots, rooms)
    _not_written_up(world, dice, slots, rooms)
    _go_on(world, dice, slots)
    _planned(world, dice, slots, rooms)
    _catch_up(world, dice, slots, rooms, missed)


def _held(world, dice, slots, rooms):
    """The sessions of the runs so far, each with those who came; whoever had a place came with that."""
    for run in world.runs:
        places = {id(contact): course.row for course in run.courses for contact in course.seats}
        for number, contacts in enumerate(run.meetings, start=1):
            first, name = contacts[0], run.series.name
            session = _session(
                world, dice, first.at, first.at + timedelta(minutes=first.minutes), series=run.series, name=name, number=number,
                state="HELD", room=rooms[first.place], regime_time=run.series.regime_time, capacity=max(12, len(contacts)),
                closed_at=max(each.recorded_at for each in contacts), closed_by=first.worker, made_by=first.worker,
            )  # fmt: skip
            _run_by(world, session, [first.worker])
            for contact in contacts:
                day = days.working_before(first.at.date(), dice.randint(1, 4))
                world.add(
                    Seat, rng=dice, session=session, person=contact.person, period=session.period, added_by=first.worker,
                    added_at=days.moment(day, time(15), dice.randint(0, 59)), contact=contact, enrolment=places.get(id(contact)),
                )  # fmt: skip


def _could_not_run(world, dice, slots, rooms):
    """One of each reason; returns the last, for which there was no room, with who was expected."""
    able, latest = _able(world, dice), None
    for number, why in enumerate(WHYS):
        day = days.working_before(world.today, 4 + 9 * number)
        slot = slots["AM" if number % 2 else "PM"]
        worker = dice.choice(world.workers)
        series = _run_of(world, slot, day)
        name = series.name if series else f"Recovery group: {PARTS[slot.name]}"
        closed_at = days.moment(day, slot.starts_at, 10)
        session = _session(
            world, dice, *_hours(day, slot), series=series, name=name, state="CANCELLED", room=rooms[ROOMS[1]],
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


def _run_of(world, slot, day):
    """The series that met in this part of the day then, if one did."""
    known = [run.series for run in world.runs if run.series.regime_time == slot and run.series.from_on <= day]
    known = [series for series in known if not series.ended_on or series.ended_on >= day]
    return max(known, key=lambda series: series.from_on, default=None)


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


def _go_on(world, dice, slots):
    """The sessions still to come of the runs that are not over: whoever has a place is expected at each."""
    crews = iter([world.workers[first : first + 2] for first in range(3, len(world.workers) - 1, 2)])
    for run in [run for run in world.runs if not run.is_over]:
        weekdays, slot = _weekdays(run), run.series.regime_time
        count = run.size - len(run.meetings) if run.size else 4
        after = max(world.today, run.series.from_on - timedelta(days=1))
        dates, workers = _dates(world, weekdays, count, after), next(crews)
        run.series.weekdays = weekdays
        for worker in workers:
            world.add(SeriesWorker, series=run.series, worker=worker)
        for number, day in enumerate(dates, start=len(run.meetings) + 1):
            session = _session(
                world, dice, *_hours(day, slot), series=run.series, name=run.series.name, number=number, room=run.series.room,
                capacity=run.series.capacity, regime_time=slot, state="CONFIRMED" if day == dates[0] else "PLANNED",
                made_by=workers[0],
            )  # fmt: skip
            _run_by(world, session, workers)
            for course in [course for course in run.courses if course.row.state in SEATED]:
                _seat(world, dice, session, course.row, workers[0], enrolment=course.row)


def _weekdays(run):
    """When a run meets from now on: no two of one part of the day in one room on one day."""
    if not run.meetings:
        return [0, 1, 2, 3, 4]
    if run.size is None:
        return [3]
    return [1, 3] if run.series.regime_time.name == "AM" else [2]


def _planned(world, dice, slots, rooms):
    """A group of the middle of the week, and one for vulnerable prisoners. Against some who were put down something stands since."""
    able = _able(world, dice)
    barred = BARRED - separation.OWN_PROTECTION
    vulnerable = [
        stay for stay in world.caseload.values() if stay.wing == custody.VULNERABLE and not barred & set(stay.alerts)
    ]
    changed = _changed_since(world, able)
    wing = next((wing for wing in world.wings.values() if wing.kind == Wing.Kind.VULNERABLE), None)
    for name, weekdays, count, room, people, given in [
        (
            "Recovery group: midweek",
            [2],
            4,
            ROOMS[1],
            [*able[8:14], *(stay for stay in changed if stay not in able[8:14])],
            {},
        ),
        (
            "SMART meeting, K wing",
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
        places = _places(world, dice, run, people) if run.programme else {}
        for number, day in enumerate(dates, start=1):
            session = _session(
                world, dice, *_hours(day, slots["AM"]), series=run, name=name, number=number, room=run.room, capacity=10,
                regime_time=slots["AM"], state="CONFIRMED" if number == 1 else "PLANNED", made_by=workers[0], **given,
            )  # fmt: skip
            _run_by(world, session, workers)
            for stay in people:
                _seat(world, dice, session, stay, workers[0], enrolment=places.get(id(stay)))


def _places(world, dice, series, people):
    """Those of ``people`` who were long enough on the caseload have a place in ``series``."""
    known = [stay for stay in people if stay.case.opened_on <= days.working_before(world.today, 7)]
    return {id(stay): programmes.give_place(world, dice, stay.case, series).row for stay in known}


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


def _dates(world, weekdays, count, after=None):
    """The next ``count`` working days on these weekdays, after today unless told after when."""
    ahead = ((after or world.today) + timedelta(days=number) for number in range(1, 120))
    dates = [day for day in ahead if day.weekday() in weekdays and days.is_working(day)]
    return dates[:count]


def _hours(day, slot):
    return days.moment(day, slot.starts_at), days.moment(day, slot.ends_at)
