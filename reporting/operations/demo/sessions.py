"""What is known of sessions beside that they were held: topics, goals, rooms, what was moved, and what else stood in people's days."""

import random
from collections import defaultdict
from datetime import time, timedelta

from casework.models import Goal, Plan
from interventions.models import Appointment, AppointmentMove, Commitment, Contact, GoalTouched, Topic
from reporting.operations.demo import days

Kind = Commitment.Kind
WITH_TOPICS = {"ONE_TO_ONE": 0.9, "HARM_REDUCTION": 0.95, "RELEASE": 0.8, "ADVICE": 0.6, "BRIEF": 0.35, "GROUP": 0.7}
USUAL = {"HARM_REDUCTION": ["HARM", "NALOXONE"], "RELEASE": ["RELEASE", "HOUSING", "NALOXONE"]}
KINDS = {
    Kind.VISIT: 30,
    Kind.LEGAL: 14,
    Kind.HEALTHCARE: 22,
    Kind.ADJUDICATION: 6,
    Kind.EDUCATION: 12,
    Kind.WORK: 12,
    Kind.OTHER: 4,
}
SAID = {
    Kind.VISIT: "Visits list",
    Kind.LEGAL: "Visits list",
    Kind.HEALTHCARE: "Healthcare, clinic list",
    Kind.ADJUDICATION: "Segregation office",
    Kind.EDUCATION: "The person",
    Kind.WORK: "The person",
    Kind.OTHER: "Wing office",
}
WHY_MOVED = [
    "Wing locked down",
    "He asked for another time",
    "Room needed by another team",
    "Training",
    "Visit came up",
]
NEW_WORKER = "Taken over for a colleague"


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"sessions {world.prison.code} {world.today}")
    _topics(world, dice)
    _goals(world, dice)
    _rooms(world, dice)
    _moves(world, dice)
    for stay in world.caseload.values():
        for _ in range(dice.choice([0, 0, 1, 2])):
            day = days.working_after(world.today + timedelta(days=dice.randint(-20, 12)), 0)
            if day > stay.spell.received_on + timedelta(days=2):
                at = days.moment(day, time(dice.choice([9, 10, 14, 15])), 15 * dice.randint(0, 2))
                _commitment(world, dice, stay.person, at)
    _clashes(world, dice)


def _topics(world, dice):
    """One to three of what the team lists; some kinds have their own."""
    codes = list(Topic.objects.current().order_by("code").values_list("code", flat=True))
    for contact in world.rows[Contact]:
        held = contact.outcome == Contact.Outcome.TOOK_PLACE
        if held and dice.random() < WITH_TOPICS.get(contact.type.code, 0):
            usual = USUAL.get(contact.type.code, [])
            drawn = [*dice.sample(usual, min(len(usual), 1)), *dice.sample(codes, dice.choice([1, 1, 2]))]
            contact.topics = list(dict.fromkeys(drawn))


def _goals(world, dice):
    """What a structured session worked on, of the plan in force on that day."""
    plans, goals = defaultdict(list), defaultdict(list)
    for plan in world.rows[Plan]:
        if plan.agreed_on:
            plans[id(plan.case)].append(plan)
    for goal in world.rows[Goal]:
        goals[id(goal.plan)].append(goal)
    for contact in world.rows[Contact]:
        day = contact.at.date()
        if not (contact.case and contact.type.structured and contact.outcome == Contact.Outcome.TOOK_PLACE):
            continue
        if plan := next((p for p in plans[id(contact.case)] if p.agreed_on <= day < (p.ended_on or world.today)), None):
            still = [goal for goal in goals[id(plan)] if not goal.outcome_on or goal.outcome_on >= day]
            for goal in dice.sample(still, min(len(still), dice.choice([0, 1, 1, 2]))):
                world.add(GoalTouched, contact=contact, goal=goal, person=contact.person)


def _rooms(world, dice):
    """About half of what is planned on a wing has the interview room there, if nobody else has it."""
    rooms = {room.wing.code: room for room in world.rooms if room.wing and "interview" in room.name}
    taken = defaultdict(list)
    for row in world.rows[Appointment]:
        room = rooms.get(row.place[:1])
        free = room and not any(row.at < other.until and other.at < row.until for other in taken[room.pk])
        if free and not row.called_off_at and dice.random() < 0.5:
            row.room, row.place = room, ""
            taken[room.pk].append(row)


def _moves(world, dice):
    """Some sessions were to be held at another time, or by somebody else."""
    for row in [row for row in world.rows[Appointment] if not row.called_off_at and dice.random() < 0.14]:
        moved_at = row.made_at + timedelta(minutes=dice.randint(20, 100))
        colleague = dice.random() < 0.2
        world.add(
            AppointmentMove,
            appointment=row,
            person=row.person,
            before_at=row.at if colleague else row.at + timedelta(hours=dice.choice([1, 2, 24, 26])),
            before_minutes=row.minutes,
            before_place=row.place,
            before_room=row.room if colleague else None,
            before_worker=dice.choice(world.workers) if colleague else row.worker,
            why=NEW_WORKER if colleague else dice.choice(WHY_MOVED),
            by=row.worker,
            at=moved_at,
        )


def _commitment(world, dice, person, at):
    """An hour or two, as staff heard of it; one in ten was taken back."""
    kind = dice.choices(list(KINDS), KINDS.values())[0]
    recorded_at = days.moment(days.working_before(min(at.date(), world.today), dice.randint(1, 4)), time(9, 20))
    by = dice.choice(world.workers)
    taken_back = {}
    if dice.random() < 0.1:
        taken_back = {"withdrawn_at": recorded_at + timedelta(hours=3), "withdrawn_by": by}
    world.add(
        Commitment,
        rng=dice,
        person=person,
        kind=kind,
        starts_at=at,
        ends_at=at + timedelta(minutes=dice.choice([30, 60, 60, 90, 120])),
        said_by=SAID[kind],
        recorded_by=by,
        recorded_at=recorded_at,
        **taken_back,
    )


def _clashes(world, dice):
    """A few of the sessions to come stand at a time at which the person has something else."""
    coming = [row for row in world.rows[Appointment] if row.at.date() >= world.today and not row.called_off_at]
    for row in dice.sample(coming, len(coming) // 8):
        _commitment(world, dice, row.person, row.at - timedelta(minutes=15))
