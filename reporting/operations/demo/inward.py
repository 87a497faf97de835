"""What the prison's departments told the team: a notice behind many referrals from them, and some that wait this morning."""

import random
from datetime import time, timedelta

from casework.models import Agency, User
from partners.models import InwardNotice, Protocol
from referrals.models import Referral
from reporting.operations.demo import days

Kind, Outcome = InwardNotice.Kind, InwardNotice.Outcome
# Which department tells what, and the source that a referral of it has.
TELLS = {
    Agency.Kind.TESTING: (Kind.POSITIVE, "DRUG_TEST"),
    Agency.Kind.SEGREGATION: (Kind.SEGREGATION, "SEGREGATION"),
    Agency.Kind.HEALTHCARE: (Kind.DETOX, "HEALTHCARE"),
    Agency.Kind.SAFER: (Kind.ACCT, "SAFER_CUSTODY"),
}
WORDS = {
    Kind.POSITIVE: ["Spice", "Found at the second test", ""],
    Kind.SEGREGATION: ["Good order, for three days at least", "", "Found under the influence before"],
    Kind.DETOX: ["Began last night", "Alcohol, ten days", ""],
    Kind.ACCT: ["", "Please see with the wing’s staff"],
}
WHY = ["Sent twice", "Nobody has a number like this; the department looks again"]
REFERRED = 0.6  # of the referrals from a department, those that a notice came before
UNKNOWN = "A0000AA"


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"inward notices {world.prison.code} {world.today}")
    world.prison.notice_referral_kinds = [Kind.ACCT]
    world.prison.save(update_fields=["notice_referral_kinds"])
    departments = {agency.kind: agency for agency in Agency.objects.filter(kind__in=TELLS).order_by("-pk")}
    senders = {
        user.agency_id: user for user in User.objects.filter(agency__in=departments.values(), prison=world.prison)
    }
    told = {TELLS[kind][0]: (agency, senders.get(agency.pk)) for kind, agency in departments.items()}
    told = {kind: pair for kind, pair in told.items() if pair[1]}
    _before_referrals(world, dice, told)
    _of_these_days(world, dice, told)


def items(agency):
    """What the protocol with a department lets pass."""
    return [Protocol.Item[f"IN_{TELLS[agency.kind][0]}"]]


def _before_referrals(world, dice, told):
    kinds = {source: kind for kind, source in TELLS.values()}
    for referral in world.rows[Referral]:
        kind = kinds.get(referral.source.code)
        if kind not in told or dice.random() > REFERRED:
            continue
        sent_at = referral.made_at - timedelta(minutes=dice.randint(20, 180))
        _tell(
            world, dice, told, kind, referral.person, referral.received_on, sent_at, Outcome.REFERRED, referral.made_at, referral.made_by
        )  # fmt: skip


def _of_these_days(world, dice, told):
    """Of the last week what was noted or dismissed, and of yesterday what nobody has dealt with."""
    here = sorted((stay.person for stay in world.here.values()), key=lambda person: person.number)
    yesterday, week = world.today - days.DAY, world.today - timedelta(days=7)
    for kind in told:
        for _ in range(3):
            day = week + timedelta(days=dice.randrange(6))
            worker, sent_at = dice.choice(world.workers), days.moment(day, time(9), dice.randrange(55))
            outcome = dice.choice([Outcome.NOTED, Outcome.NOTED, Outcome.DISMISSED])
            done = sent_at + timedelta(minutes=dice.randint(30, 300))
            _tell(world, dice, told, kind, dice.choice(here), day, sent_at, outcome, done, worker)
        sent_at = days.moment(yesterday, time(16), dice.randrange(55))
        _tell(world, dice, told, kind, dice.choice(here), yesterday, sent_at)
    for kind in list(told)[:1]:
        _tell(world, dice, told, kind, None, yesterday, days.moment(yesterday, time(17)))


def _tell(world, dice, told, kind, person, day, sent_at, outcome="", done=None, worker=None):
    agency, sender = told[kind]
    world.add(
        InwardNotice,
        rng=dice,
        agency=agency,
        kind=kind,
        number=person.number if person else UNKNOWN,
        person=person,
        on=day,
        words=dice.choice(WORDS[kind]),
        sent_by=sender,
        sent_at=sent_at,
        taken_in_at=sent_at + timedelta(seconds=20),
        seen_at=done,
        seen_by=worker,
        outcome=outcome,
        outcome_at=done,
        outcome_by=worker,
        why=dice.choice(WHY) if outcome == Outcome.DISMISSED else "",
    )
