"""Links by which agencies whose people do not sign in read and answered handovers: opened, tried in vain, revoked, run out, waiting."""

import random
from datetime import timedelta

from casework.formats import links as formats
from partners.models import Handover, HandoverLink, HandoverMove, LinkView
from reporting.operations.demo import days, staff

State, What = Handover.State, LinkView.What
ANSWERS = [State.ACKNOWLEDGED, State.QUERIED]
SHARE = 0.4


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"links {world.prison.code} {world.today}")
    first = {}
    for move in world.rows[HandoverMove]:
        if move.after in ANSWERS and _has_no_account(world, move.handover):
            first.setdefault(id(move.handover), move)
    answered = [move for move in first.values() if dice.random() < SHARE]
    for move in answered:
        _answered(world, dice, move)
    for number, handover in enumerate(_waiting(world)):
        _unanswered(world, dice, handover, wrong=number % 2 == 1)


def _has_no_account(world, handover):
    return world.partners[handover.agency_id].password == staff.UNUSABLE


def _waiting(world):
    return [
        handover
        for handover in world.rows[Handover]
        if handover.state == State.SENT and _has_no_account(world, handover) and not handover.answered_at
    ]


def _answered(world, dice, move):
    """Read and answered by it; now and then with a slip of the finger before, or by somebody it was passed on to after."""
    handover = move.handover
    made_at = max(handover.made_at, move.at - timedelta(hours=dice.randint(1, 4)))
    link = _link(world, dice, handover, made_at)
    opened = move.at - timedelta(minutes=dice.randint(6, 15))
    link.bound = formats.kept_of_browser(formats.token(link.nonce), f"browser {dice.random()}")
    link.first_used_at, link.seen_at = opened, move.at
    move.by, move.link = None, link
    if dice.random() < 0.2:
        _view(world, link, What.WRONG_CODE, opened - timedelta(minutes=1))
    _view(world, link, What.OPENED, opened)
    _view(world, link, What.HANDOVER, opened + timedelta(seconds=1))
    if dice.random() < 0.7:
        _view(world, link, What.PACK, opened + timedelta(minutes=2))
    _view(world, link, What.ANSWER, move.at)
    if dice.random() < 0.15:
        _view(world, link, What.OTHER_BROWSER, move.at + timedelta(hours=1))
    if dice.random() < 0.15 and link.expires_at.date() < world.today - days.DAY:
        _view(world, link, What.LATE, link.expires_at + timedelta(hours=5))
    if dice.random() < 0.1:
        link.revoked_at, link.revoked_by = move.at + timedelta(hours=2), link.made_by


def _unanswered(world, dice, handover, wrong):
    """Sent yesterday and not opened, or closed after wrong codes."""
    made_at = max(handover.sent_at, days.between(dice, days.working_before(world.today, 1), 13, 16))
    link = _link(world, dice, handover, made_at)
    if wrong:
        link.tries = HandoverLink.MOST_TRIES
        for number in range(HandoverLink.MOST_TRIES):
            _view(world, link, What.WRONG_CODE, made_at + timedelta(minutes=20 + number))


def _link(world, dice, handover, made_at):
    link = world.add(
        HandoverLink,
        rng=dice,
        handover=handover,
        agency=handover.agency,
        mailbox=handover.agency.mailbox,
        code_to=f"Read out to {handover.agency.name}, {handover.agency.phone}",
        made_by=handover.made_by,
        made_at=made_at,
        expires_at=made_at + timedelta(hours=HandoverLink.USUAL_HOURS),
    )
    token = formats.token(link.nonce)
    link.token_hash = formats.kept_of_token(token)
    link.code_hash = formats.kept_of_code(token, formats.code(link.nonce))
    return link


def _view(world, link, what, at):
    world.add(LinkView, link=link, handover=link.handover, agency=link.agency, what=what, at=at)
