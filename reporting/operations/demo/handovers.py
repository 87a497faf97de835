"""Handovers for those who are due out: drafted some weeks before, made ready, sent, answered by the agency."""

from datetime import timedelta

from casework.models import CustodySpell
from partners.formats import sections
from partners.models import Handover, HandoverMove, Pack
from partners.queries import packs as pack_queries
from reporting.operations.demo import days, packs, staff

State = Handover.State
STAYED_OUT = {CustodySpell.End.RELEASED, CustodySpell.End.RELEASED_COURT}
QUERIES = [
    "Which pharmacy does he want to use?",
    "We have him at another address. Which one is right?",
    "Can he come on the day itself? We have a slot at three.",
    "Does he know our worker by name? If not, who introduces us?",
]
ANSWERS = ["Thank you. We meet him at the gate.", "Received. Appointment is in our diary.", "All clear.", ""]


def work(world, day):
    """Begin a handover for everybody whose time has come and who agreed to it."""
    for stay in list(world.caseload.values()):
        if not stay.handover and stay.allocation and _is_time(stay, day) and world.available(stay, day):
            consent = world.consents.get((id(stay.person), stay.area.pk))
            if consent and consent.asked_on < day <= consent.expires_on and _in_force(world, stay.area, day):
                _draft(world, stay, day, consent)


def stop(world, stay, at):
    """He has left. What was not sent is called back, and what was sent too if he did not go out."""
    handover, stay.handover = stay.handover, None
    if not handover:
        return
    if handover.state in (State.DRAFT, State.READY):
        _go(world, handover, State.RECALLED, at, stay.worker, "Left before it was sent.")
    elif stay.end not in STAYED_OUT:
        _go(world, handover, State.RECALLED, at, stay.worker, "Did not go out: moved elsewhere.")


def build_packs(world):
    """Typeset the packs of those who are still here; the worker builds the others afterwards. An amendment takes the place of the first."""
    amended = {id(pack.handover) for pack in world.rows[Pack] if pack.number > 1}
    for pack in world.rows[Pack]:
        packs.number(pack)
        if pack.handover.state == State.RECALLED:
            pack.state = Pack.State.STALE
        elif pack.handover.release_on >= world.today:
            packs.typeset(pack)
            if pack.number == 1 and id(pack.handover) in amended:
                pack.state = Pack.State.AMENDED


def _is_time(stay, day):
    return stay.released_on is not None and 0 < (stay.released_on - day).days <= stay.lead


def _in_force(world, agency, day):
    protocol = world.protocols[agency.pk]
    return protocol.starts_on <= day <= protocol.review_on


def _draft(world, stay, day, consent):
    at = days.between(world.rng, day, 13, 16)
    stay.handover = world.add(
        Handover,
        person=stay.person,
        case=stay.case,
        agency=stay.area,
        consent=consent,
        sections=consent.sections,
        release_on=stay.released_on,
        content=packs.begun(world, stay),
        made_by=stay.worker,
        made_at=at,
    )
    _note(world, stay.handover, "", at, stay.worker)
    world.later(days.working_after(day, world.rng.randint(1, 6)), _make_ready, stay)


def _make_ready(world, stay, day):
    """Everything is said: the pack is asked for."""
    if not stay.handover or not stay.worker:
        return
    at, by = days.between(world.rng, day, 9, 15), stay.worker
    handover = stay.handover
    packs.completed(world, stay, handover)
    _go(world, handover, State.READY, at, by)
    content = pack_queries.trimmed(packs.composed(world, stay, handover, by), handover.sections)
    world.add(Pack, handover=handover, agency=handover.agency, content=content, asked_by=by, asked_at=at)
    world.later(days.working_after(day, world.rng.randint(1, 4)), _send, stay)


def _send(world, stay, day):
    if not stay.handover or not stay.worker:
        return
    at = stay.handover.sent_at = days.between(world.rng, day, 9, 12)
    stay.handover.content = sections.agreed(stay.handover.content, stay.handover.sections)
    _go(world, stay.handover, State.SENT, at, stay.worker)
    if world.chance(0.95):
        answer = _query if world.chance(0.18) else _acknowledge
        world.later(days.working_after(day, world.rng.choice([0, 1, 1, 2, 2, 3, 5, 8])), answer, stay)


def _query(world, stay, day):
    """The agency asks something first."""
    if stay.handover and stay.handover.state == State.SENT and not _left_to_visitors(world, stay, day):
        _answer(world, stay, day, State.QUERIED, world.rng.choice(QUERIES))
        world.later(days.working_after(day, world.rng.randint(2, 9)), _acknowledge, stay)


def _acknowledge(world, stay, day):
    waits = stay.handover and stay.handover.state in (State.SENT, State.QUERIED)
    if waits and not _left_to_visitors(world, stay, day):
        _answer(world, stay, day, State.ACKNOWLEDGED, world.rng.choice(ANSWERS))


def _left_to_visitors(world, stay, day):
    """Whoever signs in as a partner finds the last days' handovers unanswered."""
    signs_in = world.partners[stay.area.pk].password != staff.UNUSABLE
    return signs_in and day >= world.today - timedelta(days=10)


def _answer(world, stay, day, state, words):
    handover = stay.handover
    at = handover.answered_at = days.between(world.rng, day, 13, 17)
    _go(world, handover, state, at, world.partners[handover.agency_id], words)


def _go(world, handover, state, at, by, words=""):
    before, handover.state = handover.state, state
    handover.version += 1
    _note(world, handover, before, at, by, words)


def _note(world, handover, before, at, by, words=""):
    world.add(
        HandoverMove,
        handover=handover,
        agency=handover.agency,
        before=before,
        after=handover.state,
        words=words,
        by=by,
        at=at,
    )
