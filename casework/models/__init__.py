"""Fields and constraints of casework, a module for each noun."""

from casework.models.agency import Agency, AgencyArea
from casework.models.case import Allocation, Case
from casework.models.consent import Consent
from casework.models.custody import Alert, CustodySpell, LegalStatus, Location, Movement, ReleaseDate
from casework.models.person import FormerNumber, Person
from casework.models.prison import Prison, RegimeTime, Room, Wing
from casework.models.roll import RollImport
from casework.models.staff import Absence, User, WingCover
from casework.models.trail import AuditEntry, AuditSeal

__all__ = [
    "Absence",
    "Agency",
    "AgencyArea",
    "Alert",
    "Allocation",
    "AuditEntry",
    "AuditSeal",
    "Case",
    "Consent",
    "CustodySpell",
    "FormerNumber",
    "LegalStatus",
    "Location",
    "Movement",
    "Person",
    "Prison",
    "RegimeTime",
    "ReleaseDate",
    "RollImport",
    "Room",
    "User",
    "Wing",
    "WingCover",
]
