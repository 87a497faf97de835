"""Kiosks on the wings, and what was handed over there: waiting to be matched, matched, not for the team, nobody's."""

import hashlib
import random
from datetime import time, timedelta

from referrals.models import KioskLink, Referral, Slip
from reporting.operations.demo import days, doubles

OFFICERS = ["Officer Blank", "Officer Filler", "SO Sketchley", "Officer Dummyson"]
WORRIES = [
    "Slurred at unlock, slept through work. Not like him.",
    "Asked me who he can talk to about the spice.",
    "Owes on the wing. Says it is for vapes; others say not.",
    "Shaking and sweating since last night.",
]
Answer = Slip.Answer


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"kiosks {world.prison.code} {world.today}")
    links = [
        _link(world, code, name, number)
        for number, (code, name) in enumerate([("A", "Office"), ("K", "Office"), ("B", "Servery"), ("C", "Office")])
    ]
    _, _, revoked, expired = links
    revoked.revoked_at, revoked.revoked_by = days.moment(world.today - timedelta(days=20), time(11)), world.manager
    expired.expires_on = world.today - timedelta(days=2)
    _matched(world, dice, links[0])
    _answered(world, dice, links[1], Answer.NOT_FOR_US, "Asks about his canteen. Passed to the wing.")
    _answered(world, dice, links[1], Answer.UNKNOWN, "No such name or number here or before.")
    here = [stay for stay in world.here.values() if not stay.case and not stay.referral]
    exact, misspelt, half = dice.sample([stay for stay in here if doubles.respelt(stay.person.surname)], 3)
    _waiting(world, dice, links[0], exact, number=exact.person.number)
    name = f"{misspelt.person.forenames} {doubles.respelt(misspelt.person.surname)}"
    _waiting(world, dice, links[1], misspelt, name=name, date_of_birth=misspelt.person.date_of_birth, urgent=["DETOX"])
    _waiting(world, dice, links[0], half, name=half.person.surname, urgent=["UTI"], asked_himself=True)


def _link(world, code, name, number):
    wing = world.wings[code]
    token = hashlib.sha256(f"{world.prison.code} kiosk {code}".encode()).hexdigest()
    return world.add(
        KioskLink,
        wing=wing,
        label=f"{wing.name}: {name.lower()}",
        token_hash=token,
        issued_by=world.manager,
        issued_at=days.moment(world.today - timedelta(days=60 - number), time(9, 30)),
        expires_on=world.today + timedelta(days=120),
    )


def _slip(world, dice, link, at, **given):
    link.used += 1
    link.last_used_at = max(filter(None, [link.last_used_at, at]))
    values = {
        "officer": dice.choice(OFFICERS),
        "worry": dice.choice(WORRIES),
        "cell": f"{link.wing.code}-2-0{dice.randint(10, 24)}",
    }
    return world.add(Slip, wing=link.wing, link=link, received_at=at, **{**values, **given})


def _waiting(world, dice, link, stay, **given):
    _slip(
        world, dice, link, days.between(dice, days.working_before(world.today, 1), 14, 18), cell=stay.bed or "", **given
    )


def _answered(world, dice, link, answer, why):
    at = days.between(dice, days.working_before(world.today, 6), 9, 11)
    row = _slip(world, dice, link, at, name="Somebody Unsaid")
    row.answer, row.answered_at, row.answered_by, row.why = answer, at + timedelta(hours=3), world.manager, why


def _matched(world, dice, link):
    """The last referrals that wing officers made came through the kiosk."""
    made = [
        row
        for row in world.rows[Referral]
        if row.source.code == "WING" and row.made_at.date() > world.today - timedelta(days=40)
    ]
    for referral in made[-3:]:
        at = referral.made_at - timedelta(hours=1)
        row = _slip(world, dice, link, at, number=referral.person.number, worry=referral.reason)
        row.answer, row.answered_at, row.answered_by = Answer.MATCHED, referral.made_at, referral.made_by
        row.person, row.referral = referral.person, referral
