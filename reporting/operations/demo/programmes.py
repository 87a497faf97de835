"""The programmes, which wing has which, and who is or was in them. Invented when all days are lived, with dice of its own.

The groups of the days are their sessions: of the mornings and of the afternoons each a programme after another. Some of those who came
to the first session have a place and come to the others too, so that whoever completed a programme was there often enough.
"""

import itertools
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import time, timedelta

from casework.models import Case, CustodySpell, RegimeTime, Wing
from interventions.formats import reasons
from interventions.models import Contact, Coverage, Enrolment, Programme, Series
from interventions.operations.programme import USUAL
from reporting.operations.demo import days, notes
from reporting.operations.demo.enrolments import Course, Life

State, End, Outcome = Enrolment.State, CustodySpell.End, Contact.Outcome
OFFERED = ["SDP", "SMART", "TRIGGERS", "STEROIDS", "GAMBLING", "FAMILIES"]
# Part of the day → what is held then, one after the other. Meetings that never end are one series, of which so many sessions at a time.
LANES = {"AM": ["TRIGGERS", "FAMILIES"], "PM": ["GAMBLING", "SMART", "STEROIDS", "SMART"]}
AT_A_TIME = 4
JOIN = (5, 7)  # how many have a place in a run of a programme
CAPACITY = 12
WAITING = {"SDP": 14, "SMART": 3, "TRIGGERS": 9, "STEROIDS": 3, "GAMBLING": 5, "FAMILIES": 6}
NEVER = 0.07  # of all cases: proposed, and never begun
STAYS = timedelta(days=50)  # whoever is proposed now is here for so long, mostly
SOON = 12  # working days until the short duration programme begins, in which nobody has been this year
SUITS = [
    "Used every day before prison and wants to know why.",
    "Stopped two weeks ago and is afraid of the evenings.",
    "Asked for it on the landing, a friend completed it.",
    "Short sentence, wants to use the time.",
    "In touch with the children and wants to keep it so.",
    "Owes canteen to three people, says it is the betting.",
]
RESTS = ["At court for two weeks.", "In segregation until Friday.", "Works in the kitchen this week."]
GIVEN_BACK = ["Clashes with education, waits for the next one.", "The series began later than planned."]
NOT_COMPLETED = ["5D", "5D", "7", "4A", "4B", "2D", "2A", "1A", "4E"]
NOT_STARTED = ["W1", "W1", "N3", "N1", "W2", "N2", "N4", "N5"]
OUTCOMES = {
    Outcome.TOOK_PLACE: 93, Outcome.PERSON_REFUSED: 3, Outcome.PERSON_ILL: 2, Outcome.REGIME_NOT_UNLOCKED: 2,
}  # fmt: skip


@dataclass(eq=False)
class Run:
    """A series with its meetings so far: of each the contacts of those who came. ``size``: how many it will have, None if it goes on.

    ``courses``: of those who have or had a place in it.
    """

    series: Series
    size: int | None
    meetings: list = field(default_factory=list)
    courses: list = field(default_factory=list)

    @property
    def is_over(self):
        return self.size is not None and len(self.meetings) >= self.size

    def day(self, number):
        return self.meetings[number][0].at.date()


def fill(world):
    dice = random.Random(f"programmes {world.prison.code} {world.today}")
    offered = {usual["code"]: _programme(world, dice, usual) for usual in USUAL}
    offered["PASSED"] = _ended(world)
    _coverage(world, dice, offered)
    times = {row.name: row for row in RegimeTime.objects.filter(prison=world.prison)}
    life = Life(world)
    for run in _runs(world, offered, times):
        _live(world, dice, life, run)
        world.runs.append(run)
    _rest_now(world, dice, [course for run in world.runs for course in run.courses])
    _plan_short_duration(world, offered["SDP"], times["PM"], _wait(world, dice, life, offered))


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
            if code in {"SMART", "SDP"} or dice.random() < 0.75:
                world.add(Coverage, programme=offered[code], wing=wing, from_on=world.start)
    wing, lately = fit["F"], world.today - timedelta(days=20)
    world.add(
        Coverage, programme=offered["PASSED"], wing=wing, from_on=world.start, until_on=offered["PASSED"].ended_on
    )
    lost = next(row for row in world.rows[Coverage] if row.programme.code == "GAMBLING")
    lost.until_on = lately
    world.add(Coverage, programme=offered["GAMBLING"], wing=lost.wing, from_on=lately + timedelta(days=7))


def _runs(world, offered, times):
    """The runs of each part of the day, made of the groups that were held then."""
    meetings = defaultdict(list)
    for contact in world.rows[Contact]:
        if contact.type.code == "GROUP":
            meetings[contact.at, contact.worker.pk].append(contact)
    for slot, codes in LANES.items():
        first, last = times[slot].starts_at, times[slot].ends_at
        left = [contacts for key, contacts in sorted(meetings.items()) if first <= _clock(key[0]) < last]
        goes_on, turn = {}, itertools.cycle(codes)
        while left:
            programme = offered[next(turn)]
            count = programme.sessions or AT_A_TIME
            run = goes_on.get(programme.code)
            if run is None:
                run = Run(_series(world, programme, times[slot], left[0][0].at.date()), programme.sessions)
                if not programme.sessions:
                    goes_on[programme.code] = run
            run.meetings += left[:count]
            left = left[count:]
            if programme.sessions:
                yield run
        yield from goes_on.values()


def _clock(at):
    return at.astimezone(days.LONDON).time()


def _series(world, programme, time_of_day, first):
    name = f"{programme.name}, {first:%B %Y}" if programme.sessions else programme.name
    return world.add(
        Series, rng=random.Random(f"{programme.code} {first}"), programme=programme, name=name, regime_time=time_of_day,
        room=next(room for room in world.rooms if room.name == "Recovery group room 1"), weekdays=[0, 1, 2, 3, 4], from_on=first,
        capacity=CAPACITY, made_by=world.manager, made_at=days.moment(first - timedelta(days=10), time(10)),
    )  # fmt: skip


def _live(world, dice, life, run):
    """What was done in a run, and who had a place in it."""
    programme = run.series.programme
    for contacts in run.meetings:
        for contact in contacts:
            contact.note = f"{programme.name}.{contact.note.partition('.')[2]}"
    starts = [0] if run.size else range(0, len(run.meetings), 2)
    for start in starts:
        able = [contact for contact in run.meetings[start] if life.may_join(contact)]
        for contact in dice.sample(able, min(len(able), dice.randint(*JOIN) if run.size else 2)):
            if course := _join(world, dice, contact, run):
                life.joined(course)
                _attend(world, dice, life, course, run, start)
                run.courses.append(course)
    if run.is_over and (over := days.working_after(run.day(-1), 4)) < world.today:
        run.series.ended_on = over


def _join(world, dice, contact, run):
    """Proposed, accepted and given a place before the first session; None where there was no time for that."""
    first, case = contact.at.date(), contact.case
    ahead = next(
        (count for count in (dice.randint(9, 25), 8, 6) if days.working_before(first, count) > case.opened_on), None
    )
    if ahead is None:
        return None
    course = _propose(world, dice, case, run.series.programme, days.working_before(first, ahead))
    course.accept(days.working_after(course.day, dice.randint(1, 2)))
    if dice.random() < 0.08 and ahead > 8:
        course.take(State.ALLOCATED, days.working_after(course.day, 1))
        course.take(State.WAITING, days.working_after(course.day, 1), note=dice.choice(GIVEN_BACK))
    course.row.series = run.series
    course.take(State.ALLOCATED, days.working_before(first, 1))
    course.take(State.ACTIVE, first)
    return course


def _propose(world, dice, case, programme, day):
    row = world.add(
        Enrolment, rng=dice, person=case.person, case=case, programme=programme, proposed_on=day, proposed_by=case.opened_by,
        suits_why=dice.choice(SUITS),
    )  # fmt: skip
    course = Course(world, dice, row, case.opened_by)
    course.take(State.PROPOSED, day)
    return course


def _attend(world, dice, life, course, run, start):
    """Session after session until he leaves, gives up or has them all."""
    ahead = run.meetings[start : start + (run.size or dice.randint(5, 12))]
    quits = dice.randint(1, len(ahead)) if dice.random() < 0.14 else None
    rests = dice.randint(1, len(ahead) - 2) if len(ahead) > 3 and quits is None and dice.random() < 0.15 else None
    came = 0
    for number, contacts in enumerate(ahead):
        day = contacts[0].at.date()
        if course.case_closed_by(day):
            break
        if number == rests:
            course.take(State.SUSPENDED, days.working_after(course.last(day), 0), note=dice.choice(RESTS))
        elif rests and number == rests + 1:
            course.take(State.ACTIVE, days.working_before(day, 1))
        if number != rests and (contact := _at(world, dice, life, course, contacts)):
            came += contact.outcome == Outcome.TOOK_PLACE
        if number == quits and came < (course.row.programme.needed or len(ahead)):
            _finish(course, days.working_after(day, 1), State.NOT_COMPLETED, dice.choice(NOT_COMPLETED))
            break
    if course.row.ended_on is None:
        _close(world, dice, course, run, ahead, came)


def _close(world, dice, course, run, ahead, came):
    """He left, or it was over, or the meetings go on and he was there often enough."""
    last, programme = ahead[-1][0].at.date(), run.series.programme
    needed = programme.needed or programme.sessions or 4
    over = run.is_over or (not run.size and ahead[-1] is not run.meetings[-1])
    if over and came >= needed:
        _finish(course, days.working_after(last, 1), State.COMPLETED)
    elif over:
        _finish(
            course, days.working_after(last, 2), State.NOT_COMPLETED, "5D" if run.size else dice.choice(NOT_COMPLETED)
        )
    if course.row.ended_on is None and course.row.case.closed_on:
        _leaves(course, course.row.case)


def _finish(course, day, after, reason=""):
    """The last step, if it was taken by today and while he was here."""
    if day < course.world.today and not course.case_closed_by(day):
        course.take(after, max(day, course.day), reason=reason)


def _at(world, dice, life, course, contacts):
    """His contact at a meeting; None where he was somewhere else. Whoever came by himself is there already."""
    first, person = contacts[0], course.row.person
    known = next((contact for contact in contacts if contact.person is person), None)
    if known is None:
        if not life.is_free(course.row.case.spell, person, first):
            return None
        outcome = dice.choices(list(OUTCOMES), OUTCOMES.values())[0]
        said = f" {dice.choice(notes.IN_GROUP)}" if outcome == Outcome.TOOK_PLACE else ""
        known = world.add(
            Contact, rng=dice, person=person, case=course.row.case, worker=first.worker, type=first.type, at=first.at,
            minutes=first.minutes, place=first.place, outcome=outcome, note=f"{course.row.programme.name}.{said}",
            recorded_by=first.recorded_by, recorded_at=first.recorded_at,
        )  # fmt: skip
        contacts.append(known)
        life.note(known)
    course.seats.append(known)
    return known


def _rest_now(world, dice, courses):
    """One of those who attend rests at the moment."""
    day = days.working_before(world.today, 1)
    able = [course for course in courses if course.row.state == State.ACTIVE and course.day <= day]
    for course in dice.sample(able, min(1, len(able))):
        course.take(State.SUSPENDED, day, note=dice.choice(RESTS))


def _wait(world, dice, life, offered):
    """Who is proposed or waits now, and who left the list before he began."""
    here = [stay for stay in world.caseload.values() if id(stay) in world.here and life.may_wait(stay.case)]
    here = [stay for stay in here if not stay.released_on or stay.released_on > world.today + STAYS]
    here = [stay.case for stay in here if stay.case.opened_on < days.working_before(world.today, 8)]
    places = [code for code, count in WAITING.items() for _ in range(count)]
    courses = []
    for case, code in zip(dice.sample(here, min(len(here), len(places))), places, strict=False):
        course = _propose(
            world, dice, case, offered[code], days.working_before(world.today, dice.choice([2, 3, 5, 6, 7]))
        )
        life.joined(course)
        if dice.random() < 0.72:
            course.accept(min(days.working_after(course.day, dice.randint(1, 2)), days.working_before(world.today, 1)))
        courses.append(course)
    closed = [case for case in world.rows[Case] if case.opened_on >= world.start and life.may_wait(case)]
    for case in dice.sample(closed, int(len(closed) * NEVER)):
        until, day = case.closed_on or world.today, days.working_after(case.opened_on, dice.randint(2, 6))
        if day >= (until if case.closed_on else days.working_before(until, 20)):
            continue
        course = _propose(world, dice, case, offered[dice.choice(OFFERED)], day)
        life.joined(course)
        if (day := days.working_after(day, dice.randint(1, 3))) < until:
            course.accept(day)
        day = days.working_after(day, dice.randint(3, 15))
        if day < until and (case.closed_on is None or dice.random() < 0.5):
            course.take(State.NOT_STARTED, day, reason=dice.choice(NOT_STARTED))
        elif case.closed_on:
            _leaves(course, case)
    return courses


def _plan_short_duration(world, programme, time_of_day, courses):
    """The short duration programme, every afternoon for four weeks, begins soon: some have a place in it."""
    begins = days.working_after(world.today, SOON)
    series = _series(world, programme, time_of_day, begins)
    series.room = next(room for room in world.rooms if room.name == "Recovery group room 2")
    series.capacity, series.made_at = 10, days.moment(days.working_before(world.today, 3), time(10))
    run, day = Run(series, programme.sessions), days.working_before(world.today, 1)
    waiting = [course for course in courses if course.row.programme is programme and course.row.state == State.WAITING]
    for course in [course for course in waiting if course.day <= day][:7]:
        course.row.series = series
        course.take(State.ALLOCATED, day)
        run.courses.append(course)
    world.runs.append(run)


def give_place(world, dice, case, series):
    """Proposed last week, and given a place in ``series`` yesterday: the course."""
    course = _propose(world, dice, case, series.programme, days.working_before(world.today, 6))
    course.accept(days.working_before(world.today, 4))
    course.row.series = series
    course.take(State.ALLOCATED, days.working_before(world.today, 1))
    return course


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
