"""The programmes, which wing has which, and who is or was in them. Invented when all days are lived, with dice of its own."""

import functools
import random
from datetime import time, timedelta

from casework.models import Case, CustodySpell, RegimeTime, Wing
from interventions.formats import reasons
from interventions.models import Certificate, Coverage, Enrolment, EnrolmentMove, Programme, Series
from interventions.operations.programme import USUAL
from reporting.operations.demo import days

State, End = Enrolment.State, CustodySpell.End
# Programme → its share of those who are proposed, the regime time it meets in, its weekdays.
OFFERED = {
    "SDP": (30, "AM", [0, 1, 2, 3, 4]),
    "SMART": (18, "ED", [2]),
    "TRIGGERS": (22, "PM", [1]),
    "STEROIDS": (8, "PM", [3]),
    "GAMBLING": (12, "AM", [2]),
    "FAMILIES": (10, "PM", [0]),
}
SHARE = 0.2  # of all cases
SUITS = [
    "Used every day before prison and wants to know why.",
    "Stopped two weeks ago and is afraid of the evenings.",
    "Asked for it on the landing, a friend completed it.",
    "Short sentence, wants to use the time.",
    "In touch with the children and wants to keep it so.",
    "Owes canteen to three people, says it is the betting.",
]
DECIDED = ["Talked it through, he wants to come.", "Reads well enough for the sheets.", "His keyworker agrees.", ""]
ALL_THE_SAME = [
    "Starts now and finishes elsewhere if need be.",
    "The officer on the wing brings him over.",
    "Wants it badly.",
]
RESTS = ["At court for two weeks.", "In segregation until Friday.", "Works in the kitchen this week."]
GIVEN_BACK = ["Clashes with education, waits for the next one.", "The series began later than planned."]
NOT_COMPLETED = ["5D", "5D", "7", "4A", "4B", "2D", "2A", "1A", "4E"]
NOT_STARTED = ["W1", "W1", "N3", "N1", "W2", "N2", "N4", "N5"]


def fill(world):
    dice = random.Random(f"programmes {world.prison.code} {world.today}")
    offered = {usual["code"]: _programme(world, dice, usual) for usual in USUAL}
    offered["PASSED"] = _ended(world)
    _coverage(world, dice, offered)
    times = {row.name: row for row in RegimeTime.objects.filter(prison=world.prison)}
    series = {}
    cases = [case for case in world.rows[Case] if case.opened_on >= world.start - timedelta(days=90)]
    courses = []
    for case in dice.sample(cases, int(len(cases) * SHARE)):
        code = dice.choices(list(OFFERED), [share for share, *_ in OFFERED.values()])[0]
        run = functools.partial(_series, world, series, offered[code], times)
        courses.append(_enrol(world, dice, case, offered[code], run))
    _rest_now(world, dice, [course for course in courses if course])
    for code in OFFERED:
        _series(world, series, offered[code], times, world.today + timedelta(days=30))


def _programme(world, dice, usual):
    return world.add(Programme, link_worker=dice.choice(world.workers), **usual)


def _ended(world):
    """One that is no longer offered."""
    told = "Twenty sessions in six weeks for people with longer sentences."
    return world.add(
        Programme,
        code="PASRO",
        name="P-ASRO",
        told=told,
        sessions=20,
        weeks=6,
        ended_on=world.start + timedelta(days=20),
    )


def _coverage(world, dice, offered):
    """Most wings have most programmes; one lost one, and one has one since lately."""
    fit = {
        code: wing
        for code, wing in world.wings.items()
        if wing.kind not in {Wing.Kind.SEGREGATION, Wing.Kind.HEALTHCARE}
    }
    for code in OFFERED:
        for wing in fit.values():
            if code == "SMART" or dice.random() < 0.75:
                world.add(Coverage, programme=offered[code], wing=wing, from_on=world.start)
    wing, lately = fit["F"], world.today - timedelta(days=20)
    world.add(
        Coverage, programme=offered["PASSED"], wing=wing, from_on=world.start, until_on=offered["PASSED"].ended_on
    )
    lost = next(row for row in world.rows[Coverage] if row.programme.code == "GAMBLING")
    lost.until_on = lately
    world.add(Coverage, programme=offered["GAMBLING"], wing=lost.wing, from_on=lately + timedelta(days=7))


def _series(world, known, programme, times, day):
    """The run of a programme that somebody who is given a place on ``day`` joins: one for each quarter, more when it is full."""
    _, slot, weekdays = OFFERED[programme.code]
    first = day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1) if programme.weeks else world.start
    runs = known.setdefault((programme.code, first), [])
    free = next((run for run in runs if run.taken < run.capacity), None)
    if free is None:
        over = programme.weeks and first + timedelta(days=100) < world.today
        begins = days.working_after(first + timedelta(days=14 * len(runs)), 3)
        free = world.add(
            Series, rng=random.Random(f"{programme.code} {first} {len(runs)}"), programme=programme,
            name=f"{programme.name}, {begins:%B %Y}" if not runs else f"{programme.name}, {begins:%B %Y} ({len(runs) + 1})",
            regime_time=times[slot], weekdays=weekdays, from_on=begins, capacity=programme.capacity if programme.capacity else 10,
            made_by=world.manager, made_at=days.moment(begins - timedelta(days=10), time(10)),
            ended_on=first + timedelta(days=100) if over else None,
        )  # fmt: skip
        free.taken = 0
        runs.append(free)
    return free


def _enrol(world, dice, case, programme, series):
    """One enrolment, from the day he is proposed to today, or to the day it ended: a ``Course``, or None if he left too soon."""
    gone = case.closed_on or world.today
    proposed = days.working_after(case.opened_on + timedelta(days=dice.randint(3, 25)), 0)
    if proposed < world.start or proposed >= gone:
        return None
    by = case.opened_by
    row = world.add(
        Enrolment, rng=dice, person=case.person, case=case, programme=programme, proposed_on=proposed, proposed_by=by,
        suits_why=dice.choice(SUITS),
    )  # fmt: skip
    course = Course(world, dice, row, by)
    course.take(State.PROPOSED, proposed)
    for after, day, given in _plan(dice, programme, proposed):
        if day >= gone:
            break
        if after == State.ALLOCATED:
            row.series = series(day)
            row.series.taken += 1
        if after == State.WAITING and row.series:
            row.series.taken -= 1
            row.series = None
        course.take(after, day, **given)
    if row.ended_on is None and case.closed_on:
        _leaves(course, case)
    return course


def _rest_now(world, dice, courses):
    """Two of those who attend rest at the moment."""
    day = days.working_before(world.today, 2)
    able = [course for course in courses if course.row.state == State.ACTIVE and course.day < day]
    for course in dice.sample(able, min(2, len(able))):
        course.take(State.SUSPENDED, day, note=dice.choice(RESTS))


def _plan(dice, programme, day):
    """What would happen if he stayed: (state, day, what is written)."""
    day = days.working_after(day, dice.randint(1, 6))
    if dice.random() < 0.08:
        return [(State.NOT_STARTED, day, {"reason": dice.choice(NOT_STARTED)})]
    overruled = dice.random() < 0.12
    note = dice.choice(ALL_THE_SAME if overruled else DECIDED)
    steps = [
        (
            State.WAITING,
            day,
            {"note": note, "overruled": [dice.choice(["REMAND", "SHORT", "WING"])] if overruled else []},
        )
    ]
    day = days.working_after(day, dice.randint(3, 22))
    if dice.random() < 0.12:
        return [*steps, (State.NOT_STARTED, day, {"reason": dice.choice(NOT_STARTED)})]
    steps.append((State.ALLOCATED, day, {}))
    if dice.random() < 0.06:
        steps.append((State.WAITING, days.working_after(day, 2), {"note": dice.choice(GIVEN_BACK)}))
        day = days.working_after(day, dice.randint(8, 15))
        steps.append((State.ALLOCATED, day, {}))
    day = days.working_after(day, dice.randint(2, 8))
    steps.append((State.ACTIVE, day, {}))
    return steps + _ends(dice, programme, day)


def _ends(dice, programme, day):
    """Some rest for a while; most complete it in its weeks."""
    steps, weeks = [], programme.weeks or 16
    if dice.random() < 0.15:
        rests = days.working_after(day, dice.randint(2, 6))
        day = days.working_after(rests, dice.randint(4, 9))
        steps += [(State.SUSPENDED, rests, {"note": dice.choice(RESTS)}), (State.ACTIVE, day, {})]
    if dice.random() < 0.22:
        last = days.working_after(day, dice.randint(3, weeks * 4))
        return [*steps, (State.NOT_COMPLETED, last, {"reason": dice.choice(NOT_COMPLETED)})]
    last = days.working_after(day + timedelta(weeks=weeks), dice.randint(0, 3))
    return [*steps, (State.COMPLETED, last, {})]


def _leaves(course, case):
    """He left, or the work with him ended, while he was in it."""
    begun = course.row.started_on is not None
    end = case.spell.end if case.spell.ended_at else ""
    if end == End.DIED:
        course.take(State.NOT_COMPLETED if begun else State.NOT_STARTED, case.closed_on, reason=reasons.DIED)
    elif end == End.TRANSFERRED:
        course.take(State.TRANSFERRED, case.closed_on, reason="" if begun else reasons.TRANSFERRED)
    elif end:
        gone = reasons.FROM_COURT if end == End.RELEASED_COURT else reasons.TIME_SERVED
        course.take(State.RELEASED, case.closed_on, reason=gone if begun else reasons.RELEASED)
    else:
        course.take(State.NOT_COMPLETED if begun else State.NOT_STARTED, case.closed_on, reason="4A" if begun else "W1")


class Course:
    """An enrolment that is taken step by step."""

    def __init__(self, world, dice, row, by):
        self.world, self.dice, self.row, self.by, self.before = world, dice, row, by, ""

    def take(self, after, day, reason="", note="", overruled=()):
        row = self.row
        row.state = after
        if after == State.ACTIVE and row.started_on is None:
            row.started_on = day
        if not Enrolment.MOVES[after]:
            row.ended_on, row.reason = day, reason
        self.world.add(
            EnrolmentMove, enrolment=row, person=row.person, before=self.before, after=after, reason=reason, note=note,
            overruled=list(overruled), on=day, at=self._moment(day), by=self.by,
        )  # fmt: skip
        self.before, self.day = after, day
        if after == State.COMPLETED and row.programme.certificate:
            self.world.add(
                Certificate, rng=self.dice, enrolment=row, person=row.person, name=row.person.name, issued_on=day, issued_by=self.by,
            )  # fmt: skip

    def _moment(self, day):
        """In office hours; on the day somebody left, before anybody could know better."""
        return days.moment(day, time(9), self.dice.randrange(20))
