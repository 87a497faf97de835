"""What the team does all day: about 1,200 contacts a month that count, of which more than 200 are structured one-to-ones."""

from datetime import timedelta
from itertools import islice

from interventions.models import Contact
from reporting.operations.demo import alerts, bookings, custody, days, notes

Outcome = Contact.Outcome
MONTHLY = {
    "ONE_TO_ONE": 222,
    "BRIEF": 280,
    "HARM_REDUCTION": 80,
    "ACCT": 40,
    "SEGREGATION": 40,
    "RELEASE": 75,
    "ADVICE": 75,
    "LETTER": 40,
}
NOT_HELD = {"ONE_TO_ONE": 62, "RELEASE": 10, "HARM_REDUCTION": 8, "BRIEF": 6}
WHY_NOT = {
    Outcome.PERSON_REFUSED: 26,
    Outcome.PERSON_ILL: 10,
    Outcome.PERSON_CLASH: 18,
    Outcome.REGIME_NOT_UNLOCKED: 20,
    Outcome.REGIME_CURTAILED: 10,
    Outcome.REGIME_MOVED: 4,
    Outcome.TEAM_NO_ROOM: 7,
    Outcome.TEAM_ABSENT: 5,
}
NOT_HELD_NOTES = {
    "PERSON": ["To be offered again.", "Says he will come next time.", "Left a note under the door."],
    "REGIME": ["Rebooked.", "Wing staff short today.", "Told him through the door; rebooked."],
    "TEAM": ["Rebooked with an apology.", "No room free on the wing."],
}
MINUTES = {
    "ONE_TO_ONE": [25, 30, 40, 45, 45, 45, 50, 60],
    "BRIEF": [5, 5, 10, 10, 15],
    "HARM_REDUCTION": [15, 20, 20, 25],
    "ACCT": [30, 40, 45],
    "SEGREGATION": [10, 15, 15, 20],
    "RELEASE": [25, 30, 30, 40],
    "ADVICE": [5, 10, 10],
    "LETTER": [10, 15],
}
GROUPS = 10  # a month
PLACES = {"ACCT": "Wing office", "SEGREGATION": "Segregation unit", "LETTER": "Team office"}


def plan_month(world, first):
    """On which days what is to be done. The month that is not over yet gets its share of each."""
    working = days.working(first, days.next_month(first))
    for planned, held in [(MONTHLY, True), (NOT_HELD, False)]:
        for code, count in planned.items():
            for day in world.rng.choices(working, k=int(count * world.rng.uniform(0.97, 1.03))):
                world.orders[day].append((code, held))
    for day in sorted(world.rng.sample(working, GROUPS)):
        world.orders[day].insert(0, ("GROUP", True))


def work(world, day):
    """One working day: drop-ins, groups, then one by one."""
    if day.weekday() == 4:
        _drop_in(world, day, "3D association area", world.rng.randint(19, 25), custody.VULNERABLE, False)
    if day.weekday() == 2:
        _drop_in(world, day, "K association area", world.rng.randint(8, 11), custody.VULNERABLE, True)
    for code, held in world.orders.pop(day, []):
        if code == "GROUP":
            _group(world, day)
        else:
            _one(world, day, code, held)


def _one(world, day, code, held):
    """One contact with one person."""
    stay = _whom(world, day, code)
    minutes = world.rng.choice(MINUTES[code])
    if code == "ONE_TO_ONE" and held and world.chance(0.03):
        minutes = 15  # Cut short: it counts as an intervention, not as a structured one-to-one.
    booked = stay and bookings.book_anyone(
        world, [stay], day, minutes, bookings.slots(world.rng), first=_usual(world, stay)
    )
    if not booked:
        return
    worker, at = booked
    if held:
        row = _log(world, stay, code, worker, at, minutes, notes.contact(world.rng, code, stay))
        stay.seen = day
        stay.contacts.append(row)
    else:
        outcome = world.rng.choices(list(WHY_NOT), WHY_NOT.values())[0]
        note = world.rng.choice(NOT_HELD_NOTES[outcome.split("_")[0]])
        _log(world, stay, code, worker, at, minutes, note, outcome=outcome)


def _whom(world, day, code):
    """Who is seen: whoever of five was not seen for longest. Most kinds are for the caseload, some for anybody whom they fit."""
    anybody = code in FOR_ANYBODY or (code == "BRIEF" and world.chance(0.15))
    people = list((world.here if anybody else world.caseload).values())
    drawn = world.rng.sample(people, len(people) if code in RARE else 40)
    fits = RARE.get(code, lambda stay, day: True)
    able = (
        stay
        for stay in drawn
        if world.available(stay, day)
        and (anybody or stay.case.opened_on < day)
        and (code != "ONE_TO_ONE" or (stay.allocation and "RNO121" not in stay.alerts))
        and fits(stay, day)
    )
    return min(islice(able, 5), key=lambda stay: stay.seen or stay.spell.received_on, default=None)


def _on_acct(stay, day):
    return alerts.OPEN_ACCT in stay.alerts


def _in_segregation(stay, day):
    return stay.wing == custody.SEGREGATION


def _is_due_out(stay, day):
    released_on = stay.released_on
    return released_on is not None and (released_on - day).days < 70


FOR_ANYBODY = {"ADVICE", "ACCT", "SEGREGATION"}
RARE = {"ACCT": _on_acct, "SEGREGATION": _in_segregation, "RELEASE": _is_due_out}


def _usual(world, stay):
    """His own worker, mostly."""
    return stay.worker if world.chance(0.85) else None


def _group(world, day):
    """A session of an hour and a half with about eleven men, most of whom were in none this month."""
    able = [
        stay
        for stay in world.caseload.values()
        if world.available(stay, day)
        and stay.case.opened_on < day
        and stay.wing not in (custody.SEGREGATION, custody.VULNERABLE)
    ]
    fresh = [stay for stay in able if not stay.in_group or stay.in_group.month != day.month]
    again = [stay for stay in able if stay not in fresh]
    people = world.rng.sample(fresh, world.rng.randint(10, 12))
    people += world.rng.sample(again, min(len(again), world.rng.randint(0, 1)))
    booked = bookings.book_anyone(world, people, day, 90, world.rng.sample(bookings.DAYTIME, 2))
    if not booked:
        return
    worker, at = booked
    topic, place = world.rng.choice(notes.TOPICS), world.rng.choice(["Recovery group room 1", "Recovery group room 2"])
    for stay in people:
        if world.chance(0.07):
            _log(world, stay, "GROUP", worker, at, 90, f"{topic}.", outcome=Outcome.PERSON_REFUSED, place=place)
            continue
        row = _log(world, stay, "GROUP", worker, at, 90, notes.contact(world.rng, "GROUP", stay, topic), place=place)
        stay.in_group = day
        stay.contacts.append(row)


def _drop_in(world, day, place, count, wing, only):
    """An afternoon's open door: of ``wing`` only, or of every wing but that. Some who come have no case."""
    able = [
        stay
        for stay in world.here.values()
        if (stay.wing == wing) == only
        and stay.wing != custody.SEGREGATION
        and world.available(stay, day)
        and not (stay.case and stay.case.opened_on >= day)
    ]
    known, others = [stay for stay in able if stay.case], [stay for stay in able if not stay.case]
    people = world.rng.sample(known, min(len(known), int(count * 0.75)))
    people += world.rng.sample(others, min(len(others), count - len(people)))
    booked = bookings.book_anyone(world, people, day, 120, ["PM"])
    if not booked:
        return
    worker, at = booked
    for stay in people:
        came = at + timedelta(minutes=5 * world.rng.randint(0, 18))
        _log(world, stay, "DROP_IN", worker, came, world.rng.choice([10, 15, 15, 20]), place=place)


def _log(world, stay, code, worker, at, minutes, note=None, *, outcome=Outcome.TOOK_PLACE, place=None):
    """The row, written up by the one who did the work."""
    return world.add(
        Contact,
        person=stay.person,
        case=stay.case,
        worker=worker,
        type=world.types[code],
        at=at,
        minutes=minutes,
        place=place or PLACES.get(code) or f"{stay.wing} wing",
        outcome=outcome,
        note=notes.contact(world.rng, code, stay) if note is None else note,
        recorded_by=worker,
        recorded_at=bookings.written_up(world, at, minutes),
    )
