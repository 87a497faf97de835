"""Release plans of every case, what the clinical side confirmed, what was left in a handover for a reason, and amendments of packs.

Invented once the year is over, from what became of each case, so that nothing else of the year is changed by it.
"""

import random
from datetime import timedelta

from casework.models import Case, User
from partners.formats import changes
from partners.models import ClinicalPart, Handover, HandoverMove, Pack, ReleasePlan, WordsLeft
from partners.queries import clinical
from reporting.operations.demo import days, notes, packs

State = Handover.State
TESTED = " Tested negative twice."
CLINICAL = [
    (
        "Methadone 40 ml a day, supervised. Last dose on the morning of release.",
        "The community drug team, from Monday.",
    ),
    ("Buprenorphine 8 mg a day, supervised.", "His own GP; letter sent."),
    ("Thiamine. Nothing else is prescribed.", ""),
]
AREAS = ["With his mother", "Hostel place asked for", "His own flat", "Not known yet"]


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"releases {world.prison.code} {world.today}")
    stays = {id(stay.case): stay for stay in world.caseload.values()}
    for case in world.rows[Case]:
        _plan(world, dice, case, stays.get(id(case)))
    asked = {}
    for move in world.rows[HandoverMove]:
        if move.after == State.READY:
            asked[id(move.handover)] = move
    for handover in world.rows[Handover]:
        if id(handover) in asked:
            _check(world, dice, handover, asked[id(handover)])
    for pack in list(world.rows[Pack]):
        _amend(world, dice, pack)


def _plan(world, dice, case, stay):
    """Begun with the case; most are written within some weeks. Who left early has none but the beginning."""
    begun_at = days.between(dice, case.opened_on, 9, 16)
    plan = world.add(
        ReleasePlan, rng=dice, case=case, person=case.person, begun_by=case.opened_by, begun_at=begun_at, content={}
    )
    written_on = days.working_after(case.opened_on, dice.randint(3, 40))
    worker = stay and stay.worker
    if not worker or written_on >= world.today or dice.random() < 0.2:
        return
    plan.agency = stay.area if dice.random() < 0.85 else None
    plan.content, plan.version = _said(dice, stay), 2
    plan.written_by, plan.written_at = worker, days.between(dice, written_on, 9, 16)


def _said(dice, stay):
    opiates = notes.OPIATES & set(stay.drugs)
    said = {
        "person": {"area": stay.area.name.split(" ")[0], "contact": dice.choice(AREAS)},
        "overdose_risk": "High: opiates before custody, none now."
        if opiates
        else "Raised, as for everybody in the first weeks.",
        "use": {"substances": [{"substance": name, "before": "Most days"} for name in stay.drugs], "tolerance": "Low."},
        "treatment": {"wants": dice.choice(packs.WANTS).format(drug=stay.drugs[0].lower())},
    }
    if dice.random() < 0.7:
        said["naloxone"] = {"answer": "To be given at the gate" if opiates else "Not needed: no opioid use"}
        said["harm_reduction"] = dice.sample(packs.ADVICE, 2)
    if dice.random() < 0.5:
        said["no_appointment_because"] = dice.choice(packs.REASONS)
    return said


def _check(world, dice, handover, ready):
    """The clinical side wrote something for some, and confirmed every one; now and then words were left."""
    of_it = [pack for pack in world.rows[Pack] if pack.handover is handover]
    if dice.random() < 0.4:
        summary, prescriber = dice.choice(CLINICAL)
        said = {
            "author": "Nurse in charge, healthcare (fictional)",
            "stated_on": ready.at.date().isoformat(),
            "summary": summary,
            "next_prescriber": prescriber,
        }
        for content in [handover.content, *(pack.content for pack in of_it)]:
            content["clinical"] = said
    at = ready.at - timedelta(minutes=dice.randint(10, 40))
    by = next((user for user in world.workers if user.has_duty(User.Duty.CLINICAL)), world.manager)
    given = {"digest": clinical.digest(handover.content), "nothing": not handover.content.get("clinical")}
    world.add(ClinicalPart, rng=dice, handover=handover, by=by, at=at, **given)
    told = [handover.content, *(pack.content for pack in of_it)]
    # Of a part that somebody does not share there is nothing in what was sent.
    if dice.random() < 0.06 and all((content.get("treatment") or {}).get("summary") for content in told):
        for content in told:
            content["treatment"] = {**content["treatment"], "summary": content["treatment"]["summary"] + TESTED}
        reason = "He asked us to tell them: he is proud of it."
        left = {"kind": WordsLeft.Kind.TEST, "words": "tested negative", "reason": reason}
        world.add(WordsLeft, rng=dice, handover=handover, by=handover.made_by, at=at, **left)


def _amend(world, dice, pack):
    """The release of some came forward after the pack was sent: another pack says so."""
    handover = pack.handover
    if (
        handover.state not in {State.SENT, State.ACKNOWLEDGED}
        or handover.release_on < world.today
        or dice.random() > 0.2
    ):
        return
    asked_at = handover.sent_at + timedelta(days=1, hours=1)
    if asked_at.date() >= world.today or not pack.content.get("custody"):
        return
    before = {**pack.content, "custody": {**pack.content["custody"]}}
    before["custody"]["release_on"] = (handover.release_on + timedelta(days=dice.randint(2, 6))).isoformat()
    numbered = [{**content, "pack": {"number": "0"}} for content in [before, pack.content]]
    changed = changes.told(*numbered)
    told = {"number": 1, "on": asked_at.date().isoformat(), "changed": changed}
    second = {"number": 2, "content": {**pack.content, "amendments": [told]}, "changed": changed}
    pack.content = before
    world.add(
        Pack, rng=dice, handover=handover, agency=handover.agency, asked_by=pack.asked_by, asked_at=asked_at, **second
    )
