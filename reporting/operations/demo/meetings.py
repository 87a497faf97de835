"""The recovery meetings of the year, every other week, and the one that is to be held today.

Invented once the year is over, from who was due out when, with dice of its own.
"""

import random
from datetime import time, timedelta

from casework.models import Agency, Allocation, Case, Consent, CustodySpell
from partners.models import Meeting, MeetingAction, MeetingAgency, MeetingItem, MeetingMinutes, MeetingSeries
from reporting.operations.demo import days, places

EVERY = timedelta(weeks=2)
HORIZON = timedelta(weeks=12)
MOST = 16  # people at one meeting; more than that nobody gets through in a morning
AT = time(10)
OUT = {CustodySpell.End.RELEASED, CustodySpell.End.RELEASED_COURT}
NEEDS = [
    "A room: cannot go back to his sister’s.",
    "An appointment before the weekend of his release.",
    "Identity papers, and somebody who goes with him to the bank.",
    "A group near home. Works best in the mornings.",
    "His prescription to go on without a gap.",
    "Somebody at the gate; he has gone missing between gate and bus before.",
    "",
]
SAID = [
    "Doing well on the wing. Wants to go back to his old worker outside.",
    "Probation has approved the address; the hostel holds a bed for the first week.",
    "Has lost touch with his family. The agency knows his brother and asks him first.",
    "Tolerance is low and he knows it. Naloxone is agreed for the day.",
    "He is worried about the first evening. The agency rings him at six.",
    "Nothing new since the last meeting.",
]
OURS = [
    "Write to the court about his papers",
    "Ask the wing for a call home",
    "See him about naloxone",
    "Book the gate for nine",
]
THEIRS = ["Hold a bed for the first week", "Ring his mother", "Offer the first appointment", "Meet him at the gate"]
GENERAL = (
    "The hostel in town has two rooms less until the summer. The gate asks everybody to bring the letter with them."
)
NOTES = ["Done by telephone.", "He was glad of it.", "", ""]
CAME = ["Duty worker", "Duty worker and the manager", "Resettlement worker"]


def fill(world):
    """Every meeting since the start with whom it talked about, and today’s with its list."""
    dice = random.Random(f"meetings {world.prison.code} {world.today}")
    last = world.today if days.is_working(world.today) else days.working_before(world.today, 1)
    first = last
    while first - EVERY >= world.start:
        first -= EVERY
    series = world.add(
        MeetingSeries, rng=dice, weeks=2, from_on=first, at=AT, room=world.rooms[0], made_by=world.manager,
        made_at=days.moment(first - timedelta(days=20), time(11)),
    )  # fmt: skip
    people = _people(world, dice)
    invited = [agency for agency in world.agencies if agency.kind == Agency.Kind.DIP and agency.name != places.LAPSED]
    planned = [first + EVERY * number for number in range((last - first) // EVERY + 1)]
    for number, day in enumerate(planned):
        _meeting(world, dice, series, day, people, invited, number, state=_state(number, len(planned)))


def _state(number, count):
    if number == count - 1:
        return Meeting.State.PLANNED
    return Meeting.State.CANCELLED if number % 9 == 2 else Meeting.State.CLOSED


def _people(world, dice):
    """(case, release, worker, consent) of whoever was or is due out and agreed that his home agency may hear of it."""
    workers = {id(row.case): row.worker for row in world.rows[Allocation]}
    asked = {(id(row.person), row.agency.pk) for row in world.rows[Consent] if row.purpose == Consent.Purpose.MEETING}
    agreed = {
        (id(row.person), row.agency.pk): row
        for row in world.rows[Consent]
        if row.purpose == Consent.Purpose.MEETING
        and row.given
        and not row.withdrawn_at
        and row.expires_on >= world.today
    }
    stays = {id(stay.spell): stay for stay in [*world.gone, *world.here.values()]}
    found = []
    for case in world.rows[Case]:
        stay, worker = stays.get(id(case.spell)), workers.get(id(case))
        release_on = stay and _release(stay)
        if not release_on or not worker or stay.area.kind != Agency.Kind.DIP or stay.area.name == places.LAPSED:
            continue
        key = (id(stay.person), stay.area.pk)
        consent = agreed.get(key)
        if consent is None and key not in asked and dice.random() < 0.4 and case.opened_on < world.today - days.DAY:
            consent = agreed[key] = _consent(world, dice, case, stay.area, worker)
            asked.add(key)
        if consent:
            found.append((case, release_on, worker, consent))
    return sorted(found, key=lambda each: (each[1], each[0].person.number))


def _release(stay):
    """When somebody went out, or is to go."""
    spell = stay.spell
    if spell.ended_at:
        return spell.ended_at.date() if spell.end in OUT else None
    return stay.released_on


def _consent(world, dice, case, agency, worker):
    day = case.opened_on
    at = days.moment(day, time(16), dice.randint(0, 50))
    return world.add(
        Consent, rng=dice, person=case.person, agency=agency, purpose=Consent.Purpose.MEETING, given=True,
        how=Consent.How.IN_PERSON, wording="2026-1", asked_on=day, asked_by=worker,
        expires_on=max(day + timedelta(days=365), world.today + timedelta(days=90)), recorded_at=at, recorded_by=worker,
    )  # fmt: skip


def _meeting(world, dice, series, day, people, invited, number, *, state):
    at = days.moment(day, AT)
    meeting = world.add(
        Meeting, rng=dice, series=series, starts_at=at, room=world.rooms[0], state=state, made_by=world.manager,
        made_at=at - timedelta(days=13, hours=21),
    )  # fmt: skip
    for agency in invited:
        _invite(world, dice, meeting, agency)
    if state == Meeting.State.CANCELLED:
        meeting.cancelled_why = dice.choice(["No room that morning.", "The prison was locked down."])
        return
    if state == Meeting.State.CLOSED:
        meeting.minutes = GENERAL if number % 3 == 0 else ""
        meeting.team_present = "The manager and two keyworkers"
        meeting.closed_at, meeting.closed_by = at + timedelta(hours=3), world.manager
    due = [
        each
        for each in people
        if day <= each[1] <= day + HORIZON
        and each[0].opened_on < day
        and each[3].asked_on < day
        and not (each[0].closed_on and each[0].closed_on <= day)
    ]
    for case, release_on, worker, consent in due[:MOST]:
        _item(world, dice, meeting, day, case, release_on, worker, consent.agency)
    if state == Meeting.State.CLOSED and day >= world.today - EVERY - days.DAY:
        for agency in [None, *invited]:
            world.add(
                MeetingMinutes, meeting=meeting, agency=agency, asked_by=world.manager, asked_at=meeting.closed_at
            )


def _invite(world, dice, meeting, agency):
    closed = meeting.state == Meeting.State.CLOSED
    came = closed and dice.random() < 0.8
    world.add(
        MeetingAgency,
        meeting=meeting,
        agency=agency,
        invited_at=meeting.made_at,
        attended=came if closed else None,
        who=dice.choice(CAME) if came else "",
    )


def _item(world, dice, meeting, day, case, release_on, worker, agency):
    born, closed = case.person.date_of_birth, meeting.state == Meeting.State.CLOSED
    identity = {
        "name": case.person.name,
        "number": case.person.number,
        "date_of_birth": born.isoformat() if born else None,
        "worker": worker.full_name,
    }
    item = world.add(
        MeetingItem, rng=dice, meeting=meeting, person=case.person, case=case, identity=identity, release_on=release_on,
        needs=dice.choice(NEEDS), said=dice.choice(SAID) if closed else "", listed_by=world.manager,
        listed_at=meeting.made_at,
    )  # fmt: skip
    if not closed:
        return
    for whose in dice.choice([[], ["ours"], ["theirs"], ["ours", "theirs"]]):
        _action(world, dice, item, day, worker if whose == "ours" else None, agency)


def _action(world, dice, item, day, worker, agency):
    due_on = days.working_after(day + timedelta(days=dice.randint(5, 16)), 0)
    action = world.add(
        MeetingAction, rng=dice, item=item, person=item.person, what=dice.choice(OURS if worker else THEIRS), worker=worker,
        agency=None if worker else agency, due_on=due_on, made_by=world.manager, made_at=item.meeting.starts_at,
    )  # fmt: skip
    done_on = days.working_before(due_on, dice.randint(0, 3))
    if day < done_on < world.today and dice.random() < 0.88:
        action.done_on, action.note = done_on, dice.choice(NOTES)
        action.done_by = worker or world.partners[agency.pk]
