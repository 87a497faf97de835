"""Whose record is restricted, who opened a record outside his own work and why, and the answers that are rarer than a handover's.

All of it comes after the last day, from chances of its own, so that the work of the months is the same with and without it.
"""

import random
from datetime import time, timedelta

from casework.models import Consent, RecordAccess, Restriction, RestrictionAccess
from reporting.operations.demo import days, staff

Purpose, How = Consent.Purpose, Consent.How
REASONS = [
    "Covering the wing this afternoon, he asked for somebody",
    "Healthcare rang about his prescription and his worker was at lunch",
    "Spoke to him on the landing, wanted to write it up",
    "Getting ready for the recovery meeting on Thursday",
    "He asked at the gate of the workshop who his worker is now",
    "Safer custody asked what is known of his drinking",
]
WITNESSES = ["", "", "", "Wing officer", "Nurse from the clinical team"]
WORDING = {Purpose.NDTMS: "2026-N1"}


def build(world):
    """Everything, once the prison has been lived through."""
    chance = random.Random(f"access {world.prison.code} {world.today}")
    restricted = _restrict(world)
    _open_records(world, chance, restricted)
    _complete_answers(world, chance)
    _ask_for_more(world, chance)


def _visitors(world):
    """The keyworkers whom somebody can sign in as."""
    return [worker for worker in world.workers if worker.password != staff.UNUSABLE]


def _held(world, worker):
    """People whose case ``worker`` holds for a while already, in order of number."""
    stays = [stay for stay in world.caseload.values() if stay.worker == worker and not stay.handover]
    return sorted(stays, key=lambda stay: stay.person.number)


def _restrict(world):
    """Two people: one whose keyworker can sign in and is named, one whom none of those who sign in as keyworkers may see."""
    visitor = _visitors(world)[0]
    stranger = next(worker for worker in world.workers if worker.password == staff.UNUSABLE and _held(world, worker))
    ours, theirs = _held(world, visitor)[0], _held(world, stranger)[0]
    at = days.moment(days.working_before(world.today, 6), time(10, 20))
    _hide(
        world,
        ours,
        Restriction.Kind.STAFF_RELATIVE,
        "Nephew of an officer on another wing",
        [visitor, world.manager],
        at,
    )
    _hide(
        world,
        theirs,
        Restriction.Kind.HIGH_PROFILE,
        "His trial was in the newspapers",
        [stranger],
        at + timedelta(days=1),
    )
    lifted = _held(world, visitor)[1]
    row = _hide(
        world, lifted, Restriction.Kind.OTHER, "Threats after an incident on the wing", [visitor, world.manager], at
    )
    row.lifted_at, row.lifted_by = at + timedelta(days=3), world.manager
    row.lifted_why = "The others have left the prison"
    return [ours.person, theirs.person]


def _hide(world, stay, kind, reason, named, at):
    row = world.add(
        Restriction,
        person=stay.person,
        number=stay.person.number,
        kind=kind,
        reason=reason,
        made_at=at,
        made_by=world.manager,
    )
    for user in named:
        world.add(RestrictionAccess, restriction=row, user=user, from_at=at, given_by=world.manager)
    return row


def _open_records(world, chance, restricted):
    """One or two a day for a fortnight: those of the last working day wait to be read, and some older ones too."""
    others = sorted(
        (stay for stay in world.caseload.values() if stay.allocation and stay.person not in restricted),
        key=lambda stay: stay.person.number,
    )
    for back in range(1, 11):
        day = days.working_before(world.today, back)
        for _ in range(3 if back == 1 else chance.randint(0, 2)):
            stay = chance.choice([each for each in others if each.allocation.from_at.date() < day])
            user = chance.choice([worker for worker in world.present(day) if worker != stay.worker])
            at = days.moment(day, time(chance.randint(9, 15)), chance.randint(0, 59))
            row = world.add(
                RecordAccess,
                person=stay.person,
                user=user,
                reason=chance.choice(REASONS),
                from_at=at,
                until_at=at + timedelta(hours=RecordAccess.HOURS),
            )
            if back > 4 or (back > 1 and chance.random() < 0.6):
                row.read_at = days.moment(days.working_after(day, 1), time(9), chance.randint(0, 59))
                row.read_by = world.manager


def _complete_answers(world, chance):
    """Who asked for the answers of the months, how they were given, and who else was there."""
    ways = [How.IN_PERSON] * 6 + [How.IN_WRITING] * 3 + [How.TELEPHONE, How.INTERPRETER]
    for row in world.rows[Consent]:
        row.how, row.asked_by, row.witness = chance.choice(ways), row.recorded_by, chance.choice(WITNESSES)
        if row.withdrawn_at:
            row.withdrawn_how = chance.choice([How.IN_PERSON, How.IN_PERSON, How.IN_WRITING])


def _ask_for_more(world, chance):
    """NDTMS is asked of two in three; meetings and visits of some; one answer of each kind has run out."""
    stays = sorted((stay for stay in world.caseload.values() if stay.allocation), key=lambda stay: stay.person.number)
    for number, stay in enumerate(stays):
        day = stay.allocation.from_at.date()
        if chance.random() < 0.66:
            _answer(world, chance, stay, day, Purpose.NDTMS, None)
        if chance.random() < 0.15:
            _answer(world, chance, stay, day, Purpose.MEETING, stay.area)
        if chance.random() < 0.15:
            _answer(world, chance, stay, day, Purpose.WING_VISITS, stay.area)
        if number % 90 == 0:
            row = _answer(world, chance, stay, day, Purpose.MEETING, world.agencies[-1], given=True)
            row.withdrawn_at = row.withdrawn_by = None
            row.withdrawn_how = ""
            row.expires_on = min(row.asked_on + timedelta(days=1), world.today - days.DAY)
            row.asked_on = row.expires_on - timedelta(days=30)


def _answer(world, chance, stay, day, purpose, agency, given=None):
    given = chance.random() < 0.85 if given is None else given
    at = days.moment(day, time(16), chance.randint(0, 50))
    row = world.add(
        Consent,
        person=stay.person,
        agency=agency,
        purpose=purpose,
        given=given,
        how=chance.choice(list(How)),
        wording=WORDING.get(purpose, "2026-2" if day.isoformat() >= "2026-11-01" else "2026-1"),
        asked_on=day,
        asked_by=stay.worker,
        witness=chance.choice(WITNESSES),
        expires_on=day + timedelta(days=365),
        recorded_at=at,
        recorded_by=stay.worker,
    )
    if given and chance.random() < 0.08 and day < world.today - timedelta(days=2):
        row.withdrawn_at, row.withdrawn_by = at + timedelta(days=1), stay.worker
        row.withdrawn_how = How.IN_PERSON
    return row
