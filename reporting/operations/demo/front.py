"""What duty workers do about those who wait, what referrals say, and who is asked again after a no.

It draws from a generator of its own, so that the rest of the year does not change with it.
"""

import uuid
from datetime import time, timedelta

from casework.models import Location
from referrals.models import Attempt, Claim, Hold, Offer, Source
from reporting.operations.demo import alerts, days, staff

WANTS = ["STOP", "CUT_DOWN", "HARM", "PRESCRIBED", "GROUP", "TALK", "FAMILY", "RELEASE"]
OFFICES = {
    "COURT": ["Exampleton Magistrates’ Court", "Sampleford Crown Court"],
    "COMMUNITY": ["Exampleside drug and alcohol team", "Sampleford recovery service"],
    "PROBATION": ["Exampleside probation office"],
    "PRISON": ["HMP Sampleford", "HMP Exampleton"],
}
IN_VAIN = [Attempt.Outcome.LOCKED, Attempt.Outcome.ELSEWHERE, Attempt.Outcome.UNWELL, Attempt.Outcome.LATER]
NOTES = {
    Attempt.Outcome.LOCKED: "Wing staff short.",
    Attempt.Outcome.ELSEWHERE: "In the workshop until four.",
    Attempt.Outcome.UNWELL: "In bed, feels rough.",
    Attempt.Outcome.LATER: "Has a visit. Tomorrow suits him.",
}
ANSWERS = {Offer.Answer.ACCEPTED: 35, Offer.Answer.DECLINED: 50, Offer.Answer.NEVER: 15}
LEFT_TO_ASK = 7  # Days: those whose time came since are still to be asked today.


def described(world, stay, source, urgent):
    """What a referral says beside its reason: wants, signs, and where it came from."""
    rng, signs = world.front, []
    if source.code == "RECEPTION" and urgent:
        signs = rng.choice([["POSITIVE"], ["POSITIVE"], ["WITHDRAWING"], ["POSITIVE", "WITHDRAWING"]])
    elif source.code == "UTI":
        signs = ["INFLUENCE"]
    elif source.code == "HEALTHCARE" and rng.random() < 0.3:
        signs = ["DETOX"]
    wants = rng.sample(WANTS, rng.choice([1, 1, 2, 3] if source.code == "SELF" else [0, 0, 1, 2]))
    if source.group == Source.Group.EXTERNAL:
        place = {"office": rng.choice(OFFICES.get(source.code, [""]))}
    else:
        place = {"wing": world.wings[stay.wing], "cell": stay.bed}
    return {"wants": sorted(wants, key=WANTS.index), "signs": signs, **place}


def away(world, stay, day):
    """The duty worker came and the man was out; mostly the referral rests until he is back."""
    referral, rng = stay.referral, world.front
    absent = stay.location.whereabouts == Location.Whereabouts.ABSENT
    outcome = Attempt.Outcome.HOSPITAL if absent else Attempt.Outcome.COURT
    if day not in stay.out or day < referral.received_on:
        return
    at = days.between(rng, day, 11, 12)
    worker = rng.choice(world.present(day))
    _attempt(world, stay, outcome, at, worker)
    if id(referral) not in world.resting and rng.random() < 0.6:
        _hold(world, stay, outcome, at + timedelta(minutes=5), days.working_after(day, 2), worker)


def tried(world, stay, day):
    """Somebody went in vain."""
    rng = world.front
    outcome = rng.choice(IN_VAIN)
    _attempt(world, stay, outcome, days.between(rng, day, 13, 16), rng.choice(world.present(day)), NOTES[outcome])


def answered(world, stay, at, worker):
    """Most referrals were taken that morning by whoever answers them; what rests goes on no more."""
    rng, referral = world.front, stay.referral
    off_hold(world, stay, at, worker)
    begun = days.moment(at.date(), time(8, 35))
    if referral.made_at < begun < at and rng.random() < 0.6:
        claim = _claim(world, stay, begun, worker)
        claim.until_at, claim.ended_by = at, worker


def off_hold(world, stay, at, by):
    """What ended the referral ended its hold."""
    if hold := world.resting.pop(id(stay.referral), None):
        hold.lifted_at, hold.lifted_by = at, by


def declined(world, stay, triage, refer):
    """Somebody said no: when he is to be asked again. ``refer`` makes the referral, should he say yes then."""
    triage.ask_again = world.front.random() > 0.08
    if triage.ask_again:
        _ask_later(world, stay, triage, triage.done_on, refer)


def _ask_later(world, stay, triage, day, refer):
    again = days.working_after(day + timedelta(days=world.prison.reoffer_days), 0)
    world.later(again, ask_again, stay, triage, refer)


def ask_again(world, stay, day, triage, refer):
    """The time has come. Who was referred or taken on since is not asked; the last few are still to be asked."""
    if stay.case or stay.referral or stay.referred_on > triage.done_on or day in stay.out:
        return
    if day > world.today - timedelta(days=LEFT_TO_ASK):
        return
    answer = world.front.choices(list(ANSWERS), ANSWERS.values())[0]
    at, worker = days.between(world.front, day, 14, 16), world.front.choice(world.present(day))
    made = _add(
        world,
        Offer,
        triage=triage,
        person=stay.person,
        answer=answer,
        asked_on=day,
        asked_by=worker,
        recorded_at=at,
    )
    if answer == Offer.Answer.ACCEPTED:
        made.referral = refer(world, stay, day, world.sources[Source.OFFERED_AGAIN])
        made.recorded_at = made.referral.made_at
        world.triage_due[days.working_after(day, 1 + world.front.randrange(3))].append(stay)
    elif answer == Offer.Answer.DECLINED:
        _ask_later(world, stay, triage, day, refer)


def leave_open(world):
    """This morning's state of the queue: some taken, one seen, two resting, one tried in vain."""
    waiting = [stay for stay in world.here.values() if stay.referral and id(stay.referral) not in world.resting]
    waiting.sort(key=lambda stay: (stay.referral.received_on, stay.person.number))
    before = days.working_before(world.today, 1)
    known = [stay for stay in waiting if stay.referral.received_on <= before and before not in stay.out]
    workers = [worker for worker in world.workers if worker.password != staff.UNUSABLE]
    morning, yesterday = days.moment(world.today, time(8, 5)), days.moment(before, time(15, 30))
    if known:
        stay = known.pop()
        _claim(world, stay, yesterday - timedelta(hours=1), workers[0])
        _attempt(world, stay, Attempt.Outcome.SEEN, yesterday, workers[0], "Seen at his door, to be finished tomorrow.")
    for reason, ahead in [(Hold.Reason.COURT, 2), (Hold.Reason.HOSPITAL, 6)]:
        if known:
            until = days.working_after(world.today, ahead)
            _hold(world, known.pop(), reason, yesterday, until, workers[1])
    if known:
        for minutes in (0, 90):
            _attempt(world, known[-1], Attempt.Outcome.LOCKED, yesterday - timedelta(minutes=minutes), workers[1])
        known.pop()
    for stay, worker in zip(known, workers[:2], strict=False):
        _claim(world, stay, morning, worker)
    calm = [stay for stay in known[2:] if not stay.alerts.keys() & {alerts.OPEN_ACCT, alerts.AFTER_ACCT}]
    if calm:  # While he waited, an ACCT was opened: his urgency has risen by itself.
        alerts.open_acct(world, calm[0], yesterday + timedelta(hours=2))


def _add(world, model, **values):
    return world.add(model, nonce=uuid.UUID(int=world.front.getrandbits(128), version=4), **values)


def _claim(world, stay, at, worker):
    return world.add(Claim, referral=stay.referral, person=stay.person, worker=worker, from_at=at)


def _attempt(world, stay, outcome, at, worker, note=""):
    _add(
        world,
        Attempt,
        referral=stay.referral,
        person=stay.person,
        outcome=outcome,
        note=note,
        on=at.date(),
        made_by=worker,
        recorded_at=at + timedelta(minutes=10),
    )


def _hold(world, stay, reason, at, until_on, worker):
    world.resting[id(stay.referral)] = _add(
        world,
        Hold,
        referral=stay.referral,
        person=stay.person,
        reason=reason,
        from_on=at.date(),
        until_on=until_on,
        made_by=worker,
        made_at=at,
    )
