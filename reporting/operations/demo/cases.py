"""Cases, who holds them, and what people agree may be shared: 350 to 400 open cases at a time."""

import math
from datetime import time, timedelta

from casework.models import Allocation, Case, Consent, CustodySpell
from casework.models.consent import usual_sections
from reporting.operations.demo import custody, days, staff

KEPT_BACK = [Consent.Section.CLINICAL, Consent.Section.USE, Consent.Section.TREATMENT]
CLOSES = {Case.Close.COMPLETED: 70, Case.Close.WITHDREW: 22, Case.Close.WITHDRAWN: 8}
LEFT = {
    CustodySpell.End.RELEASED: Case.Close.RELEASED,
    CustodySpell.End.RELEASED_COURT: Case.Close.RELEASED_COURT,
    CustodySpell.End.TRANSFERRED: Case.Close.TRANSFERRED,
    CustodySpell.End.RELEASED_HOSPITAL: Case.Close.WITHDRAWN,
    CustodySpell.End.DIED: Case.Close.DIED,
}


def work(world, day):
    """One working day: who gets whom, and which work is finished."""
    allocate(world, day)
    _hand_on(world, day)
    _finish_some(world, day)


def stop(world, stay, at):
    """He has left, and his case closes with it."""
    if stay.case:
        close(world, stay, at, LEFT[stay.end])


def open_case(world, stay, day, by):
    """A new case, that names the previous one of a man who comes back."""
    previous = world.latest_case.get(id(stay.person))
    stay.case = world.add(Case, person=stay.person, spell=stay.spell, previous=previous, opened_on=day, opened_by=by)
    world.latest_case[id(stay.person)] = stay.case
    world.caseload[id(stay)] = stay
    world.unallocated.append(stay)
    stay.lead = world.rng.randint(30, 56)
    if world.chance(0.9):
        asked_on = days.working_after(day, world.rng.randint(1, 12))
        world.later(asked_on, _ask_consent, stay)
    if world.chance(0.07):
        world.later(day + timedelta(days=world.rng.randint(20, 60)), custody.move, stay, custody.DRUG_FREE)


def allocate(world, day):
    """Cases that nobody holds yet go to whoever has least; a few wait until tomorrow."""
    waiting, world.unallocated = world.unallocated, []
    for stay in waiting:
        if not stay.case:
            continue
        if stay.case.opened_on == day and world.chance(0.25):
            world.unallocated.append(stay)
            continue
        worker = _visitor(world, stay, day) or _least_loaded(world, day)
        give(world, stay, days.between(world.rng, day, 16, 17), worker, "")


def give(world, stay, at, worker, reason):
    """From now on ``worker`` holds the case."""
    if stay.allocation:
        let_go(world, stay, at)
    stay.allocation = world.add(
        Allocation, case=stay.case, worker=worker, reason=reason, from_at=at, made_by=world.manager
    )
    world.holding[worker.pk] += 1


def let_go(world, stay, at):
    world.holding[stay.worker.pk] -= 1
    stay.allocation.until_at = at
    stay.allocation = None


def _hand_on(world, day):
    """Now and then a case goes from one worker to another."""
    held = [stay for stay in world.caseload.values() if stay.allocation and stay.case.opened_on < day]
    if not world.chance(0.5):
        return
    stay, worker = world.rng.choice(held), _least_loaded(world, day)
    if worker != stay.worker and stay.allocation.from_at.date() < day:
        reason = world.rng.choice(["Moved wing", "Balancing caseloads", "Asked for another worker", "Leave cover"])
        give(world, stay, days.between(world.rng, day, 16, 17), worker, reason)


def _finish_some(world, day):
    """As many cases end by themselves as keep the caseload where such teams have it."""
    wave = 377 + 9 * math.sin(day.toordinal() / 23)
    for _ in range(int(len(world.caseload) - wave)):
        able = [
            stay
            for stay in world.caseload.values()
            if stay.allocation
            and stay.allocation.from_at.date() < day
            and (day - stay.case.opened_on).days >= 35
            and not stay.handover
        ]
        stay = max(world.rng.sample(able, min(4, len(able))), key=lambda each: (day - each.case.opened_on).days)
        close(world, stay, days.between(world.rng, day, 16, 17), world.rng.choices(list(CLOSES), CLOSES.values())[0])


def close(world, stay, at, reason):
    """The case ends, and with it who holds it. It can be read ever after."""
    by = stay.worker or world.rng.choice(world.present(at.date()))
    stay.case.closed_on, stay.case.close_reason, stay.case.closed_by = at.date(), reason, by
    if stay.allocation:
        let_go(world, stay, at)
    del world.caseload[id(stay)]
    stay.case = None


def _visitor(world, stay, day):
    """Those who sign in hold some of the men who are about to go out when a visitor looks."""
    soon = stay.end == CustodySpell.End.RELEASED and 0 <= (stay.leaves - world.today).days < 50
    able = [
        worker for worker in world.present(day) if worker.password != staff.UNUSABLE and world.holding[worker.pk] < 24
    ]
    return world.rng.choice(able) if soon and able and world.chance(0.5) else None


def _least_loaded(world, day):
    """Two who have room, and one of them by chance, so that caseloads stay near each other but not equal."""
    present = sorted(world.present(day), key=lambda worker: world.holding[worker.pk])
    return world.rng.choice(present[:3])


def _ask_consent(world, stay, day):
    """May his home agency be told? Some say no, some take it back later; probation is asked about separately."""
    if not stay.case or day in stay.out:
        return
    if not days.is_working(day):
        day = days.working_before(day, 1)
    _record_consent(world, stay, day, stay.area, given=world.chance(0.87))
    if stay.dates and world.chance(0.2):
        _record_consent(world, stay, day, world.agencies[-1], given=world.chance(0.8))


def _record_consent(world, stay, day, agency, *, given):
    known = world.consents.get((id(stay.person), agency.pk))
    if known:
        return
    by = stay.worker or world.rng.choice(world.present(day))
    row = world.add(
        Consent,
        person=stay.person,
        agency=agency,
        given=given,
        sections=[],
        asked_on=day,
        expires_on=day + timedelta(days=365),
        recorded_at=days.moment(day, time(16), world.rng.randint(0, 55)),
        recorded_by=by,
    )
    if given:
        row.sections = _parts(row)
        world.consents[id(stay.person), agency.pk] = row
        if world.chance(0.04):
            world.later(days.working_after(day, world.rng.randint(5, 30)), _withdraw, stay, row)


def _parts(row):
    """Most agree to all but what their blood was tested for; some keep a part back, a few share that too. Chance comes from the nonce."""
    chance = row.nonce.int % 100
    kept_back = KEPT_BACK[chance % len(KEPT_BACK)] if chance < 12 else None
    usual = [section for section in usual_sections() if section != kept_back]
    return [*usual, Consent.Section.BLOOD_BORNE] if chance >= 95 else usual


def _withdraw(world, stay, day, row):
    """He has thought again."""
    if stay.handover:
        return
    row.withdrawn_at = days.between(world.rng, day, 9, 16)
    row.withdrawn_by = stay.worker or world.rng.choice(world.present(day))
    del world.consents[id(stay.person), row.agency_id]
