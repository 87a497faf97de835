"""What happened to somebody between two rolls, told from what was known before and what the row says after.

Never from one code alone. Codes describe the last movement, which may be weeks old, and the same code
("court") stands on the rows of men who are out, back, transferred and released. So the status and the booking
speak first, then the codes.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from casework.formats import reference

OUTSIDE = "OUT"
UNPROVEN_DAYS = 7  # a man missing for longer, in a file without bookings, is taken to begin a new spell


class Ended(StrEnum):
    """How a stay on the roll ended, as far as it is known. NOT_KNOWN: missing from a roll, nobody has
    confirmed why.
    """

    NOT_KNOWN = "NOT_KNOWN"
    RELEASED = "RELEASED"
    HOSPITAL = "HOSPITAL"
    TRANSFERRED = "TRANSFERRED"
    ESCAPED = "ESCAPED"
    DIED = "DIED"


class Movement(StrEnum):
    """What happened. See ON_ROLL, OFF_ROLL and NEW_CUSTODY for what follows from it."""

    FIRST_RECEPTION = "FIRST_RECEPTION"  # a person nobody here has seen, received from outside
    NEW_SPELL = "NEW_SPELL"  # the same number with a new booking: a new custody spell
    READMISSION = "READMISSION"  # the same booking again after a release, hospital or escape
    TRANSFER_IN = "TRANSFER_IN"  # from another prison, perhaps by way of court
    BACK_ON_ROLL = "BACK_ON_ROLL"  # was missing without a confirmed reason and is here again: the spell goes on
    TO_COURT = "TO_COURT"
    RETURN_FROM_COURT = "RETURN_FROM_COURT"
    TEMPORARY_ABSENCE = "TEMPORARY_ABSENCE"
    RETURN_FROM_ABSENCE = "RETURN_FROM_ABSENCE"
    CELL_MOVE = "CELL_MOVE"
    UNCHANGED = "UNCHANGED"
    RELEASED = "RELEASED"
    RELEASED_TO_HOSPITAL = "RELEASED_TO_HOSPITAL"
    TRANSFER_OUT = "TRANSFER_OUT"
    ESCAPED = "ESCAPED"
    DIED = "DIED"
    NOT_ON_ROLL = "NOT_ON_ROLL"  # off the roll, and the file does not say why: staff confirm
    MERGED = "MERGED"  # the number was given up in a merge: no release, the person goes on under another
    ELSEWHERE = "ELSEWHERE"  # not our man now, and not before: nothing to record
    UNCLEAR = "UNCLEAR"  # the file contradicts what was confirmed (a dead man is on the roll): staff look


LABELS = {
    Movement.FIRST_RECEPTION: "First reception",
    Movement.NEW_SPELL: "New spell of custody",
    Movement.READMISSION: "Readmitted",
    Movement.TRANSFER_IN: "Transferred in",
    Movement.BACK_ON_ROLL: "Back on the roll",
    Movement.TO_COURT: "To court",
    Movement.RETURN_FROM_COURT: "Back from court",
    Movement.TEMPORARY_ABSENCE: "Out for a while",
    Movement.RETURN_FROM_ABSENCE: "Back from an absence",
    Movement.CELL_MOVE: "Moved cell",
    Movement.UNCHANGED: "Unchanged",
    Movement.RELEASED: "Released",
    Movement.RELEASED_TO_HOSPITAL: "Released to hospital",
    Movement.TRANSFER_OUT: "Transferred out",
    Movement.ESCAPED: "Escaped or absconded",
    Movement.DIED: "Died",
    Movement.NOT_ON_ROLL: "Missing from the roll",
    Movement.MERGED: "Number given up in a merge",
    Movement.ELSEWHERE: "Elsewhere",
    Movement.UNCLEAR: "Contradicts what is recorded",
}
TOLD = {  # what happened, told to somebody who works with the person
    Movement.FIRST_RECEPTION: "Received into prison",
    Movement.NEW_SPELL: "Received into prison again",
    Movement.READMISSION: "Back on the same booking",
    Movement.TRANSFER_IN: "Received from another prison",
    Movement.BACK_ON_ROLL: "On the roll again",
    Movement.TO_COURT: "Went to court",
    Movement.RETURN_FROM_COURT: "Back from court",
    Movement.TEMPORARY_ABSENCE: "Left for a while",
    Movement.RETURN_FROM_ABSENCE: "Came back",
    Movement.RELEASED: "Released",
    Movement.RELEASED_TO_HOSPITAL: "Released to hospital",
    Movement.TRANSFER_OUT: "Transferred to another prison",
    Movement.ESCAPED: "Escaped",
    Movement.DIED: "Died",
    Movement.NOT_ON_ROLL: "Not on the roll",
    Movement.MERGED: "Recorded under another number",
}
NEW_CUSTODY = frozenset({Movement.FIRST_RECEPTION, Movement.NEW_SPELL})
OFF_ROLL = {  # movement that ends a stay on this roll → how it ended
    Movement.RELEASED: Ended.RELEASED,
    Movement.RELEASED_TO_HOSPITAL: Ended.HOSPITAL,
    Movement.TRANSFER_OUT: Ended.TRANSFERRED,
    Movement.ESCAPED: Ended.ESCAPED,
    Movement.DIED: Ended.DIED,
    Movement.NOT_ON_ROLL: Ended.NOT_KNOWN,
    Movement.MERGED: Ended.NOT_KNOWN,
}
NOTHING_MOVED = frozenset({Movement.UNCHANGED, Movement.ELSEWHERE, Movement.UNCLEAR})
ON_ROLL = frozenset(Movement) - frozenset(OFF_ROLL) - NOTHING_MOVED


@dataclass(frozen=True)
class Before:
    """What was known of somebody before this file.

    ``prison``: where he is, or was last, on the roll. ``status`` and ``movement_type``: as the last row gave
    them (ACTIVE IN, ACTIVE OUT; CRT, TAP, …). ``ended`` and ``off_roll_since`` only where he is not
    ``on_roll``.
    """

    on_roll: bool
    prison: str
    booking_id: str = ""
    status: str = ""
    movement_type: str = ""
    cell: str = ""
    ended: Ended = Ended.NOT_KNOWN
    off_roll_since: datetime.date | None = None


def classify(before, after, *, prison, today):
    """What happened, as the roll of ``prison`` tells it.

    ``before``: Before, or None for somebody we have never seen. ``after``: his RollRow in the new file, from
    ``Roll.rows`` or ``Roll.elsewhere``, or None where the file leaves him out.
    """
    ours = before is not None and before.on_roll and before.prison == prison
    if after is None:
        return Movement.NOT_ON_ROLL if ours else Movement.UNCHANGED
    if not after.on_roll or after.prison != prison:
        return _gone(before, after, prison, ours)
    if before is None:
        return Movement.TRANSFER_IN if _from_prison(after) else Movement.FIRST_RECEPTION
    if _new_booking(before, after):
        return Movement.UNCLEAR if _dead(before) else Movement.NEW_SPELL
    if ours:
        return _stayed(before, after)
    return Movement.TRANSFER_IN if before.on_roll else _came_back(before, after, prison, today)


def _gone(before, after, prison, ours):
    """The row places him off this roll."""
    waiting = before is not None and not before.on_roll and before.ended == Ended.NOT_KNOWN
    if before is None or before.prison != prison or not (ours or waiting):
        return Movement.ELSEWHERE
    meaning = _meaning(after)
    if meaning == "DIED" or after.legal_status == "DEAD":
        return Movement.DIED
    if _new_booking(before, after):
        return Movement.NOT_ON_ROLL  # the row tells how the next stay goes, not how this one ended
    if after.in_out == "TRN" or after.prison not in (OUTSIDE, prison):
        return Movement.TRANSFER_OUT
    if after.restricted_patient:
        return Movement.RELEASED_TO_HOSPITAL
    if meaning == "TRANSFER" or after.movement_type == "TRN":
        return Movement.TRANSFER_OUT
    known = {
        "HOSPITAL": Movement.RELEASED_TO_HOSPITAL,
        "ESCAPED": Movement.ESCAPED,
        "MERGED": Movement.MERGED,
    }
    return known.get(meaning, Movement.RELEASED)


def _stayed(before, after):
    """He was on this roll and still is, on the same booking. His cell may have changed as well."""
    if after.in_out == "OUT" and (before.status != "ACTIVE OUT" or _changed_errand(before, after)):
        return _errand(after)
    if after.in_out == "IN" and before.status == "ACTIVE OUT":
        told = (before, after) if before.movement_type not in ("CRT", "TAP") else (before,)
        court = any(side.movement_type == "CRT" for side in told)
        return Movement.RETURN_FROM_COURT if court else Movement.RETURN_FROM_ABSENCE
    if after.cell and after.cell != before.cell:
        return Movement.CELL_MOVE
    return Movement.UNCHANGED


def _came_back(before, after, prison, today):
    """He was on nobody's roll and is on this one, on the same booking or on one the file does not name."""
    if _dead(before):
        return Movement.UNCLEAR
    if before.ended == Ended.TRANSFERRED:
        return Movement.TRANSFER_IN
    if before.ended == Ended.NOT_KNOWN:
        return _reappeared(before, after, prison, today)
    if _same_booking(before, after) or _meaning(after) in ("RECALL", "RECAPTURE", "LATE_RETURN"):
        return Movement.READMISSION
    # Without a booking number: joining two stays by mistake would carry an old consent into a new one.
    return Movement.NEW_SPELL


def _reappeared(before, after, prison, today):
    """He was missing, nobody confirmed why, and he is here again."""
    if before.prison != prison or _from_prison(after):
        return Movement.TRANSFER_IN
    since = before.off_roll_since
    if after.admitted_on and since and after.admitted_on >= since:
        return Movement.READMISSION if _same_booking(before, after) else Movement.NEW_SPELL
    if since and (today - since).days > UNPROVEN_DAYS and not _same_booking(before, after):
        return Movement.NEW_SPELL
    if after.in_out == "OUT":
        return _errand(after)
    returns = {"CRT": Movement.RETURN_FROM_COURT, "TAP": Movement.RETURN_FROM_ABSENCE}
    return returns.get(after.movement_type, Movement.BACK_ON_ROLL)


def _errand(after):
    """What somebody is out for who stays on the roll."""
    return Movement.TO_COURT if after.movement_type == "CRT" else Movement.TEMPORARY_ABSENCE


def _same_booking(before, after):
    """Whether both bookings are known and are one."""
    return bool(before.booking_id) and before.booking_id == after.booking_id


def _new_booking(before, after):
    """Whether both bookings are known and differ. The five-column report names none."""
    return bool(before.booking_id and after.booking_id and before.booking_id != after.booking_id)


def _changed_errand(before, after):
    """Whether somebody who was out already is now out for something else."""
    out = ("CRT", "TAP")
    return before.movement_type in out and after.movement_type in out and before.movement_type != after.movement_type


def _from_prison(after):
    """Whether the last movement brought him from another prison: plainly, or by way of court or temporary
    release.
    """
    return after.movement_type in ("", "ADM") and _meaning(after) in ("ARRIVAL_FROM_PRISON", "TRANSFER")


def _dead(before):
    return not before.on_roll and before.ended == Ended.DIED


def _meaning(after):
    known = reference.movement_reasons().get(after.movement_reason)
    return known.changes if known else ""
