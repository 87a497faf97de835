"""Fields and constraints of casework, a module for each noun."""

from casework.models.agency import Agency, AgencyArea, AgencyPerson
from casework.models.assessment import Assessment, OutcomesProfile, Score, SubstanceUse
from casework.models.case import Allocation, Case, CoWorker, JointReview, Stage, Strand, Suspension
from casework.models.consent import Consent, ConsentWording
from casework.models.custody import Alert, CourtDate, CustodySpell, LegalStatus, Location, Movement, ReleaseDate
from casework.models.draft import Draft
from casework.models.mail import Mail, Notice, NoticeOff
from casework.models.merge import PersonMerge
from casework.models.note import Attachment, Note
from casework.models.notice import Acknowledgement, KeepApart
from casework.models.person import FormerNumber, Person
from casework.models.plan import Action, Goal, Plan
from casework.models.prison import Prison, RegimeTime, Room, Wing
from casework.models.restriction import RecordAccess, Restriction, RestrictionAccess
from casework.models.roll import RollImport
from casework.models.staff import Absence, User, WingCover
from casework.models.trail import AuditEntry, AuditSeal

__all__ = [
    "Absence",
    "Acknowledgement",
    "Action",
    "Agency",
    "AgencyArea",
    "AgencyPerson",
    "Alert",
    "Allocation",
    "Assessment",
    "Attachment",
    "AuditEntry",
    "AuditSeal",
    "Case",
    "CoWorker",
    "CourtDate",
    "Consent",
    "ConsentWording",
    "CustodySpell",
    "Draft",
    "FormerNumber",
    "Goal",
    "JointReview",
    "KeepApart",
    "LegalStatus",
    "Location",
    "Mail",
    "Movement",
    "Note",
    "Notice",
    "NoticeOff",
    "OutcomesProfile",
    "Person",
    "PersonMerge",
    "Plan",
    "Prison",
    "RecordAccess",
    "RegimeTime",
    "ReleaseDate",
    "Restriction",
    "RestrictionAccess",
    "RollImport",
    "Room",
    "Score",
    "Stage",
    "Strand",
    "SubstanceUse",
    "Suspension",
    "User",
    "Wing",
    "WingCover",
]
