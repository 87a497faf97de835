"""The team's diary: nobody is in two places at once, and everything happens within the prison's core day."""

from datetime import timedelta

from reporting.operations.demo import days, places

SLOTS = {name: (first, last) for name, first, last in places.REGIME}
DAYTIME = ["AM", "PM"]


def book(world, worker, people, day, minutes, slots):
    """When ``worker`` can see these people, in one of the slots; None when it does not fit."""
    for slot in slots:
        if any((id(stay), day, slot) in world.busy for stay in people):
            continue
        first, last = SLOTS[slot]
        at = world.diary.get((worker.pk, day, slot), days.moment(day, first))
        at += timedelta(minutes=5 * world.rng.choice([0, 0, 1, 2]))
        until = at + timedelta(minutes=minutes)
        if until <= days.moment(day, last):
            world.diary[worker.pk, day, slot] = until
            world.busy.update((id(stay), day, slot) for stay in people)
            return at
    return None


def book_anyone(world, people, day, minutes, slots, *, first=None):
    """A worker and a time: ``first`` if he is here and free, else somebody else. None when nobody is."""
    present = world.present(day)
    others = world.rng.sample(present, len(present))
    for worker in [first, *others] if first in present else others:
        if at := book(world, worker, people, day, minutes, slots):
            return worker, at
    return None


def slots(rng):
    """The slots to try, mostly in daytime."""
    drawn = rng.sample(DAYTIME, 2)
    return ["ED", *drawn] if rng.random() < 0.05 else drawn


def written_up(world, at, minutes):
    """When somebody had time to record what ended ``minutes`` after ``at``: the same day."""
    return at + timedelta(minutes=minutes + world.rng.randint(4, 45))
