"""How cases went beside their sessions: strands and joint reviews, suspensions, co-workers, closing. Invented when all days are lived.

Chance comes from a source of its own, so that the days and their figures stay as they are.
"""

from collections import defaultdict
from datetime import time, timedelta

from django.utils import timezone

from casework.models import Allocation, Case, CoWorker, JointReview, Location, Strand, Suspension
from interventions.models import Contact
from referrals.models import Triage
from reporting.operations.demo import days

Kind, Reason = Strand.Kind, Suspension.Reason
CLINICIANS = [
    "Nurse Ty Pseudonym, IDTS",
    "Nurse Fay Placeholder, IDTS",
    "Dr Val Hypothetical, GP",
    "Cam Examplar, clinical lead",
]
# Substances that the clinical team treats, as triage writes them → share of the people who take up treatment.
TREATED = {"heroin": 0.85, "methadone": 0.85, "alcohol": 0.6, "diazepam": 0.5, "pregabalin": 0.35}
SAID = {
    Kind.STABILISATION: ["Methadone, titrating", "Buprenorphine started", "Methadone 30 ml and rising"],
    Kind.MAINTENANCE: ["Methadone 40 ml daily", "Methadone 60 ml daily", "Buprenorphine 8 mg daily"],
    Kind.DETOX: ["Alcohol detox, ten days", "Reducing by 5 ml a fortnight", "Reducing diazepam"],
}
AGREED = [
    "Stable, sleeping better. Same dose until the next review.",
    "Doing well. Will come to the relapse group as well.",
    "Struggling in the evenings: seen weekly until the next review.",
    "Wants to reduce before release; the dose is looked at again in two weeks.",
]
TRIALS = [
    "Trial at the crown court",
    "Trial, expected to last two weeks",
    "Sentencing after reports, held at court cells",
]
HOSPITAL = ["Operation, bed watch", "Chest infection, bed watch", "Tests, expected back within the week"]
TOGETHER = [
    "Learns the work",
    "Speaks his language",
    "Covers while training",
    "Runs his group",
    "Asked for by the person",
]
ANOTHER = ["The person asked for her", "Knows the family", "Works on his wing this month", "Speaks his language"]
ENDING = [
    "The plan is done; last session this week.",
    "All goals reached, wants to go on alone.",
    "Goes to the drug-free wing, whose team takes over.",
    "Does not want further sessions; one last talk agreed.",
]


def invent(world, rng):
    """Give every case its course."""
    held, places, substances, holders = _facts(world)
    for case in world.rows[Case]:
        until = case.closed_on or world.today
        _psychosocial(world, rng, case)
        _clinical(world, rng, case, until, substances[id(case.spell)])
        _rest(world, rng, case, until, held[id(case)], places[id(case.spell)])
        _co_worker(world, rng, case, holders[id(case)])
    _rest_now(world, rng, held)
    _begin_closing(world, rng)
    for allocation in world.rows[Allocation]:
        _suggest(world, rng, allocation)


def _facts(world):
    """By case or spell: days of sessions held, places, what triage wrote of substances, who held it."""
    held, places, substances, holders = (defaultdict(list), defaultdict(list), defaultdict(str), defaultdict(list))
    for contact in world.rows[Contact]:
        if contact.case and contact.outcome == Contact.Outcome.TOOK_PLACE:
            held[id(contact.case)].append(timezone.localdate(contact.at))
    for location in world.rows[Location]:
        places[id(location.spell)].append(location)
    for triage in world.rows[Triage]:
        substances[id(triage.referral.spell)] += triage.substances.lower()
    for allocation in world.rows[Allocation]:
        holders[id(allocation.case)].append(allocation)
    return held, places, substances, holders


def _psychosocial(world, rng, case):
    _strand(world, rng, case, Kind.PSYCHOSOCIAL, case.opened_on, None, by=case.opened_by)


def _strand(world, rng, case, kind, started_on, ended_on, *, by, **said):
    """A strand until ``ended_on``; else until the case closed, if it did."""
    ends = {"ended_on": ended_on} if ended_on else {}
    if not ended_on and case.closed_on:
        ends = {"ended_on": case.closed_on, "end_why": Strand.CASE_CLOSED, "ended_by": case.closed_by}
    recorded_at = days.moment(max(started_on, case.opened_on), time(15), rng.randrange(90))
    return world.add(
        Strand,
        rng=rng,
        case=case,
        person=case.person,
        kind=kind,
        started_on=started_on,
        recorded_by=by,
        recorded_at=recorded_at,
        **{**said, **ends},
    )


def _clinical(world, rng, case, until, substances):
    """Stabilisation from reception on, then maintenance or detox; or a detox alone. Said by the clinical team."""
    share = max((share for word, share in TREATED.items() if word in substances), default=0.1)
    if rng.random() >= share:
        return
    start = max(case.spell.received_on + timedelta(days=rng.randint(0, 2)), case.opened_on - timedelta(days=21))
    if start >= until:
        return
    if "alcohol" in substances and rng.random() < 0.5:
        last = start + timedelta(days=rng.randint(7, 12))
        _treatment(world, rng, case, Kind.DETOX, start, last, until)
        return
    last = start + timedelta(days=rng.randint(14, 40))
    _treatment(world, rng, case, Kind.STABILISATION, start, last, until)
    if last < until:
        kind = Kind.MAINTENANCE if rng.random() < 0.75 else Kind.DETOX
        _treatment(world, rng, case, kind, last, last + timedelta(days=rng.randint(90, 400)), until)


def _treatment(world, rng, case, kind, start, last, until):
    clinician, by = rng.choice(CLINICIANS), case.opened_by
    over = last < until and last >= case.opened_on
    if last < case.opened_on:
        return  # Over before the case was opened, and so not ours to tell.
    strand = _strand(
        world,
        rng,
        case,
        kind,
        start,
        last if over else None,
        by=by,
        detail=rng.choice(SAID[kind]),
        said_by=clinician,
        said_on=max(start, case.opened_on),
    )
    if over:
        strand.end_said_by, strand.end_why, strand.ended_by = rng.choice(CLINICIANS), "As planned", by
    _reviews(world, rng, strand, case, strand.ended_on or until)


def _reviews(world, rng, strand, case, until):
    """Held within some days of when they were due; now and then not at all."""
    prison = world.prison
    due = [prison.clinical_first_review_days, prison.clinical_second_review_days]
    while due[-1] < 700:
        due.append(due[-1] + 7 * prison.clinical_review_weeks)
    for count in due:
        day = days.working_after(strand.started_on + timedelta(days=max(1, count + rng.randint(-4, 1))), 0)
        if day >= until:
            return
        if day < case.opened_on or rng.random() < 0.08:
            continue
        world.add(
            JointReview,
            rng=rng,
            strand=strand,
            person=case.person,
            done_on=day,
            clinician=strand.said_by if rng.random() < 0.6 else rng.choice(CLINICIANS),
            summary=rng.choice(AGREED),
            recorded_by=strand.recorded_by,
            recorded_at=days.moment(day, time(16), rng.randrange(50)),
        )


def _rest(world, rng, case, until, held, places):
    """Work that rested for a while: in segregation, where nobody came; a trial of some days; a bed in hospital."""
    for place in places:
        if place.wing is None or place.wing.kind != "SEGREGATION" or rng.random() < 0.3:
            continue
        first = timezone.localdate(place.from_at)
        last = timezone.localdate(place.until_at) if place.until_at else None
        if case.opened_on < first <= (last or until) <= until and not _any(held, first, last or until):
            open_now = last is None and case.closed_on is None
            _suspend(world, rng, case, Reason.SEGREGATION, first, None if open_now else last or until, "")
            return
    if rng.random() < 0.05 and (until - case.opened_on).days > 30:
        first = days.working_after(case.opened_on + timedelta(days=rng.randint(10, 18)), 0)
        last = days.working_after(first, rng.randint(2, 6))
        if last < until and not _any(held, first, last):
            reason = rng.choice([Reason.COURT, Reason.COURT, Reason.HOSPITAL])
            _suspend(world, rng, case, reason, first, last, rng.choice(TRIALS if reason == Reason.COURT else HOSPITAL))


def _any(held, first, last):
    return any(first <= day <= last for day in held)


def _suspend(world, rng, case, reason, first, last, note):
    by = case.opened_by
    world.add(
        Suspension,
        rng=rng,
        case=case,
        person=case.person,
        reason=reason,
        note=note,
        from_on=first,
        until_on=last,
        made_by=by,
        made_at=days.moment(first, time(10), rng.randrange(300)),
        ended_by=by if last else None,
    )


def _rest_now(world, rng, held):
    """Some who are away from the work today by a word of ours: two at a trial, two in hospital."""
    resting = {id(row.case) for row in world.rows[Suspension] if row.until_on is None}
    able = [
        case
        for case in world.rows[Case]
        if case.closed_on is None
        and id(case) not in resting
        and (world.today - case.opened_on).days > 20
        and not _any(held[id(case)], world.today - timedelta(days=8), world.today)
    ]
    notes = [
        (Reason.COURT, TRIALS[0]),
        (Reason.COURT, TRIALS[1]),
        (Reason.HOSPITAL, HOSPITAL[0]),
        (Reason.HOSPITAL, HOSPITAL[2]),
    ]
    for case, (reason, note) in zip(rng.sample(able, min(len(notes), len(able))), notes, strict=False):
        first = max(case.opened_on, world.today - timedelta(days=rng.randint(1, 6)))
        ended = [row.until_on for row in world.rows[Suspension] if row.case is case]
        if all(until and until <= first for until in ended):
            _suspend(world, rng, case, reason, first, None, note)


def _co_worker(world, rng, case, allocations):
    """One case in eight has a second worker for some weeks, or until its end."""
    if not allocations or rng.random() >= 0.125:
        return
    held_by = {row.worker.pk for row in allocations}
    worker = rng.choice([one for one in world.workers if one.pk not in held_by])
    day = days.working_after(timezone.localdate(allocations[0].from_at), rng.randint(1, 10))
    end = timezone.localdate(allocations[-1].until_at) if case.closed_on and allocations[-1].until_at else None
    if day >= (end or world.today) or day in world.away[worker.pk]:
        return
    until = allocations[-1].until_at if end else None
    weeks = days.working_after(day + timedelta(days=rng.randint(14, 60)), 0)
    if weeks < (end or world.today) and rng.random() < 0.5:
        until = days.between(rng, weeks, 9, 16)
    world.add(
        CoWorker,
        case=case,
        person=case.person,
        worker=worker,
        reason=rng.choice(TOGETHER),
        from_at=days.between(rng, day, 9, 16),
        until_at=until,
        made_by=allocations[0].worker,
        ended_by=allocations[0].worker if until else None,
    )


def _begin_closing(world, rng):
    """Work that is coming to its end, and of the cases closed by themselves most had been."""
    ending = [Case.Close.COMPLETED, Case.Close.WITHDREW]
    for case in world.rows[Case]:
        if case.close_reason in ending and rng.random() < 0.7:
            first = case.closed_on - timedelta(days=rng.randint(3, 14))
            _closing(rng, case, max(first, case.opened_on), case.closed_by)
    able = [case for case in world.rows[Case] if not case.closed_on and (world.today - case.opened_on).days > 45]
    for case in rng.sample(able, min(9, len(able))):
        _closing(rng, case, world.today - timedelta(days=rng.randint(1, 12)), case.opened_by)


def _closing(rng, case, day, by):
    case.closing_from, case.closing_why, case.closing_by = day, rng.choice(ENDING), by


def _suggest(world, rng, allocation):
    """Whom the product proposed: nearly always who then held the case; else somebody said why not."""
    allocation.suggested = allocation.worker
    others = [one for one in world.present(timezone.localdate(allocation.from_at)) if one.pk != allocation.worker.pk]
    if others and (allocation.reason == "Asked for another worker" or rng.random() < 0.05):
        allocation.suggested = rng.choice(others)
        allocation.reason = allocation.reason or rng.choice(ANOTHER)
