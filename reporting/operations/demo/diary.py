"""What stands in the diary on the last day: sessions to come, sessions that nobody wrote up yet, days at court, and an unfinished note."""

import random
import uuid
from datetime import time, timedelta

from django.urls import reverse

from casework.models import CourtDate
from casework.operations import drafts
from casework.queries.drafts import Page
from interventions.models import Appointment, Contact
from reporting.operations.demo import days

COURTS = ["Liverpool Crown Court", "Liverpool Magistrates’ Court", "Wirral Magistrates’ Court", "Bolton Crown Court"]
UNTRIED = {"REMAND", "CONVICTED_UNSENTENCED"}
BOOKED_DAYS = 28  # so far back sessions are known to have been planned


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"diary {world.prison.code} {world.today}")
    _booked_before(world, dice)
    held = {}
    for stay in world.caseload.values():
        if stay.worker:
            held.setdefault(stay.worker.pk, []).append(stay)
    for worker in world.present(world.today):
        _plan(world, dice, worker, held.get(worker.pk, []))
    for stay in world.here.values():
        _court(world, dice, stay)


def leave_unfinished(world):
    """A note that the first keyworker began and did not save, once everything is written."""
    worker = world.workers[0]
    stay = next(stay for stay in world.caseload.values() if stay.worker == worker)
    page = Page(
        user=worker.pk,
        key=str(uuid.UUID(int=worker.pk, version=4)),
        path=reverse("casework:write_note", args=[stay.person.pk]),
        called="Save the note",
        person=stay.person.pk,
    )
    drafts.keep(page=page, fields=[["text", "Rang the hostel about a room. They ring back after"]], by=worker)


def _booked_before(world, dice):
    """Structured sessions of the last weeks were planned; some others were called off."""
    since = world.today - timedelta(days=BOOKED_DAYS)
    for contact in [row for row in world.rows[Contact] if row.type.structured and row.at.date() >= since]:
        made_at = days.moment(days.working_before(contact.at.date(), dice.randint(1, 4)), time(16), dice.randint(0, 50))
        _add(world, contact.person, contact.worker, contact.type, contact.at, contact.minutes, made_at, contact=contact)
        if dice.random() < 0.06:
            off_at = made_at + timedelta(hours=3)
            called_off = {"called_off_at": off_at, "called_off_by": contact.worker, "called_off_why": "Entered twice"}
            at = contact.at + timedelta(days=1)
            _add(world, contact.person, contact.worker, contact.type, at, 45, made_at, **called_off)


def _plan(world, dice, worker, held):
    """A few sessions today and in the days to come, and one or two of the last days that wait to be written up."""
    if not held:
        return
    planned = [(0, hour) for hour in dice.sample([9, 10, 14, 15], min(3, len(held)))]
    planned += [(dice.randint(1, 5), dice.choice([9, 10, 14])) for _ in range(2)]
    planned += [(-dice.randint(1, 3), dice.choice([9, 10, 14, 15])) for _ in range(dice.choice([0, 0, 1, 2]))]
    for (offset, hour), stay in zip(planned, dice.sample(held, min(len(planned), len(held))), strict=False):
        step = days.working_after if offset >= 0 else days.working_before
        day = step(world.today, abs(offset))
        if day < stay.case.opened_on:
            continue
        made_at = days.moment(days.working_before(min(day, world.today), 1), time(16, 15), dice.randint(0, 40))
        code = dice.choice(["ONE_TO_ONE", "ONE_TO_ONE", "HARM_REDUCTION", "RELEASE"])
        at = days.moment(day, time(hour), 5 * dice.randint(0, 5))
        _add(world, stay.person, worker, world.types[code], at, 45, made_at, place=f"{stay.wing} wing")


def _add(world, person, worker, kind, at, minutes, made_at, **given):
    world.add(
        Appointment,
        person=person,
        worker=worker,
        type=kind,
        at=at,
        minutes=minutes,
        made_by=worker,
        made_at=made_at,
        **given,
    )


def _court(world, dice, stay):
    """Most of those who wait for trial or sentence have a day at court that somebody read off the list."""
    status = stay.status and stay.status.status
    if status not in UNTRIED or not stay.case or dice.random() < 0.15:
        return
    on = days.working_after(world.today + timedelta(days=dice.choice([0, 1, 3, 6, 9, 14, 20, 27, 40])), 0)
    by = stay.worker or world.manager
    recorded_at = days.moment(days.working_before(world.today, dice.randint(1, 6)), time(9), dice.randint(0, 50))
    row = {"spell": stay.spell, "person": stay.person, "court": dice.choice(COURTS), "said_by": "Court list"}
    world.add(CourtDate, on=on, recorded_by=by, recorded_at=recorded_at, **row)
    if dice.random() < 0.2:
        taken_back = {"withdrawn_at": recorded_at + timedelta(hours=1), "withdrawn_by": by}
        world.add(CourtDate, on=on + timedelta(days=7), recorded_by=by, recorded_at=recorded_at, **row, **taken_back)
