"""Peer supporters: those at work, put forward or suspended now, and those who stopped. With dice of its own, once the year is over."""

import random
from datetime import time, timedelta

from casework.models import Case
from interventions.models import PeerStep, PeerSupporter, PeerWing, Supervision
from reporting.operations.demo import days

State, What = PeerSupporter.State, PeerStep.What
# state, wings that are covered, whether security cleared him, whether he is trained
NOW = [
    (State.ACTIVE, "DB", True, True),
    (State.ACTIVE, "D", True, True),
    (State.ACTIVE, "FG", True, True),
    (State.ACTIVE, "H", True, True),
    (State.ACTIVE, "A", True, True),
    (State.ACTIVE, "JK", True, True),
    (State.SUSPENDED, "C", True, True),
    (State.PROPOSED, "", True, False),
    (State.PROPOSED, "", False, False),
]
STOPPED = ["Released", "Transferred to another prison", "Wants to work in the kitchen", "Released"]
SECURITY = ["SO Sample, security", "CM Example, security"]
TALKED = [
    "Helped two new people on the wing to write slips. Asked what to do when somebody is angry.",
    "Quiet fortnight. Brought a man to the Friday drop-in.",
    "Was asked to carry something and said no. We went through it.",
    "Wants to speak at the next group. We agreed how.",
]
AGAIN = 14


LONG = 40  # so many of those who are, or were, here longest may have been chosen


def fill(world):
    """Nine now, of whom seven are or were at work, and four who stopped."""
    dice = random.Random(f"peers {world.prison.code} {world.today}")
    able = [stay for stay in world.caseload.values() if id(stay) in world.here and stay.worker and not stay.vulnerable]
    able = sorted(able, key=lambda stay: (stay.spell.received_on, stay.person.number))[:LONG]
    for number, (stay, given) in enumerate(zip(dice.sample(able, len(NOW)), NOW, strict=True)):
        _now(world, dice, stay, *given, late=number in {1, 4})
    helped = {id(case.spell) for case in world.rows[Case]}
    left = [stay for stay in world.gone if id(stay.spell) in helped and stay.spell.ended_at]
    left = sorted(left, key=lambda stay: (stay.spell.received_on - stay.spell.ended_at.date(), stay.person.number))[
        :LONG
    ]
    for stay, why in zip(dice.sample(left, len(STOPPED)), STOPPED, strict=True):
        _stopped(world, dice, stay, why)


def _now(world, dice, stay, state, wings, cleared, trained, *, late):
    put_forward = world.today - timedelta(days=dice.randint(95, 125) if trained else dice.randint(8, 20))
    peer = _peer(world, dice, stay, max(put_forward, stay.spell.received_on), state=state)
    _ready(world, dice, peer, cleared, trained)
    if not trained:
        return
    begun = _begin(world, dice, peer, wings)
    last = _supervise(world, dice, peer, begun, world.today - timedelta(days=AGAIN + 3 if late else 0))
    peer.supervision_due = last + timedelta(days=AGAIN)
    if wings == "DB":  # was suspended once, and came back
        _step(world, peer, What.SUSPENDED, begun + timedelta(days=20), note="A phone was found in the cell")
        _step(world, peer, What.CAME_BACK, begun + timedelta(days=33), note="It was not his; security agreed")
    if state == State.SUSPENDED:
        on = days.working_before(world.today, 3)
        peer.suspended_on, peer.suspended_why = on, "A fight on the landing"
        _step(world, peer, What.SUSPENDED, on, note=peer.suspended_why)


def _stopped(world, dice, stay, why):
    on = stay.spell.ended_at.date()
    put_forward = max(on - timedelta(days=95), stay.spell.received_on)
    peer = _peer(world, dice, stay, put_forward, state=State.ENDED, ended_on=on, end_why=why)
    _ready(world, dice, peer, True, True)
    begun = _begin(world, dice, peer, "G", until=on)
    _supervise(world, dice, peer, begun, on)
    _step(world, peer, What.STOPPED, on, note=why)


def _peer(world, dice, stay, day, **given):
    by = stay.worker or dice.choice(world.present(day))
    at = days.moment(day, time(15), dice.randint(0, 50))
    row = {"person": stay.person, "proposed_on": day, "supervised_by": by, "made_by": by, "made_at": at}
    peer = world.add(PeerSupporter, **row, **given, rng=dice)
    _step(world, peer, What.PUT_FORWARD, day, note="Patient, and others listen to him")
    return peer


def _ready(world, dice, peer, cleared, trained):
    if cleared:
        peer.cleared_on, peer.cleared_by = peer.proposed_on + timedelta(days=6), dice.choice(SECURITY)
        _step(world, peer, What.CLEARED, peer.cleared_on, said_by=peer.cleared_by)
    if trained:
        peer.trained_on = peer.proposed_on + timedelta(days=10)
        _step(world, peer, What.TRAINED, peer.trained_on)


def _begin(world, dice, peer, wings, until=None):
    begun = peer.trained_on + timedelta(days=dice.randint(1, 5))
    for code in wings:
        world.add(PeerWing, peer=peer, person=peer.person, wing=world.wings[code], from_on=begun, until_on=until)
    _step(world, peer, What.BEGAN, begun)
    return begun


def _supervise(world, dice, peer, begun, until):
    """Every two weeks or so; returns the day of the last."""
    last = begun
    while (on := days.working_after(last + timedelta(days=AGAIN - dice.randint(0, 2)), 0)) < until:
        row = {
            "peer": peer,
            "person": peer.person,
            "on": on,
            "by": peer.supervised_by,
            "note": TALKED[len(world.rows[Supervision]) % len(TALKED)],
        }
        at = days.between(dice, on, 14, 16)
        world.add(Supervision, **row, next_on=on + timedelta(days=AGAIN), recorded_at=at, rng=dice)
        last = on
    return last


def _step(world, peer, what, on, **given):
    at = days.moment(on, time(16), 10)
    world.add(PeerStep, peer=peer, person=peer.person, what=what, on=on, by=peer.supervised_by, at=at, **given)
