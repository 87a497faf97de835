"""What the invented prison knows while it is being lived through: everybody's state, what is due on which day, the rows so far."""

import random
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from casework.models import (
    Acknowledgement,
    Action,
    Agency,
    Alert,
    Allocation,
    Assessment,
    Attachment,
    Case,
    Consent,
    CourtDate,
    CoWorker,
    CustodySpell,
    Goal,
    JointReview,
    KeepApart,
    LegalStatus,
    Location,
    Movement,
    Note,
    OutcomesProfile,
    Person,
    Plan,
    Prison,
    RecordAccess,
    ReleaseDate,
    Restriction,
    RestrictionAccess,
    Score,
    Strand,
    SubstanceUse,
    Suspension,
    User,
)
from casework.models.base import Once
from interventions.models import (
    Appointment,
    AppointmentMove,
    Breach,
    Certificate,
    Commitment,
    CompactSigned,
    CompactTerms,
    Contact,
    Coverage,
    DrugTest,
    DrugTestCorrection,
    Enrolment,
    EnrolmentMove,
    Facilitator,
    FeedbackSheet,
    GoalTouched,
    GroupSession,
    Guest,
    GuestVisit,
    PeerStep,
    PeerSupporter,
    PeerWing,
    Programme,
    RegisterChange,
    Seat,
    Series,
    SeriesWorker,
    Supervision,
    TestList,
    UnitReview,
    UnitStay,
    WingRound,
)
from partners.models import (
    Aftercare,
    ClinicalPart,
    Handover,
    HandoverAppointment,
    HandoverLink,
    HandoverMove,
    HandoverReminder,
    InwardNotice,
    KeyHolder,
    LastLook,
    LinkView,
    Meeting,
    MeetingAction,
    MeetingAgency,
    MeetingItem,
    MeetingMinutes,
    MeetingSeries,
    OutwardReferral,
    Pack,
    ReleaseMove,
    ReleasePlan,
    WingVisit,
    WingVisitLine,
    WordsLeft,
)
from referrals.models import Attempt, Claim, Hold, KioskLink, Offer, Referral, Slip, Triage
from reporting.models import MonthlyFigures

# Each after those it names.
ORDER = [
    Person,
    CustodySpell,
    Location,
    LegalStatus,
    ReleaseDate,
    Movement,
    Alert,
    KeepApart,
    Consent,
    Case,
    Allocation,
    CoWorker,
    Suspension,
    Strand,
    JointReview,
    Referral,
    Triage,
    Claim,
    Attempt,
    Hold,
    Offer,
    KioskLink,
    Slip,
    WingRound,
    Contact,
    Programme,
    Coverage,
    Series,
    SeriesWorker,
    Enrolment,
    EnrolmentMove,
    GroupSession,
    Facilitator,
    Seat,
    RegisterChange,
    Certificate,
    Guest,
    GuestVisit,
    FeedbackSheet,
    Assessment,
    SubstanceUse,
    Score,
    OutcomesProfile,
    Appointment,
    CompactTerms,
    UnitStay,
    CompactSigned,
    Breach,
    UnitReview,
    PeerSupporter,
    PeerWing,
    PeerStep,
    Supervision,
    AppointmentMove,
    Commitment,
    CourtDate,
    Plan,
    Goal,
    GoalTouched,
    Action,
    Note,
    Attachment,
    TestList,
    DrugTest,
    DrugTestCorrection,
    ReleasePlan,
    Handover,
    HandoverLink,
    HandoverMove,
    HandoverAppointment,
    HandoverReminder,
    ReleaseMove,
    LinkView,
    LastLook,
    Aftercare,
    ClinicalPart,
    WordsLeft,
    Pack,
    InwardNotice,
    MeetingSeries,
    Meeting,
    MeetingAgency,
    MeetingItem,
    MeetingAction,
    MeetingMinutes,
    KeyHolder,
    OutwardReferral,
    WingVisit,
    WingVisitLine,
    Acknowledgement,
    RecordAccess,
    Restriction,
    RestrictionAccess,
    MonthlyFigures,
]


@dataclass(eq=False)
class Stay:
    """One spell of custody with everything that later days need to know of it."""

    person: Person
    spell: CustodySpell
    leaves: date
    end: str
    reason: str
    area: Agency
    drugs: list
    vulnerable: bool = False
    status: LegalStatus = None
    location: Location = None
    bed: str = ""
    returned: bool = False
    sentenced_on: date = None
    dates: dict = field(default_factory=dict)
    out: set = field(default_factory=set)
    alerts: dict = field(default_factory=dict)
    referral: Referral = None
    repeats: list = field(default_factory=list)
    referred_on: date = None
    case: Case = None
    allocation: Allocation = None
    seen: date = None
    in_group: date = None
    triage: Triage = None
    contacts: list = field(default_factory=list)
    handover: Handover = None
    lead: int = 0

    @property
    def wing(self):
        return self.bed[:1]

    @property
    def worker(self):
        return self.allocation.worker if self.allocation else None

    @property
    def released_on(self):
        """The earliest release date that the prison gives at the moment."""
        known = [row.on for kind, row in self.dates.items() if kind != "SENTENCE_EXPIRY"]
        return min(known, default=None)


@dataclass(eq=False)
class World:
    """The prison and its state on one day of its invented life."""

    prison: Prison
    start: date
    today: date
    rng: random.Random
    wings: dict = field(default_factory=dict)
    beds: dict = field(default_factory=dict)
    rooms: list = field(default_factory=list)
    agencies: list = field(default_factory=list)
    departments: list = field(default_factory=list)
    protocols: dict = field(default_factory=dict)
    manager: User = None
    importer: User = None
    workers: list = field(default_factory=list)
    partners: dict = field(default_factory=dict)
    away: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    types: dict = field(default_factory=dict)
    numbers: set = field(default_factory=set)
    here: dict = field(default_factory=dict)
    gone: list = field(default_factory=list)
    caseload: dict = field(default_factory=dict)
    unallocated: list = field(default_factory=list)
    holding: dict = field(default_factory=lambda: defaultdict(int))
    consents: dict = field(default_factory=dict)
    latest_case: dict = field(default_factory=dict)
    missing: int = 0
    died: Stay | None = None  # of the caseload
    forgotten: bool = False
    triage_due: dict = field(default_factory=lambda: defaultdict(list))
    leaving: dict = field(default_factory=lambda: defaultdict(list))
    due: dict = field(default_factory=lambda: defaultdict(list))
    diary: dict = field(default_factory=dict)
    busy: set = field(default_factory=set)
    orders: dict = field(default_factory=lambda: defaultdict(list))
    referrals_due: dict = field(default_factory=lambda: defaultdict(int))
    resting: dict = field(default_factory=dict)
    doubles: list = field(default_factory=list)
    runs: list = field(default_factory=list)  # of programmes (programmes.Run)
    rows: dict = field(default_factory=lambda: defaultdict(list))
    front: random.Random = field(init=False)

    def __post_init__(self):
        self.front = random.Random(f"front {self.rng.getstate()[1][0]}")

    def add(self, model, *, rng=None, **values):
        """A new row of this prison, to be written at the end. ``rng``: where chance comes from, if not from that of the days."""
        if model is not Person:
            values["prison"] = self.prison
        if issubclass(model, Once) and "nonce" not in values:
            values["nonce"] = uuid.UUID(int=(rng or self.rng).getrandbits(128), version=4)
        row = model(**values)
        self.rows[model].append(row)
        return row

    def later(self, day, act, stay, *given):
        """Do ``act`` with ``stay`` on ``day``, should he still be here then."""
        if day < min(self.today, stay.leaves):
            self.due[day].append((act, stay, given))

    def chance(self, share):
        return self.rng.random() < share

    def present(self, day):
        """The caseworkers who are not away on ``day``."""
        return [worker for worker in self.workers if day not in self.away[worker.pk]]

    def available(self, stay, day):
        """Whether somebody can be seen on ``day``: here since yesterday at least, and not out at court or in hospital."""
        return id(stay) in self.here and stay.spell.received_on < day and day not in stay.out
