import datetime
import itertools

import pytest

from casework.formats import reference
from casework.formats.movement import (
    NEW_CUSTODY,
    NOTHING_MOVED,
    OFF_ROLL,
    ON_ROLL,
    Before,
    Ended,
    Movement,
    classify,
)
from casework.formats.roll_rows import RollRow

TODAY = datetime.date(2026, 9, 1)
YESTERDAY = TODAY - datetime.timedelta(days=1)
SPRING = datetime.date(2026, 4, 1)


def here(booking="1", cell="A-1-001", status="ACTIVE IN", kind="ADM", reason="N", prison="LPI", **more):
    return RollRow(
        row_number=1,
        number="A1234AA",
        surname="Tester",
        prison=prison,
        booking_id=booking,
        cell=cell,
        status=status,
        movement_type=kind,
        movement_reason=reason,
        **more,
    )


def gone(reason="", kind="REL", status="INACTIVE OUT", prison="OUT", **more):
    return here(status=status, kind=kind, reason=reason, prison=prison, cell="", **more)


def in_prison(booking="1", status="ACTIVE IN", kind="ADM", prison="LPI", cell="A-1-001"):
    return Before(True, prison, booking, status, kind, cell)


def off_roll(ended=Ended.NOT_KNOWN, since=YESTERDAY, booking="1", prison="LPI"):
    return Before(False, prison, booking, "", "", "", ended, since)


AT_COURT = in_prison(status="ACTIVE OUT", kind="CRT")
AWAY = in_prison(status="ACTIVE OUT", kind="TAP")
BARE = here(booking="", cell="", status="", kind="", reason="")  # a row of the five-column report

TABLE = [
    # Nobody knew him.
    (None, here(reason="N"), "FIRST_RECEPTION"),
    (None, here(reason="V"), "FIRST_RECEPTION"),
    (None, here(reason="L"), "FIRST_RECEPTION"),
    (None, here(kind="CRT", reason="CA"), "FIRST_RECEPTION"),
    (None, BARE, "FIRST_RECEPTION"),
    (None, here(reason="INT"), "TRANSFER_IN"),
    (None, here(reason="TRNCRT"), "TRANSFER_IN"),
    (None, here(reason="TRNTAP"), "TRANSFER_IN"),
    (None, here(reason="Z"), "TRANSFER_IN"),
    (None, gone("CR"), "ELSEWHERE"),
    (None, here(prison="MDI"), "ELSEWHERE"),
    (None, None, "UNCHANGED"),
    # He was here and is here.
    (in_prison(), here(), "UNCHANGED"),
    (in_prison(), here(kind="CRT", reason="CA"), "UNCHANGED"),  # back from court before the roll was taken
    (in_prison(), here(kind="TAP", reason="C5"), "UNCHANGED"),
    (in_prison(), here(reason="INT"), "UNCHANGED"),
    (in_prison(), BARE, "UNCHANGED"),
    (in_prison(booking=""), here(), "UNCHANGED"),
    (in_prison(), here(cell=""), "UNCHANGED"),
    (in_prison(), here(cell="B-1-001"), "CELL_MOVE"),
    (in_prison(cell=""), here(), "CELL_MOVE"),
    (in_prison(status=""), here(), "UNCHANGED"),
    (in_prison(), here(booking="2"), "NEW_SPELL"),
    (in_prison(), here(booking="2", reason="INT"), "NEW_SPELL"),
    (in_prison(), here(booking="2", status="ACTIVE OUT", kind="CRT"), "NEW_SPELL"),
    # Court and absence stay on the roll.
    (in_prison(), here(status="ACTIVE OUT", kind="CRT", reason="CA"), "TO_COURT"),
    (in_prison(), here(status="ACTIVE OUT", kind="CRT", cell="COURT"), "TO_COURT"),
    (in_prison(), here(status="ACTIVE OUT", kind="TAP", reason="C6"), "TEMPORARY_ABSENCE"),
    (in_prison(), here(status="ACTIVE OUT", kind="ADM"), "TEMPORARY_ABSENCE"),
    (AT_COURT, here(status="ACTIVE OUT", kind="CRT"), "UNCHANGED"),
    (AT_COURT, here(status="ACTIVE OUT", kind="TAP"), "TEMPORARY_ABSENCE"),
    (AWAY, here(status="ACTIVE OUT", kind="CRT"), "TO_COURT"),
    (AT_COURT, here(kind="CRT", reason="CA"), "RETURN_FROM_COURT"),
    (AT_COURT, here(kind="ADM", reason="V"), "RETURN_FROM_COURT"),
    (AT_COURT, here(kind="CRT", cell="B-1-001"), "RETURN_FROM_COURT"),
    (AT_COURT, BARE, "UNCHANGED"),
    (AWAY, here(kind="TAP", reason="C6"), "RETURN_FROM_ABSENCE"),
    (AWAY, here(kind="CRT"), "RETURN_FROM_ABSENCE"),
    (in_prison(status="ACTIVE OUT", kind=""), here(kind="CRT"), "RETURN_FROM_COURT"),
    (in_prison(status="ACTIVE OUT", kind=""), here(kind="ADM"), "RETURN_FROM_ABSENCE"),
    # He was here and is not.
    (in_prison(), None, "NOT_ON_ROLL"),
    (AT_COURT, None, "NOT_ON_ROLL"),
    (in_prison(), gone("CR"), "RELEASED"),
    (in_prison(), gone("HR"), "RELEASED"),
    (in_prison(), gone(""), "RELEASED"),
    (in_prison(), gone("NEW_CODE"), "RELEASED"),
    (in_prison(), gone(prison="LPI"), "RELEASED"),
    (AT_COURT, gone("BL"), "RELEASED"),
    (AT_COURT, gone("NCS"), "RELEASED"),
    (AT_COURT, gone("NG"), "RELEASED"),
    (AT_COURT, gone("DS"), "RELEASED"),
    (AT_COURT, gone("CA", kind="CRT"), "RELEASED"),
    (in_prison(), gone("HP"), "RELEASED_TO_HOSPITAL"),
    (in_prison(), gone("CR", restricted_patient=True), "RELEASED_TO_HOSPITAL"),
    (in_prison(), gone("DEC"), "DIED"),
    (AWAY, gone("DEC"), "DIED"),
    (in_prison(), gone("", legal_status="DEAD"), "DIED"),
    (in_prison(), gone("DEC", prison="LPI"), "DIED"),
    (in_prison(), gone("ESCP"), "ESCAPED"),
    (AWAY, gone("UAL"), "ESCAPED"),
    (in_prison(), gone("MRG"), "MERGED"),
    (in_prison(), gone("NOTR", kind="TRN", status="INACTIVE TRN", prison="TRN"), "TRANSFER_OUT"),
    (in_prison(), gone("", kind="", status="INACTIVE TRN", prison="LPI"), "TRANSFER_OUT"),
    (
        in_prison(),
        gone("CR", status="INACTIVE TRN", prison="TRN"),
        "TRANSFER_OUT",
    ),  # the status, not the code
    (AT_COURT, gone("TRNCRT"), "TRANSFER_OUT"),
    (in_prison(), gone("TRNTAP"), "TRANSFER_OUT"),
    (in_prison(), gone("OJ", kind="TRN"), "TRANSFER_OUT"),
    (in_prison(), here(prison="MDI", reason="INT"), "TRANSFER_OUT"),
    (AT_COURT, here(prison="MDI", reason="TRNCRT"), "TRANSFER_OUT"),
    (in_prison(), here(prison="MDI", booking="2"), "NOT_ON_ROLL"),  # released and taken in elsewhere since
    (in_prison(), gone("CR", booking="2"), "NOT_ON_ROLL"),
    # He was missing, nobody knew why.
    (off_roll(), None, "UNCHANGED"),
    (off_roll(), gone("CR"), "RELEASED"),
    (off_roll(), gone("DEC"), "DIED"),
    (off_roll(), here(prison="MDI"), "TRANSFER_OUT"),
    (off_roll(), here(), "BACK_ON_ROLL"),
    (off_roll(), BARE, "BACK_ON_ROLL"),
    (off_roll(), here(kind="CRT"), "RETURN_FROM_COURT"),
    (off_roll(), here(kind="TAP"), "RETURN_FROM_ABSENCE"),
    (off_roll(), here(kind="CRT", status="ACTIVE OUT"), "TO_COURT"),
    (off_roll(), here(kind="TAP", status="ACTIVE OUT"), "TEMPORARY_ABSENCE"),
    (off_roll(), here(reason="INT"), "TRANSFER_IN"),
    (off_roll(), here(reason="TRNCRT"), "TRANSFER_IN"),
    (off_roll(prison="MDI"), here(), "TRANSFER_IN"),
    (off_roll(), here(booking="2"), "NEW_SPELL"),
    (off_roll(), here(admitted_on=TODAY), "READMISSION"),
    (off_roll(), here(admitted_on=SPRING), "BACK_ON_ROLL"),
    (off_roll(), here(booking="", admitted_on=TODAY), "NEW_SPELL"),
    (off_roll(since=SPRING), here(), "BACK_ON_ROLL"),
    (off_roll(since=SPRING), BARE, "NEW_SPELL"),
    # He had left.
    (off_roll(Ended.RELEASED), None, "UNCHANGED"),
    (off_roll(Ended.RELEASED), gone("CR"), "ELSEWHERE"),
    (off_roll(Ended.RELEASED), here(prison="MDI"), "ELSEWHERE"),
    (off_roll(Ended.RELEASED), here(reason="L"), "READMISSION"),
    (off_roll(Ended.RELEASED), here(reason="N"), "READMISSION"),
    (off_roll(Ended.RELEASED), here(reason="INT"), "READMISSION"),
    (off_roll(Ended.RELEASED), here(booking="2", reason="N"), "NEW_SPELL"),
    (off_roll(Ended.RELEASED), here(booking="2", reason="L"), "NEW_SPELL"),
    (off_roll(Ended.RELEASED), here(booking="", reason="B"), "READMISSION"),
    (off_roll(Ended.RELEASED), BARE, "NEW_SPELL"),
    (off_roll(Ended.RELEASED, booking=""), here(), "NEW_SPELL"),
    (off_roll(Ended.HOSPITAL), here(reason="O"), "READMISSION"),
    (off_roll(Ended.HOSPITAL), here(booking="2"), "NEW_SPELL"),
    (off_roll(Ended.ESCAPED), here(reason="RECA"), "READMISSION"),
    (off_roll(Ended.ESCAPED, booking=""), here(reason="RECA"), "READMISSION"),
    (off_roll(Ended.TRANSFERRED), here(reason="INT"), "TRANSFER_IN"),
    (off_roll(Ended.TRANSFERRED), here(reason="TRNCRT"), "TRANSFER_IN"),
    (off_roll(Ended.TRANSFERRED), here(kind="CRT", reason="CA"), "TRANSFER_IN"),
    (off_roll(Ended.TRANSFERRED), BARE, "TRANSFER_IN"),
    (off_roll(Ended.TRANSFERRED), here(booking="2"), "NEW_SPELL"),
    (off_roll(Ended.DIED), here(), "UNCLEAR"),
    (off_roll(Ended.DIED), here(booking="2"), "UNCLEAR"),
    (off_roll(Ended.DIED), gone("DEC"), "ELSEWHERE"),
    (off_roll(Ended.DIED), None, "UNCHANGED"),
    # He was on another prison's roll that we hold too.
    (in_prison(prison="MDI"), here(reason="INT"), "TRANSFER_IN"),
    (in_prison(prison="MDI"), here(reason="TRNCRT"), "TRANSFER_IN"),
    (in_prison(prison="MDI"), here(kind="CRT"), "TRANSFER_IN"),
    (in_prison(prison="MDI"), here(booking="2"), "NEW_SPELL"),
    (in_prison(prison="MDI"), here(prison="MDI"), "ELSEWHERE"),
    (in_prison(prison="MDI"), gone("CR"), "ELSEWHERE"),
    (in_prison(prison="MDI"), None, "UNCHANGED"),
]


@pytest.mark.parametrize(("before", "after", "movement"), TABLE)
def test_classify_tells_what_happened(before, after, movement):
    assert classify(before, after, prison="LPI", today=TODAY) == Movement(movement)


def test_table_shows_every_movement():
    assert {movement for _, _, movement in TABLE} == set(Movement)


def test_every_movement_has_one_consequence():
    assert sorted([*ON_ROLL, *OFF_ROLL, *NOTHING_MOVED]) == sorted(Movement)
    assert NEW_CUSTODY <= ON_ROLL


def every_case():
    """All combinations of what can be known before with what a row can say after."""
    befores = [None]
    for booking, prison in itertools.product(["", "1"], ["LPI", "MDI"]):
        for status, kind in itertools.product(["", "ACTIVE IN", "ACTIVE OUT"], ["", "ADM", "CRT", "TAP"]):
            befores.append(in_prison(booking, status, kind, prison))
        for ended, since in itertools.product(Ended, [None, YESTERDAY, SPRING]):
            befores.append(off_roll(ended, since, booking, prison))
    statuses = ["", "ACTIVE IN", "ACTIVE OUT", "INACTIVE OUT", "INACTIVE TRN"]
    reasons = [
        ("", ""),
        ("CRT", "CA"),
        ("TAP", "C5"),
        ("ADM", "N"),
        ("ADM", "INT"),
        ("ADM", "L"),
        ("REL", "CR"),
    ]
    reasons += [("REL", "DEC"), ("REL", "HP"), ("TRN", "NOTR"), ("", "TRNCRT"), ("", "NCS"), ("REL", "ESCP")]
    afters = [None]
    for booking, prison, status in itertools.product(["", "1", "2"], ["LPI", "MDI", "OUT", "TRN"], statuses):
        for kind, reason in reasons:
            for admitted in (None, TODAY):
                row = here(booking, "", status, kind, reason, prison, admitted_on=admitted)
                afters.append(row)
    return itertools.product(befores, afters)


def test_classify_keeps_its_promises_in_every_case():
    broken = []
    for before, after in every_case():
        movement = classify(before, after, prison="LPI", today=TODAY)
        on_roll = after is not None and after.on_roll and after.prison == "LPI"
        was_on_roll = before is not None and before.on_roll and before.prison == "LPI"
        new_booking = before and after and {before.booking_id, after.booking_id} == {"1", "2"}
        promises = [
            on_roll or movement not in ON_ROLL,
            not on_roll or movement not in OFF_ROLL,
            not was_on_roll or on_roll or movement in OFF_ROLL,
            not (on_roll and not was_on_roll) or movement in ON_ROLL or movement == Movement.UNCLEAR,
            not (on_roll and new_booking) or movement in (Movement.NEW_SPELL, Movement.UNCLEAR),
            movement != Movement.DIED or after.movement_reason == "DEC",
            movement != Movement.READMISSION or not before.on_roll,
            before is not None or movement not in OFF_ROLL,
        ]
        if not all(promises):
            broken.append((movement, promises, before, after))

    assert broken == []


def test_reasons_used_here_are_in_the_list():
    meanings = {meaning.changes for meaning in reference.movement_reasons().values()}

    assert {"DIED", "HOSPITAL", "ESCAPED", "MERGED", "TRANSFER", "ARRIVAL_FROM_PRISON", "RECALL"} <= meanings
