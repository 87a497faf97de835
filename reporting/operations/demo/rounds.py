"""Wing rounds: brief contacts of one worker on one wing and day belong together, and in the last days some walked along a whole wing."""

import random
from datetime import time, timedelta

from casework.models import Location
from interventions.models import Contact, WingRound
from reporting.operations.demo import days, notes

Outcome = Contact.Outcome
BRIEF = "BRIEF"
LONG, FEWEST, MOST = 4, 5, 12
MINUTES = 10
MISSED = [Outcome.PERSON_REFUSED, Outcome.PERSON_CLASH, Outcome.REGIME_NOT_UNLOCKED]


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"rounds {world.prison.code} {world.today}")
    for (worker, place, _), contacts in _together(world).items():
        if len(contacts) > 1:
            made = _round(world, dice, place.removesuffix(" wing"), worker, contacts[0].at, contacts[-1].recorded_at)
            for contact in contacts:
                contact.round = made
    walked = 0
    for code in dice.sample(sorted(world.wings), len(world.wings)):
        walked += _walk(world, dice, code, days.working_before(world.today, dice.randint(1, 4))) if walked < LONG else 0


def _together(world):
    """The brief contacts of each worker on each wing and day, in order."""
    found = {}
    for contact in sorted(world.rows[Contact], key=lambda row: row.at):
        if contact.type.code == BRIEF and contact.place.removesuffix(" wing") in world.wings:
            found.setdefault((contact.worker, contact.place, contact.at.date()), []).append(contact)
    return found


def _walk(world, dice, code, day):
    """Somebody who was free that afternoon went along the wing, cell by cell; whether there was anybody to see and to go."""
    people = [stay for stay in world.caseload.values() if stay.wing == code and _was_in(world, stay, day)]
    free = [worker for worker in world.present(day) if (worker.pk, day, "PM") not in world.diary]
    if len(people) < FEWEST or not free:
        return False
    worker, at = dice.choice(free), days.moment(day, time(13, 40), 5 * dice.randint(0, 4))
    written_at = at + timedelta(minutes=150)
    world.diary[worker.pk, day, "PM"] = written_at
    made = _round(world, dice, code, worker, at, written_at)
    for stay in sorted(people, key=lambda stay: stay.location.cell_key)[: dice.randint(8, MOST)]:
        world.busy.add((id(stay), day, "PM"))
        held = dice.random() < 0.8
        world.add(
            Contact,
            rng=dice,
            person=stay.person,
            case=stay.case,
            worker=worker,
            type=made.type,
            at=at,
            minutes=MINUTES,
            place=f"{code} wing",
            outcome=Outcome.TOOK_PLACE if held else dice.choice(MISSED),
            note=notes.contact(dice, BRIEF, stay) if held else "",
            round=made,
            recorded_by=worker,
            recorded_at=written_at,
        )
    return True


def _was_in(world, stay, day):
    """Whether he was in his cell that afternoon, with a case open, and nobody else saw him."""
    settled = max(stay.spell.received_on, stay.case.opened_on, stay.location.from_at.date())
    away = day in stay.out or stay.location.whereabouts != Location.Whereabouts.IN
    return settled < day and not away and (id(stay), day, "PM") not in world.busy


def _round(world, dice, code, worker, at, recorded_at):
    return world.add(
        WingRound,
        rng=dice,
        wing=world.wings[code],
        worker=worker,
        type=world.types[BRIEF],
        at=at,
        minutes=MINUTES,
        recorded_by=worker,
        recorded_at=recorded_at,
    )
