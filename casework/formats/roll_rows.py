"""From one plain record of a roll to a RollRow, collecting what is wrong instead of raising."""

import datetime
from dataclasses import dataclass, field

from casework.formats import cells, dates, names, numbers, reference

STATUSES = ("ACTIVE IN", "ACTIVE OUT", "INACTIVE OUT", "INACTIVE TRN")
OLDEST, YOUNGEST = 110, 18
FARTHEST_RELEASE = 100  # years ahead; anything later is a stand-in for "never"

# Field of the file → field of RollRow, for what an import must know to be silent about (see ``Roll.covers``).
SAID_BY = {
    "lastName": "surname",
    "firstName": "forenames",
    "middleNames": "forenames",
    "dateOfBirth": "date_of_birth",
    "gender": "sex",
    "ethnicity": "ethnicity",
    "raceCode": "ethnicity",
    "prisonId": "prison",
    "cellLocation": "cell",
    "status": "status",
    "inOutStatus": "status",
    "lastMovementTypeCode": "movement_type",
    "lastMovementReasonCode": "movement_reason",
    "bookingId": "booking_id",
    "bookNumber": "book_number",
    "legalStatus": "legal_status",
    "imprisonmentStatus": "imprisonment_status",
    "receptionDate": "received_on",
    "lastAdmissionDate": "admitted_on",
    "alerts": "alerts",
    "pncNumber": "pnc",
    "pncNumberCanonicalLong": "pnc",
    "croNumber": "cro",
    "languages": "languages",
    **dict.fromkeys(reference.release_dates(), "release_dates"),
}


@dataclass(frozen=True)
class Alert:
    """One alert. Where a record says both active and expired, expired wins: see ``live``."""

    kind: str
    code: str
    active: bool
    expired: bool

    @property
    def live(self):
        """Active and not expired. The source leaves ``active`` standing when the end date passes, and sets
        ``expired``.
        """
        return self.active and not self.expired

    @property
    def never_share(self):
        return reference.never_share(self.kind, self.code)


@dataclass(frozen=True)
class Language:
    """A language, its kind (PRIM for the first, SEC for others), whether an interpreter was asked for."""

    kind: str
    code: str
    interpreter: bool


@dataclass(frozen=True)
class RollRow:
    """What a roll says of one person, in our words. Empty text and None mean that it does not say."""

    row_number: int
    number: str
    surname: str
    forenames: str = ""
    date_of_birth: datetime.date | None = None
    sex: str = ""
    ethnicity: str = ""
    prison: str = ""
    cell: str = ""
    status: str = ""
    movement_type: str = ""
    movement_reason: str = ""
    booking_id: str = ""
    book_number: str = ""
    legal_status: str = ""
    imprisonment_status: str = ""
    restricted_patient: bool = False
    received_on: datetime.date | None = None
    admitted_on: datetime.date | None = None
    release_dates: dict = field(default_factory=dict)
    alerts: tuple = ()
    pnc: numbers.PoliceNumber = numbers.PoliceNumber("", "", True)
    cro: numbers.PoliceNumber = numbers.PoliceNumber("", "", True)
    languages: tuple = ()

    @property
    def in_out(self):
        """IN, OUT or TRN; empty where the file does not say (a person on the five-column report is on the
        roll).
        """
        return self.status.split()[-1] if self.status else ""

    @property
    def on_roll(self):
        """Whether the person counts on the roll of ``prison``: in it, or out at court or hospital but still
        its own.
        """
        return not self.status.startswith("INACTIVE") and self.prison not in ("OUT", "TRN")

    def same_content(self, other):
        """Whether two rows say the same, wherever they stand in the file."""
        return {**vars(self), "row_number": 0} == {**vars(other), "row_number": 0}


def read(record, prison):
    """The RollRow of a Record, or None (with the reason among its problems) where it cannot be anybody's.

    ``prison`` is the one whose roll this is: its code is taken off the front of cell locations.
    """
    number, surname, where = _whose(record)
    if not number:
        return None
    return RollRow(
        row_number=record.row,
        number=number,
        surname=surname,
        forenames=_forenames(record),
        date_of_birth=_born(record),
        sex=_listed(record, "gender", "sex"),
        ethnicity=_listed(record, "raceCode" if record.values.get("raceCode") else "ethnicity", "ethnicity"),
        prison=where,
        cell=cells.tidy(record.text("cellLocation"), prison),
        status=_status(record, where),
        movement_type=record.text("lastMovementTypeCode").upper(),
        movement_reason=record.text("lastMovementReasonCode").upper(),
        booking_id=record.text("bookingId"),
        book_number=record.text("bookNumber").upper(),
        legal_status=_legal_status(record),
        imprisonment_status=record.text("imprisonmentStatus").upper(),
        restricted_patient=record.flag("restrictedPatient"),
        received_on=record.date("receptionDate"),
        admitted_on=record.date("lastAdmissionDate"),
        release_dates=_release_dates(record),
        alerts=_alerts(record),
        pnc=_pnc(record),
        cro=_checked(record, "croNumber", numbers.cro(record.text("croNumber"))),
        languages=_languages(record),
    )


def _whose(record):
    """Number, surname and prison; three times None where one is missing, which is reported."""
    number = numbers.normalise(record.text("prisonerNumber"))
    if not numbers.is_prison_number(number):
        record.say("prisonerNumber", f"“{number}” is not a prison number.", skipped=True)
        return None, None, None
    surname = names.surname(record.text("lastName"))
    if not surname:
        record.say("lastName", f"{number} has no surname.", skipped=True)
        return None, None, None
    where = record.text("prisonId").upper()
    if not where:
        record.say("prisonId", f"The row does not say in which prison {number} is.", skipped=True)
        return None, None, None
    return number, surname, where


def _forenames(record):
    """First and middle names, each in name case by itself: one may come in capitals and the other not."""
    return f"{names.forenames(record.text('firstName'))} {names.forenames(record.text('middleNames'))}".strip()


def _born(record):
    born = record.date("dateOfBirth")
    if born is None:
        return None
    if born > record.today:
        record.say("dateOfBirth", f"A date of birth in the future ({born:%-d %B %Y}) was left out.")
        return None
    years = dates.age(born, record.today)
    if not YOUNGEST <= years <= OLDEST:
        record.say("dateOfBirth", f"The date of birth ({born:%-d %B %Y}) makes this person {years}. Please check it.")
    return born


def _listed(record, name, table):
    """The code of a value that comes as a code or as words; what is in no list is reported and left out."""
    text = record.text(name)
    code = reference.spoken(table).get(reference.squeeze(text), "")
    if text and not code:
        record.say(name, f"“{text}” is not a known {table} and was left out.")
    return code


def _status(record, where):
    status = record.text("status").upper()
    if status in STATUSES:
        return status
    if status:
        record.say("status", f"“{status}” is not a known status and was left out.")
    active = where not in ("OUT", "TRN")
    in_out = record.text("inOutStatus").upper() or ("" if active else where)
    return {"IN": "ACTIVE IN", "OUT": "ACTIVE OUT" if active else "INACTIVE OUT", "TRN": "INACTIVE TRN"}.get(in_out, "")


def _legal_status(record):
    status = record.text("legalStatus").upper()
    if status and status not in reference.legal_statuses():
        record.say("legalStatus", f"“{status}” is not a known legal status and was left out.")
        return ""
    return status


def _release_dates(record):
    """Kind → date. Only what the prison gives: nothing is computed, here or elsewhere."""
    found = {}
    for name, (kind, label) in reference.release_dates().items():
        day = record.date(name, ahead=True)
        if day and day.year - record.today.year > FARTHEST_RELEASE:
            record.say(name, f"{label} in the year {day.year} was left out.")
        elif day:
            found[kind] = day
    return found


def _alerts(record):
    found = []
    for entry in record.entries("alerts"):
        bare = "code" in entry.values
        code = entry.text("code" if bare else "alertCode").upper()
        kind = entry.text("alertType").upper() or reference.alert_type(code)
        if code:
            active = bare or entry.flag("active") or "active" not in entry.values
            found.append(Alert(kind, code, active, entry.flag("expired")))
    return tuple(sorted(set(found), key=lambda alert: (alert.kind, alert.code, alert.active, alert.expired)))


def _languages(record):
    entries = ((entry, entry.text("code").upper()) for entry in record.entries("languages"))
    return tuple(
        Language(entry.text("type").upper(), code, entry.flag("interpreterRequested"))
        for entry, code in entries
        if code
    )


def _pnc(record):
    typed = record.text("pncNumber") or record.text("pncNumberCanonicalLong")
    return _checked(record, "pncNumber", numbers.pnc(typed, today=record.today))


def _checked(record, name, number):
    if not number:
        return numbers.PoliceNumber("", "", True)
    if not number.valid:
        record.say(name, f"“{number.typed}” fails its check letter or form. It was kept as it is.")
    return number
