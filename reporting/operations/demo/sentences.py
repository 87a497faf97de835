"""Legal status and release dates, as the prison gives them. We never compute a date: here the story does, and records it."""

from datetime import time, timedelta

from casework.models import CustodySpell, LegalStatus, ReleaseDate
from reporting.operations.demo import days

End = CustodySpell.End
REMANDED = {"REMAND", "CONVICTED_UNSENTENCED"}


def begin(world, stay, at):
    """The legal status on reception. Those who will be sentenced here get the day on which they are."""
    rng, first = world.rng, stay.spell.received_on
    if stay.end == End.RELEASED_COURT:
        return _status(world, stay, "CONVICTED_UNSENTENCED" if world.chance(0.15) else "REMAND", at)
    if world.chance(0.4) and (stay.leaves - first).days > 20:
        sentenced_on = days.working_after(first + (stay.leaves - first) * rng.uniform(0.15, 0.6), 0)
        if world.start <= sentenced_on < stay.leaves - 2 * days.DAY:
            _status(world, stay, "REMAND", at)
            world.later(sentenced_on, _sentence, stay)
            stay.sentenced_on = sentenced_on
            return None
    recalled = stay.end == End.RELEASED and (stay.reason == "PD" or world.chance(0.1))
    _status(world, stay, "RECALL" if recalled else "SENTENCED", at)
    return _give_dates(world, stay, at)


def _sentence(world, stay, day):
    at = days.moment(day, time(12))
    stay.status.until_at = at
    _status(world, stay, "SENTENCED", at)
    _give_dates(world, stay, at + timedelta(hours=3))


def _status(world, stay, status, at):
    stay.status = world.add(LegalStatus, spell=stay.spell, status=status, from_at=at)


def _give_dates(world, stay, at):
    """The release date; for about one in five it is moved later on, and it is confirmed in the last weeks."""
    rng = world.rng
    staying = 0 if stay.end == End.RELEASED else rng.randint(60, 900)
    final = stay.leaves + timedelta(days=staying)
    kind = "POST_RECALL" if stay.status.status == "RECALL" else rng.choice(["CONDITIONAL", "CONDITIONAL", "AUTOMATIC"])
    left = (stay.leaves - max(at.date(), world.start)).days
    if left > 70 and world.chance(0.22):
        _date(world, stay, kind, final + timedelta(days=rng.choice([-21, -14, -7, 10, 14, 28])), at)
        moved_on = stay.leaves - timedelta(days=rng.randint(50, left - 5))
        world.later(days.working_after(moved_on, 0), _move, stay, kind, final)
    else:
        _date(world, stay, kind, final, at)
    if world.chance(0.4):
        _date(world, stay, "SENTENCE_EXPIRY", final + timedelta(days=rng.randint(30, 500)), at)
    confirmed_on = days.working_after(stay.leaves - timedelta(days=rng.randint(12, 24)), 0)
    if stay.end == End.RELEASED and at.date() < confirmed_on < stay.leaves:
        if confirmed_on >= world.start:
            world.later(confirmed_on, _confirm, stay)
        else:
            _date(world, stay, "CONFIRMED", final, max(at, days.moment(confirmed_on, time(9))))


def _move(world, stay, day, kind, on):
    at = days.between(world.rng, day, 8, 16)
    stay.dates[kind].superseded_at = at
    _date(world, stay, kind, on, at)


def _confirm(world, stay, day):
    _date(world, stay, "CONFIRMED", stay.leaves, days.between(world.rng, day, 8, 16))


def _date(world, stay, kind, on, at):
    stay.dates[kind] = world.add(
        ReleaseDate, spell=stay.spell, kind=kind, on=on, recorded_at=at, recorded_by=world.importer
    )
