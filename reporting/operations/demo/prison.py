"""Live through the months day by day, then write everything down at once."""

import random
from datetime import time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from casework import audit
from casework.models import Acknowledgement, Action, Assessment, Case, CustodySpell, Goal, Note, Person, User
from interventions.models import Contact, ContactType, GroupSession
from partners.models import Pack
from referrals.models import Referral, Source
from reporting.models import MonthlyFigures
from reporting.operations.demo import (
    access,
    activity,
    assessments,
    cases,
    courses,
    custody,
    days,
    diary,
    doubles,
    drug_tests,
    front,
    groups,
    handovers,
    inward,
    kiosks,
    life,
    links,
    meetings,
    notices,
    peers,
    places,
    plans,
    programmes,
    referrals,
    registers,
    releases,
    rounds,
    sessions,
    staff,
    unit,
    wing_visits,
)
from reporting.operations.demo.world import ORDER, World

MOST_MONTHS = 24
BATCH = 1000
# Which column of a table names another row of it.
OWN = {
    Case: "previous",
    Referral: "repeat_of",
    Goal: "carried_from",
    Action: "carried_from",
    Note: "amends",
    Assessment: "supersedes",
    GroupSession: "stands_for",
}


@transaction.atomic
def fill(*, code, months, seed, today, by, say=lambda line: None):
    """Invent ``months`` closed months and the present one, up to the morning of ``today``, for the prison with this code."""
    if not 1 <= months <= MOST_MONTHS:
        raise ValidationError(f"Choose between 1 and {MOST_MONTHS} months.", code="months")
    prison = places.prison(code)
    if is_inhabited(prison):
        raise ValidationError(
            f"{prison} has people in it already. Demo data goes into an empty prison only.", code="inhabited"
        )
    world = World(
        prison=prison,
        start=days.months_before(today, months),
        today=today,
        rng=random.Random(f"{code} {months} {seed} {today}"),
        numbers=set(Person.objects.values_list("number", flat=True)),
        sources={source.code: source for source in Source.objects.all()},
        types={kind.code: kind for kind in ContactType.objects.all()},
    )
    staff.build_manager(world)
    places.build(world)
    staff.build(world)
    _live(world, say)
    front.leave_open(world)
    unit.fill(world)
    peers.fill(world)
    diary.fill(world)
    rounds.fill(world)
    notices.add(world)
    courses.invent(world, random.Random(f"courses {code} {months} {seed} {today}"))
    assessments.fill(world)
    plans.fill(world)
    releases.fill(world)
    programmes.fill(world)
    groups.fill(world)
    registers.fill(world)
    sessions.fill(world)
    access.build(world)
    wing_visits.fill(world)
    kiosks.fill(world)
    life.fill(world)
    links.fill(world)
    doubles.fill(world)
    registers.finish(world)
    drug_tests.fill(world)
    inward.fill(world)
    meetings.fill(world)
    _write(world, by, say)
    rows = {model._meta.label_lower: len(world.rows[model]) for model in ORDER}
    audit.record(by=by, action="demo.filled", target=prison, prison=prison, months=months, seed=seed, rows=rows)
    return {"prison": code, "from": world.start.isoformat(), "until": today.isoformat(), "rows": rows}


def is_inhabited(prison):
    """Whether anybody is held, or works, there."""
    return CustodySpell.objects.filter(prison=prison).exists() or User.objects.filter(prison=prison).exists()


def _live(world, say):
    """Day after day. Before the start only what was due with those who were here already."""
    custody.fill(world)
    referrals.fill(world)
    for day in days.every(world.start - timedelta(days=200), world.today):
        if day >= world.start and day.day == 1:
            referrals.plan_month(world, day)
            activity.plan_month(world, day)
        while due := world.due.pop(day, []):
            for act, stay, given in due:
                act(world, stay, day, *given)
        if day >= world.start:
            _day(world, day)
        if day >= world.start and (day + days.DAY).day == 1:
            _ask_for_figures(world, day)
        if day >= world.start and ((day + days.DAY).day == 1 or day + days.DAY == world.today):
            say(_month_so_far(world, day))


def _ask_for_figures(world, day):
    """The month that ends with ``day`` waits to be computed, which the worker does."""
    asked_at = days.moment(day + days.DAY, time(8, 30))
    world.add(MonthlyFigures, month=day.replace(day=1), asked_at=asked_at, asked_by=world.manager)


def _day(world, day):
    """Somebody leaves, somebody comes, and the team works."""
    for stay in world.leaving.pop(day, []):
        at = custody.leave(world, stay, day)
        if at:
            handovers.stop(world, stay, at)
            referrals.stop(world, stay, day)
            cases.stop(world, stay, at)
    custody.receive(world, day)
    if days.is_working(day):
        referrals.work(world, day)
        cases.work(world, day)
        activity.work(world, day)
        handovers.work(world, day)


def _month_so_far(world, day):
    """One line about the month of ``day``."""
    first = day.replace(day=1)
    received = sum(first <= row.received_on <= day for row in world.rows[CustodySpell])
    referred = sum(first <= row.received_on <= day for row in world.rows[Referral])
    contacts = sum(first <= row.at.date() <= day for row in world.rows[Contact])
    return (
        f"{day:%B %Y}: {received} received, {referred} referrals, {contacts} contacts,"
        f" {len(world.caseload)} open cases, {len(world.here)} on the roll"
    )


def _write(world, by, say):
    """Every row, in the order in which they name each other, with a signed entry in the trail for each table."""
    say(f"Writing {sum(map(len, world.rows.values()))} rows")
    for model in ORDER:
        if model is Pack:
            handovers.build_packs(world)
        if model is Acknowledgement:
            notices.acknowledge(world)
        for generation in _generations(world.rows[model]):
            model.objects.bulk_create(generation, batch_size=BATCH)
        audit.record(
            by=by,
            action="demo.written",
            prison=world.prison,
            table=model._meta.label_lower,
            rows=len(world.rows[model]),
        )
    doubles.join(world)
    diary.leave_unfinished(world)


def _generations(rows):
    """Rows that name others of their own table come after those."""
    name = OWN.get(type(rows[0])) if rows else None
    while rows:
        ready = [row for row in rows if not name or not getattr(row, name) or getattr(row, name).pk]
        yield ready
        rows = [row for row in rows if not row.pk]
