"""Visitors of the community teams: who carries keys, whom they saw on the wings in the last weeks, and what they took away with them."""

import random
from datetime import time, timedelta

from casework.models import Agency, Consent
from partners.models import KeyHolder, OutwardReferral, WingVisit, WingVisitLine
from partners.queries import handovers
from referrals.models import Referral
from reporting.operations.demo import days, staff

State, What, WaitsFor = OutwardReferral.State, WingVisitLine.What, WingVisitLine.WaitsFor
WEEKS, AGREE, STRANGERS = 8, 0.55, 2
UNSEEN = timedelta(days=4)  # The answers of the last days nobody has looked at yet.
NAMES = ["Vera Fictwalk", "Cal Draftgate", "Ines Samplekey", "Dom Testlanding", "Nora Mockwing", "Ravi Trialspur"]
NOTES = {
    What.ADVICE: ["Naloxone and lost tolerance.", "Where the drop-in is, and when it is open.", ""],
    What.SUPPORT: ["Worried about the first night out.", "Spoke of his daughter.", "Wants to be met at the gate.", ""],
    What.TAKEN_AWAY: [
        "Wants a worker before he goes out.",
        "Script to be carried on.",
        "Asks for a place in a hostel.",
    ],
    What.NOT_SEEN: ["At work.", "On a visit.", ""],
    What.TO_US: ["Asked for help with spice.", "Not on the caseload, wants to talk."],
}
ANSWERS = {
    State.ACCEPTED: ["Named worker sees him on the wing next week.", "Taken on. First appointment follows."],
    State.REFUSED: ["Goes to another area.", "Known to us and not ready: ask again in the new year."],
    State.WITHDRAWN: ["He has changed his mind."],
}
KEYS = [["GATE"], ["WINGS"], ["GATE", "OFFICE"]]


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"wing visits {world.prison.code} {world.today}")
    teams = [agency for agency in world.agencies if agency.kind == Agency.Kind.DIP]
    holders = [_holder(world, dice, agency, place) for place, agency in enumerate(teams)]
    _former(world, dice, teams[0])
    agreed = _agreed(world, dice)
    walkers = [holder for holder in holders if holder.user]  # those who sign in
    for holder in walkers:
        for week in range(WEEKS):
            day = days.working_before(world.today, 5 * week + dice.randint(1, 4))
            _walk(world, dice, holder, day, agreed.get(holder.agency_id, []))
    _to_us(world, dice, walkers[0])
    _from_staff(world, dice, agreed, teams)


def _holder(world, dice, agency, place):
    """One visitor of each team. The vetting of one runs out soon, the key talk of another has."""
    account = world.partners[agency.pk]
    ahead = {2: (20, 200), 3: (150, -6)}.get(place, (dice.randint(90, 400), dice.randint(60, 300)))
    return world.add(
        KeyHolder,
        rng=dice,
        agency=agency,
        name=account.full_name if account.password != staff.UNUSABLE else NAMES[place % len(NAMES)],
        user=account if account.password != staff.UNUSABLE else None,
        keys=KEYS[place % len(KEYS)],
        vetted_until=world.today + timedelta(days=ahead[0]),
        key_talk_until=world.today + timedelta(days=ahead[1]),
    )


def _former(world, dice, agency):
    ended_on = world.today - timedelta(days=70)
    until = {"vetted_until": ended_on, "key_talk_until": ended_on + timedelta(days=90)}
    world.add(KeyHolder, rng=dice, agency=agency, name="Lynn Formerkey", keys=["WINGS"], ended_on=ended_on, **until)


def _agreed(world, dice):
    """Agency → (stay, the day from which) of those on the caseload who agreed to be seen by their home team."""
    found = {}
    visits = [row for row in world.rows[Consent] if row.purpose == Consent.Purpose.WING_VISITS]
    asked = {(id(row.person), row.agency_id): row for row in visits}
    for stay in world.caseload.values():
        key = id(stay.person), stay.area.pk
        told = world.consents.get(key)
        if told and key not in asked and dice.random() < AGREE:
            asked[key] = _ask(world, dice, stay, told)
        row = asked.get(key)
        if row and row.given and not row.withdrawn_at and row.expires_on >= world.today:
            found.setdefault(stay.area.pk, []).append((stay, row.asked_on))
    return found


def _ask(world, dice, stay, told):
    """Whoever agreed to the handover was asked about visits in one go."""
    return world.add(
        Consent,
        rng=dice,
        person=stay.person,
        agency=stay.area,
        purpose=Consent.Purpose.WING_VISITS,
        given=True,
        how=told.how,
        wording=told.wording,
        asked_on=told.asked_on,
        asked_by=told.asked_by,
        expires_on=told.expires_on,
        recorded_at=told.recorded_at,
        recorded_by=told.recorded_by,
    )


def _walk(world, dice, holder, day, agreed):
    """Along the wing on which most of those live who agreed by that day, with a stranger or two."""
    there = [stay for stay, since in agreed if since < day and stay.bed]
    if not there:
        return
    wing = dice.choice(sorted({stay.wing for stay in there}))
    visit = _visit(world, dice, holder, wing, day)
    for stay in [stay for stay in there if stay.wing == wing][:10]:
        kind = dice.choices([What.ADVICE, What.SUPPORT, What.NOT_SEEN, What.TAKEN_AWAY], [4, 4, 2, 2])[0]
        line = _line(world, dice, visit, stay.person.number, kind, planned=True, person=stay.person)
        if kind == What.TAKEN_AWAY:
            line.outward = _refer(world, dice, stay, holder.agency, line.note, visit.recorded_at, holder.user)
    known = {id(stay.person) for stay in there}
    others = [
        s for s in world.here.values() if s.wing == wing and id(s.person) not in known and s.spell.received_on < day
    ]
    for stay in dice.sample(others, min(len(others), dice.randint(0, STRANGERS))):
        kind = dice.choice([What.ADVICE, What.SUPPORT, What.TAKEN_AWAY])
        waits = WaitsFor.CONSENT if kind == What.TAKEN_AWAY else ""
        _settled(world, dice, _line(world, dice, visit, stay.person.number, kind, person=stay.person, waits_for=waits))
    if dice.random() < 0.3:
        _settled(world, dice, _line(world, dice, visit, "Z0000ZZ", What.ADVICE, waits_for=WaitsFor.NUMBER))


def _visit(world, dice, holder, wing, day):
    return world.add(
        WingVisit,
        rng=dice,
        agency=holder.agency,
        visitor=holder,
        wing=world.wings[wing],
        on=day,
        recorded_by=holder.user,
        recorded_at=days.moment(day, time(16), dice.randint(0, 50)),
    )


def _line(world, dice, visit, number, what, **given):
    return world.add(
        WingVisitLine,
        rng=dice,
        visit=visit,
        agency=visit.agency,
        number=number,
        what=what,
        note=dice.choice(NOTES[what]),
        taken_up_at=visit.recorded_at,
        **given,
    )


def _settled(world, dice, line):
    """What waited for the team was looked at, unless it is of the last days."""
    if line.waits_for and line.visit.on < world.today - timedelta(days=10):
        line.settled_at = days.moment(days.working_after(line.visit.on, 2), time(10), dice.randint(0, 50))
        line.settled_by = dice.choice(world.workers)


def _refer(world, dice, stay, agency, why, at, by):
    """A referral to an agency with what came of it. Of the last days' most wait; one that waits is not made twice."""
    for row in world.rows[OutwardReferral]:
        if row.person is stay.person and row.agency_id == agency.pk and row.state == State.MADE:
            return row
    row = world.add(
        OutwardReferral,
        rng=dice,
        person=stay.person,
        case=stay.case,
        agency=agency,
        identity=handovers.identity(stay.person),
        why=why,
        made_by=by,
        made_at=at,
    )
    answered_on = days.working_after(at.date(), dice.randint(1, 6))
    if answered_on < world.today and dice.random() < 0.85:
        row.state = dice.choices([State.ACCEPTED, State.REFUSED, State.WITHDRAWN], [7, 3, 1])[0]
        row.answered_at, row.version = days.moment(answered_on, time(11), dice.randint(0, 50)), 2
        row.answer = dice.choice(ANSWERS[row.state])
        row.answered_by = stay.worker or world.manager if row.state == State.WITHDRAWN else world.partners[agency.pk]
        if row.state == State.WITHDRAWN or answered_on < world.today - UNSEEN:
            row.seen_by, row.seen_at = stay.worker or world.manager, row.answered_at + timedelta(hours=3)
    return row


def _to_us(world, dice, holder):
    """Some of those whom somebody named on a wing were named by a visitor; one was gone by the time it was taken up."""
    since = world.today - timedelta(weeks=WEEKS)
    came = [row for row in world.rows[Referral] if row.source.code == "WING" and row.received_on > since]
    for row in dice.sample(came, min(3, len(came))):
        visit = _visit(world, dice, holder, dice.choice(sorted(world.wings)), row.received_on)
        _line(world, dice, visit, row.person.number, What.TO_US, person=row.person)
    gone = [stay for stay in world.gone if stay.end == "RELEASED"]
    if gone:
        visit = _visit(world, dice, holder, "B", days.working_before(world.today, 2))
        stay = gone[-1]
        _line(world, dice, visit, stay.person.number, What.TO_US, person=stay.person, waits_for=WaitsFor.ROLL)


def _from_staff(world, dice, agreed, teams):
    """A few were referred by their keyworkers."""
    for agency in teams[:3]:
        for stay, since in agreed.get(agency.pk, [])[:12]:
            made_on = days.working_before(world.today, dice.randint(1, 40))
            if stay.worker and since < made_on:
                at = days.moment(made_on, time(11), dice.randint(0, 50))
                _refer(world, dice, stay, agency, "Wants to know his worker before he goes out.", at, stay.worker)
