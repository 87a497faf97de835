"""Who is received, where he is put, and how he leaves."""

from datetime import time, timedelta

from casework.formats import cells
from casework.formats.movement import Movement as Kind
from casework.models import CustodySpell, Location, Movement
from reporting.operations.demo import alerts, days, names, notes, places, sentences, stays
from reporting.operations.demo.world import Stay

End = CustodySpell.End
IN, COURT, ABSENT = Location.Whereabouts.IN, Location.Whereabouts.COURT, Location.Whereabouts.ABSENT
GENERAL = ["B", "C", "F", "G", "H", "J"]
FIRST_NIGHT, DRUG_FREE, SEGREGATION, HEALTHCARE, VULNERABLE = "A", "D", "E", "I", "K"


def fill(world):
    """Those who are here when the story begins, received some while before."""
    for _ in range(places.CAPACITY):
        plan = stays.draw(world.rng, settled=True)
        passed = 1 + int(plan.days * world.rng.random())
        stay = _begin(world, plan, world.start - timedelta(days=passed))
        _receive(world, stay, _wing_for(world, stay))


def receive(world, day):
    """Fill the empty beds, nearly; on the last day of receptions all of them."""
    if not days.has_receptions(day):
        return
    empty = places.CAPACITY - len(world.here)
    last = not any(days.has_receptions(later) for later in days.every(day + days.DAY, world.today))
    for _ in range(empty if last else int(empty * world.rng.uniform(0.75, 1.0))):
        stay = _begin(world, stays.draw(world.rng), day)
        _receive(world, stay, FIRST_NIGHT if world.beds[FIRST_NIGHT] else _wing_for(world, stay))
        world.later(day + timedelta(days=world.rng.randint(2, 6)), settle, stay)


def settle(world, stay, day):
    """To where he will live, from the first night centre or from segregation."""
    move(world, stay, day, _wing_for(world, stay))


def move(world, stay, day, wing):
    """To a bed on another wing, unless that is full, or he was moved today already, or is out."""
    if not _stays_put(world, stay, day) or wing == stay.wing or not world.beds[wing]:
        return
    at = days.between(world.rng, day, 9, 11)
    world.beds[stay.wing].insert(world.rng.randrange(len(world.beds[stay.wing]) + 1), stay.bed)
    before, stay.bed = stay.bed, world.beds[wing].pop()
    _stand(world, stay, at, IN)
    world.add(Movement, spell=stay.spell, kind=Kind.CELL_MOVE, detail=f"{before} to {stay.bed}", at=at)


def leave(world, stay, day):
    """The end of a stay, by release, from court, by transfer or worse. Returns its moment, or None while nobody knows."""
    spell, from_court = stay.spell, stay.end == End.RELEASED_COURT
    if from_court:
        _step_out(world, stay, days.moment(day, time(7, 50)), COURT, Kind.TO_COURT)
    at = days.between(world.rng, day, 11, 16) if from_court else days.between(world.rng, day, 8, 10)
    del world.here[id(stay)]
    world.beds[stay.wing].append(stay.bed)
    if from_court and (world.today - day).days <= 4 and world.missing < 3:
        world.missing += 1
        spell.off_roll_on = day  # Not on the roll; staff have yet to find out what the court did.
        return None
    if stay.case and stay.end == End.TRANSFERRED and not world.died:
        world.died, stay.end, stay.reason = stay, End.DIED, "DEC"  # One of the caseload does not live to leave.
    spell.ended_at, spell.end, spell.end_reason = at, stay.end, stays.label(stay.reason)
    spell.ended_by = world.rng.choice(world.present(day))
    world.add(Movement, spell=spell, kind=stays.MOVEMENTS[stay.end], reason=spell.end_reason, at=at)
    stay.location.until_at = stay.status.until_at = at
    alerts.close_all(stay, at)
    world.gone.append(stay)
    return at


def _begin(world, plan, received):
    """A new spell, of somebody new or of a man who comes back."""
    known = _returner(world, received)
    person = known.person if known else names.person(world, received)
    spell = world.add(
        CustodySpell,
        person=person,
        booking=str(9_000_000 + len(world.rows[CustodySpell])),
        book_number=f"{world.rng.randrange(10000, 99999)}A",
        received_on=received,
    )
    planned = stays.last_day(plan, received + timedelta(days=plan.days))
    stay = Stay(
        person=person,
        spell=spell,
        returned=known is not None,
        leaves=days.working_after(max(planned, received + days.DAY, world.start), 0),
        end=plan.end,
        reason=plan.reason,
        area=known.area if known else world.rng.choices(world.agencies, [a.share for a in world.agencies])[0],
        drugs=known.drugs if known else notes.drugs(world.rng),
        vulnerable=known.vulnerable if known else world.chance(0.115),
    )
    world.here[id(stay)] = stay
    world.leaving[stay.leaves].append(stay)
    return stay


def _returner(world, day):
    """Now and then, somebody who was released a while ago."""
    if not world.gone or not world.chance(0.3):
        return None
    place = world.rng.randrange(len(world.gone))
    known = world.gone[place]
    if known.end in (End.DIED, End.TRANSFERRED) or known.leaves > day - timedelta(days=14):
        return None
    return world.gone.pop(place)


def _receive(world, stay, wing):
    """Through the gate into a bed. What will happen to him here is planned now, as far as it can be."""
    at = days.between(world.rng, stay.spell.received_on, 17, 20)
    stay.bed = world.beds[wing].pop()
    _stand(world, stay, at, IN)
    kind = Kind.NEW_SPELL if stay.returned else Kind.TRANSFER_IN if world.chance(0.12) else Kind.FIRST_RECEPTION
    world.add(
        Movement, spell=stay.spell, kind=kind, reason="INT" if kind == Kind.TRANSFER_IN else "", detail=stay.bed, at=at
    )
    sentences.begin(world, stay, at)
    alerts.begin(world, stay, at)
    if (stay.leaves - max(stay.spell.received_on, world.start)).days > 8:
        _look_ahead(world, stay)


def _look_ahead(world, stay):
    """Court dates, another wing, segregation, hospital."""
    rng = world.rng
    first = max(stay.spell.received_on, world.start)
    span = (stay.leaves - first).days

    def some_day():
        return first + timedelta(days=rng.randint(7, span - 1))

    if stay.status.status in sentences.REMANDED:
        for _ in range(min(2, span // 28)):
            world.later(days.working_after(some_day(), 0), _go_to_court, stay)
    if stay.sentenced_on:
        world.later(stay.sentenced_on, _go_to_court, stay)
    if world.chance(0.4):
        world.later(some_day(), move, stay, VULNERABLE if stay.vulnerable else rng.choice(GENERAL))
    if world.chance(0.15):
        begins = some_day()
        world.later(begins, move, stay, rng.choice([SEGREGATION, SEGREGATION, HEALTHCARE]))
        world.later(begins + timedelta(days=rng.randint(3, 14)), settle, stay)
    if world.chance(0.04):
        world.later(some_day(), _go_to_hospital, stay, rng.randint(1, 4))


def _go_to_court(world, stay, day):
    """A day at court, and back in the evening to the same bed."""
    if not _stays_put(world, stay, day) or stay.status.status not in sentences.REMANDED:
        return
    stay.out.add(day)
    _step_out(world, stay, days.moment(day, time(7, 50)), COURT, Kind.TO_COURT)
    _step_in(world, stay, days.between(world.rng, day, 17, 19), Kind.RETURN_FROM_COURT)


def _go_to_hospital(world, stay, day, nights):
    """Some nights in an outside hospital, still on the roll."""
    until = day + timedelta(days=nights)
    if not _stays_put(world, stay, day) or stay.leaves <= until:
        return
    stay.out.update(days.every(day, until + days.DAY))
    _step_out(world, stay, days.between(world.rng, day, 9, 16), ABSENT, Kind.TEMPORARY_ABSENCE)
    world.later(until, _come_back, stay)


def _come_back(world, stay, day):
    _step_in(world, stay, days.between(world.rng, day, 13, 17), Kind.RETURN_FROM_ABSENCE)


def _stays_put(world, stay, day):
    """Whether he is in, and was not moved today already."""
    return world.available(stay, day) and stay.location.from_at.date() < day


def _step_out(world, stay, at, whereabouts, kind):
    _stand(world, stay, at, whereabouts)
    world.add(Movement, spell=stay.spell, kind=kind, at=at)


def _step_in(world, stay, at, kind):
    _stand(world, stay, at, IN)
    world.add(Movement, spell=stay.spell, kind=kind, at=at)


def _wing_for(world, stay):
    """Where he will live: with the vulnerable, or on a general wing that has room."""
    if stay.vulnerable and world.beds[VULNERABLE]:
        return VULNERABLE
    if world.chance(0.04) and world.beds[DRUG_FREE]:
        return DRUG_FREE
    wings = [wing for wing in world.rng.sample(GENERAL, 3) if world.beds[wing]] or [*GENERAL, FIRST_NIGHT, DRUG_FREE]
    return max(wings, key=lambda wing: len(world.beds[wing]))


def _stand(world, stay, at, whereabouts):
    """The next row of his places, which ends the one before."""
    cell = stay.bed if whereabouts == IN else ""
    if stay.location:
        stay.location.until_at = at
    stay.location = world.add(
        Location,
        spell=stay.spell,
        wing=world.wings[stay.wing] if cell else None,
        cell=cell,
        cell_key=cells.sort_key(cell) if cell else "",
        whereabouts=whereabouts,
        from_at=at,
    )
