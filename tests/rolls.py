"""Rolls of plainly fictional people, the same for the same arguments."""

import datetime
import json
import random

FORENAMES = "ADAM BEN DEAN EWAN FINN GARY HARRY IAN JACK KYLE LEE MARK NEIL OWEN ROSS SEÁN TOM ZAK".split()
SURNAMES = [
    *"TESTER SAMPLE EXAMPLE MADEUP FICTION PRETEND INVENTED NOBODY DUMMY MOCKETT".split(),
    *("O'TESTER", "MCSAMPLE", "DE EXAMPLE", "TESTER-SAMPLE", "D'INVENTED"),
]
LEGAL = ["REMAND"] * 5 + ["CONVICTED_UNSENTENCED"] + ["SENTENCED"] * 6 + ["RECALL"] * 3
ETHNICITIES = ["White: Eng./Welsh/Scot./N.Irish/British"] * 8 + ["White: Irish", "Other: Arab"]
DAY = datetime.date(2026, 9, 1)


def make_roll(count=1300, prison="LPI", seed=1):
    """JSON bytes of ``count`` people in ``prison``, in the shape of the prisoner search service (a list)."""
    return json.dumps(make_people(count, prison, seed), ensure_ascii=False).encode()


def make_people(count=1300, prison="LPI", seed=1):
    """The same as a list of dicts, to change before it is written. Numbers run A1000AA, A1000AB, …"""
    dice = random.Random(seed)
    return [_person(dice, index, prison) for index in range(count)]


def _person(dice, index, prison):
    received = DAY - datetime.timedelta(days=dice.randint(0, 700))
    status = dice.choice(LEGAL)
    out = index % 50 == 49
    person = {
        "prisonerNumber": f"A{1000 + index // 26:04d}A{chr(65 + index % 26)}",
        "bookingId": str(1_000_000 + index),
        "bookNumber": f"{10_000 + index}A",
        "firstName": dice.choice(FORENAMES),
        "lastName": dice.choice(SURNAMES),
        "dateOfBirth": (DAY - datetime.timedelta(days=dice.randint(22 * 365, 60 * 365))).isoformat(),
        "gender": "Male",
        "ethnicity": dice.choice(ETHNICITIES),
        "status": "ACTIVE OUT" if out else "ACTIVE IN",
        "inOutStatus": "OUT" if out else "IN",
        "lastMovementTypeCode": "CRT" if out else "ADM",
        "lastMovementReasonCode": "CRT" if out else "N" if status == "REMAND" else "I",
        "prisonId": prison,
        "prisonName": "A prison",
        "cellLocation": f"{'ABGHIJK'[index % 7]}-{index // 7 % 4 + 1}-{index // 28 + 1:03d}",
        "legalStatus": status,
        "recall": status == "RECALL",
        "receptionDate": received.isoformat(),
        "lastAdmissionDate": received.isoformat(),
        "alerts": _alerts(dice),
    }
    if status in ("SENTENCED", "RECALL"):
        person |= _release(dice)
    return person


def _alerts(dice):
    kinds = [("H", "HA"), ("V", "VU"), ("X", "XVL"), ("R", "RNO121")]
    chosen = [kind for kind in kinds if dice.random() < 0.1]
    return [{"alertType": kind, "alertCode": code, "active": True, "expired": False} for kind, code in chosen]


def _release(dice):
    day = DAY + datetime.timedelta(days=dice.randint(3, 900))
    found = {"conditionalReleaseDate": day.isoformat(), "releaseDate": day.isoformat()}
    return found | ({"confirmedReleaseDate": day.isoformat()} if dice.random() < 0.3 else {})
