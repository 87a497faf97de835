"""Referrals and their triage: about 170 referrals and 150 initial assessments a month."""

from datetime import timedelta
from itertools import islice

from interventions.models import Contact
from referrals.models import Referral, Triage
from reporting.operations.demo import bookings, cases, days, front, notes

REFERRALS = (164, 173)  # a month, beside the few who say yes when they are asked again
OPEN_AT_START = 372
# codes of sources → share of 100
SOURCES = {
    ("RECEPTION",): 45,
    ("SELF",): 25,
    ("WING", "WING", "HEALTHCARE", "HEALTHCARE", "DRUG_TEST", "SEGREGATION", "SAFER_CUSTODY", "UTI", "DROP_IN"): 20,
    ("COURT", "COMMUNITY", "COMMUNITY", "PROBATION", "FAMILY", "PRISON"): 10,
}
REFERRERS = {
    "RECEPTION": ["Reception nurse", "Reception officer"],
    "WING": ["Wing officer", "Wing manager", "Key work officer"],
    "HEALTHCARE": ["IDTS nurse", "Duty nurse", "GP"],
    "DRUG_TEST": ["Drug testing unit"],
    "SEGREGATION": ["Segregation officer"],
    "SAFER_CUSTODY": ["ACCT case coordinator", "Safer custody"],
    "UTI": ["Orderly officer"],
    "DROP_IN": ["Drop-in"],
    "COURT": ["Court liaison"],
    "COMMUNITY": ["Community keyworker"],
    "PROBATION": ["Probation practitioner"],
    "FAMILY": ["Mother", "Partner", "Brother"],
    "PRISON": ["Last prison's team"],
    "OFFERED_AGAIN": ["Duty worker"],
}
PRIORITY = {"SEGREGATION", "SAFER_CUSTODY", "UTI", "DRUG_TEST"}
WAITS = {0: 35, 1: 30, 2: 17, 3: 9, 4: 5, 5: 2, 7: 2}  # working days until triage → share of 100
OUTCOMES = {Triage.Outcome.OPEN: 91, Triage.Outcome.DECLINED: 6, Triage.Outcome.INAPPROPRIATE: 3}


def plan_month(world, first):
    """On which days how many referrals come in."""
    for day in world.rng.choices(days.working(first, days.next_month(first)), k=world.rng.randint(*REFERRALS)):
        world.referrals_due[day] += 1


def fill(world):
    """The cases that are open when the story begins, taken on over the months before."""
    least = world.start - timedelta(days=10)
    able = [stay for stay in world.here.values() if stay.spell.received_on < least and stay.leaves > world.start]
    for stay in world.rng.sample(able, OPEN_AT_START):
        first = max(stay.spell.received_on + days.DAY, world.start - timedelta(days=110))
        received = days.working_after(first + (least - first) * world.rng.random(), 0)
        _refer(world, stay, received, world.sources[world.rng.choice(["RECEPTION", "SELF", "SELF", "WING"])])
        if _triage(world, stay, days.working_after(received, 1), Triage.Outcome.OPEN):
            cases.allocate(world, days.working_after(stay.case.opened_on, 1))


def work(world, day):
    """Those who were waiting and are due, then those who are new."""
    for stay in world.triage_due.pop(day, []):
        _see(world, stay, day)
    for _ in range(world.referrals_due.pop(day, 0)):
        _take(world, day)


def stop(world, stay, day):
    """He has left before he was seen."""
    if stay.referral:
        at = days.between(world.rng, day, 16, 17)
        by = world.rng.choice(world.present(day))
        front.off_hold(world, stay, at, by)
        _decide(world, stay, Triage.Outcome.LEFT, at, by, notes.LEFT)


def _take(world, day):
    """A referral from somewhere, of somebody whom it fits."""
    code = world.rng.choice(world.rng.choices(list(SOURCES), SOURCES.values())[0])
    known, hurried = code in PRIORITY and world.chance(0.3), world.chance(0.05)
    stay = _known(world, day) if known else _somebody(world, day, code == "RECEPTION", hurried)
    referral = _refer(world, stay, day, world.sources[code])
    if world.chance(0.02):
        world.later(day + days.DAY, _refer_again, stay, referral)
    waits = world.rng.choices(list(WAITS), WAITS.values())[0]
    if referral.urgency == Referral.Urgency.PRIORITY:
        waits = 1 if day == days.working_before(world.today, 1) else min(waits, 1)  # Some are due this morning.
    elif not world.forgotten and days.working_before(world.today, 9) <= day and stay.leaves > world.today:
        world.forgotten, waits = True, 12  # One waits for longer than he should.
    if hurried:
        waits = max(waits, 4)  # Most of these will be gone before anybody comes.
    if waits:
        world.triage_due[days.working_after(day, waits)].append(stay)
    else:
        _see(world, stay, day)


def _somebody(world, day, new, hurried):
    """Somebody without a case: received this week if ``new``; mostly one who will be here for a while, unless ``hurried``."""
    people = list(world.here.values())
    if new:
        people = people[-100:]  # They stand in the order in which they came.
    able = list(islice((stay for stay in world.rng.sample(people, len(people)) if _fits(world, stay, day, new)), 25))
    if not able:
        return _somebody(world, day, False, hurried)
    wanted = (stay for stay in able if ((stay.leaves - day).days < 4 if hurried else (stay.leaves - day).days > 25))
    return next(wanted, able[0]) if world.chance(0.96) else able[0]


def _fits(world, stay, day, new):
    return (
        (stay.spell.received_on >= day - timedelta(days=6)) == new
        and not (stay.case or stay.referral)
        and not (stay.referred_on and stay.referred_on > day - timedelta(days=80))
        and world.available(stay, day)
    )


def _known(world, day):
    """Somebody whose case is open already."""
    able = [stay for stay in world.caseload.values() if not stay.referral and world.available(stay, day)]
    return world.rng.choice(able)


def _refer(world, stay, day, source, repeat_of=None):
    """A referral that arrives in the morning."""
    urgent = source.code in PRIORITY or world.chance(0.3 if source.code == "RECEPTION" else 0.06)
    row = world.add(
        Referral,
        person=stay.person,
        spell=stay.spell,
        source=source,
        referrer=world.rng.choice(REFERRERS.get(source.code, [stay.person.name])),
        received_on=day,
        reason=notes.reason(world.rng, source, stay),
        **front.described(world, stay, source, urgent),
        urgency=Referral.Urgency.PRIORITY if urgent else Referral.Urgency.ORDINARY,
        repeat_of=repeat_of,
        made_by=world.rng.choice(world.present(day)),
        made_at=days.between(world.rng, day, 9, 11),
    )
    if not repeat_of:
        stay.referral, stay.referred_on = row, day
    return row


def _refer_again(world, stay, day, referral):
    """Somebody else asks for him too, while he waits: the second referral is answered with the first."""
    if days.is_working(day) and stay.referral is referral and not stay.repeats:
        source = world.sources[world.rng.choice(["SELF", "WING", "HEALTHCARE"])]
        stay.repeats.append(_refer(world, stay, day, source, repeat_of=referral))


def _see(world, stay, day):
    """Triage, if he is there to be seen; tomorrow otherwise."""
    if not stay.referral:
        return
    outcome = Triage.Outcome.REPEAT if stay.case else world.rng.choices(list(OUTCOMES), OUTCOMES.values())[0]
    if not world.available(stay, day):
        front.away(world, stay, day)
        world.triage_due[days.working_after(day, 1)].append(stay)
    elif not _triage(world, stay, day, outcome):
        world.triage_due[days.working_after(day, 1)].append(stay)


def _triage(world, stay, day, outcome):
    """See him, in the afternoon if he was referred today. Returns whether anybody was free to."""
    assessed = outcome in (Triage.Outcome.OPEN, Triage.Outcome.REPEAT)
    minutes = world.rng.choice([35, 40, 40, 45]) if assessed else 10
    slots = ["PM"] if stay.referral.received_on == day else bookings.slots(world.rng)
    booked = bookings.book_anyone(world, [stay], day, minutes, slots)
    if not booked:
        return False
    worker, at = booked
    if stay.referral.received_on < day and world.front.random() < 0.15:
        front.tried(world, stay, days.working_before(day, 1))
    needs = notes.needs(world.rng, stay) if assessed else notes.UNTAKEN[outcome]
    recorded_at = bookings.written_up(world, at, minutes)
    front.answered(world, stay, recorded_at, worker)
    triage = _decide(world, stay, outcome, recorded_at, worker, needs)
    if outcome == Triage.Outcome.OPEN:
        cases.open_case(world, stay, day, worker)
    triage.referral.case = stay.case
    if outcome == Triage.Outcome.DECLINED:
        front.declined(world, stay, triage, _refer)
    if assessed:
        stay.triage = triage
        _log(world, stay, worker, at, minutes, recorded_at)
    return True


def _decide(world, stay, outcome, at, by, needs):
    """Answer the referral, and whatever was attached to it."""
    triage = world.add(
        Triage,
        referral=stay.referral,
        person=stay.person,
        outcome=outcome,
        substances=", ".join(stay.drugs) if outcome in (Triage.Outcome.OPEN, Triage.Outcome.REPEAT) else "",
        needs=needs,
        done_on=at.date(),
        done_by=by,
        recorded_at=at,
    )
    for referral in [stay.referral, *stay.repeats]:
        referral.triaged_at = at
    stay.referral, stay.repeats = None, []
    return triage


def _log(world, stay, worker, at, minutes, recorded_at):
    """An initial assessment is a contact as well."""
    row = world.add(
        Contact,
        person=stay.person,
        case=stay.case,
        worker=worker,
        type=world.types["ASSESSMENT"],
        at=at,
        minutes=minutes,
        place=f"{stay.wing} wing",
        note=notes.contact(world.rng, "ASSESSMENT", stay),
        recorded_by=worker,
        recorded_at=recorded_at,
    )
    stay.seen = at.date()
    stay.contacts.append(row)
