"""What the team noted beside the roll, who is kept apart, and which changes the workers have taken note of.

It is added to the finished story with chance of its own, so that the story stays as it is without it.
"""

import random
import uuid
from datetime import time, timedelta

from casework.formats import reference
from casework.formats.movement import Movement as Kind
from casework.models import Acknowledgement, Alert, KeepApart, Location, Movement, Person, ReleaseDate
from reporting.operations.demo import custody, days

Acct = Alert.Acct
SAFER_CUSTODY = ["Sam Specimen, safer custody", "CM Mockley, safer custody"]
SAID_BY = {
    "CONTACT": "SO Stencil, security",
    "SEPARATION": "SO Templar, segregation",
    "HOLD": "Nurse Draftley, healthcare",
}
WING = "SO Pretend, wing office"
NOTES = {
    "WWPAIR": "Two of us until the review.",
    "TM": "Until the hospital appointment.",
    "CSIP": "Ask for the plan's targets.",
}
TOLD = [kind for kind in Kind if kind not in (Kind.CELL_MOVE, Kind.FIRST_RECEPTION, Kind.MERGED)]


def add(world):
    """The words of safer custody, a notice of each kind, and pairs who must not meet."""
    rng = random.Random(f"notices of {world.prison.code} {world.start} {world.today}")
    _say_reviews(world, rng)
    _close_accts(world, rng)
    _note(world, rng)
    _keep_apart(world, rng)


def _say_reviews(world, rng):
    """Safer custody said when the next review is: of some it is today, of some it has gone by."""
    watched = [
        stay.alerts[code]
        for code in (Acct.OPEN, Acct.FOLLOWED_UP)
        for stay in world.here.values()
        if code in stay.alerts
    ]
    for number, alert in enumerate(watched):
        if number % 4 == 3:
            continue
        alert.review_on = world.today + timedelta(days=[0, 3, -1, 0, 5, 1, 8, 0][number % 8])
        alert.said_by, alert.recorded_by = rng.choice(SAFER_CUSTODY), rng.choice(world.workers)


def _close_accts(world, rng):
    """Of some whose follow-up is over safer custody said so; and one ACCT is open that the roll has not brought yet."""
    here = {id(stay.person): stay for stay in world.here.values()}
    over = [
        row for row in world.rows[Alert] if row.code == Acct.FOLLOWED_UP and row.until_at and id(row.person) in here
    ]
    last = {id(row.person): row for row in over if row.until_at > _received(here[id(row.person)])}
    calm = [row for key, row in last.items() if not {*Acct.values} & here[key].alerts.keys()]
    for row in calm[-6:]:
        _by_hand(world, rng, here[id(row.person)], Acct.CLOSED, row.until_at, SAFER_CUSTODY[0])
    calm = [stay for stay in _held(world) if not {*Acct.values} & stay.alerts.keys()]
    signing_in = [stay for stay in calm if stay.worker.username.startswith("keyworker")]
    opened = _by_hand(world, rng, rng.choice(signing_in or calm), Acct.OPEN, _yesterday(world, 18), SAFER_CUSTODY[1])
    opened.review_on, opened.recorded_by = world.today, world.manager


def _note(world, rng):
    """Each notice once or twice; some to be looked at again by now, and of each kind one that is over."""
    held = _held(world)
    for number, (code, meaning) in enumerate(reference.notices().items()):
        fitting = [stay for stay in held if code not in stay.alerts and _fits(stay, code)]
        said_by = SAID_BY.get(meaning.changes, WING)
        for turn, stay in enumerate(rng.sample(fitting, min(3, len(fitting)))):
            at = (
                _yesterday(world, 18)
                if code == "RNO121"
                else days.moment(world.today - timedelta(days=3 + turn), time(11))
            )
            row = _by_hand(world, rng, stay, code, max(at, _received(stay) + timedelta(hours=1)), said_by)
            row.review_on = world.today + timedelta(days=[7, -1, 0][(number + turn) % 3])
            if turn == 2:
                row.until_at, row.ended_by = _yesterday(world, 19), row.recorded_by
                row.end_said_by, row.end_why = said_by, "Looked at again: no longer needed."
                del stay.alerts[code]


def _fits(stay, code):
    """Own protection is for those who live apart, segregation for those who are there."""
    if code == "VOP":
        return stay.vulnerable
    return stay.wing == custody.SEGREGATION if code in ("WWSEG", "V45") else True


def _by_hand(world, rng, stay, code, at, said_by):
    row = world.add(
        Alert,
        person=stay.person,
        kind=reference.alert_type(code),
        code=code,
        source=Alert.Source.HAND,
        said_by=said_by,
        note=NOTES.get(code, ""),
        from_at=at,
        recorded_by=stay.worker or rng.choice(world.workers),
    )
    stay.alerts[code] = row
    return row


def _keep_apart(world, rng):
    """Pairs of people who are here, half of them on the caseload; two pairs may meet again."""
    held = rng.sample(_held(world), 12)
    others = rng.sample([stay for stay in world.here.values() if not stay.case], 12)
    place = {id(person): number for number, person in enumerate(world.rows[Person])}  # keys will follow this order
    planners = [worker for worker in world.workers if worker.duties] or [world.manager]
    for number, (one, other) in enumerate(zip(held, [*held[9:], *others[:9]], strict=True)):
        first, second = sorted([one.person, other.person], key=lambda person: place[id(person)])
        day = world.today - timedelta(days=20 - number)
        row = world.add(
            KeepApart,
            nonce=uuid.UUID(int=rng.getrandbits(128), version=4),
            person=first,
            other=second,
            scope=list(KeepApart.Scope)[number % 4],
            reason=list(KeepApart.Reason)[number % 7],
            said_by=SAID_BY["CONTACT"],
            from_on=day,
            recorded_by=rng.choice(planners),
            recorded_at=days.moment(day, time(14)),
        )
        if number in (4, 5):
            row.ended_on, row.ended_by = world.today - days.DAY, row.recorded_by
            row.end_said_by, row.end_why = SAID_BY["CONTACT"], "Mediation was held."


def acknowledge(world):
    """Each worker looks at the changes in the morning; some have not done so for a while. Rows have their keys by now."""
    held = {id(stay.person): stay for stay in _held(world)}
    last = {worker.pk: 7 + place % 9 for place, worker in enumerate(world.workers)}
    for kind, row, at in _changes(world):
        person = row.person if kind == "alert" else row.spell.person
        stay = held.get(id(person))
        noted_at = days.moment(days.working_after(at.date() + days.DAY, 0), time(8, 40))
        if (
            stay is None
            or at < stay.allocation.from_at
            or noted_at > days.moment(_days_ago(world, last, stay), time(9))
        ):
            continue
        world.add(Acknowledgement, user=stay.worker, person=person, kind=kind, key=row.pk, at=noted_at)


def _changes(world):
    """Changes of the last weeks as (kind, row, moment): the names are those of ``casework.queries.changes``."""
    since = days.moment(world.today - timedelta(days=27), time(0))
    yield from (("movement", row, row.at) for row in world.rows[Movement] if row.at > since and row.kind in TOLD)
    yield from (("date", row, row.recorded_at) for row in world.rows[ReleaseDate] if row.recorded_at > since)
    yield from (("alert", row, row.from_at) for row in world.rows[Alert] if row.from_at > since)
    wings = {}
    for row in world.rows[Location]:
        if row.wing and row.from_at > since and wings.get(id(row.spell), row.wing) != row.wing:
            yield "wing", row, row.from_at
        wings[id(row.spell)] = row.wing or wings.get(id(row.spell))


def _days_ago(world, last, stay):
    return world.today - timedelta(days=last[stay.worker.pk])


def _held(world):
    """People whose case somebody holds, here and not missing."""
    return [stay for key, stay in world.caseload.items() if stay.allocation and key in world.here]


def _received(stay):
    return days.moment(stay.spell.received_on, time(20))


def _yesterday(world, hour):
    return days.moment(world.today - days.DAY, time(hour))
