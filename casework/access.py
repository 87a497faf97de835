"""Who may do what: the one place to read, and to change, a permission."""

from enum import StrEnum, auto
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices


class Permission(StrEnum):
    """One thing that a role may do; each view names the one that it asks for."""

    USE_HOME = auto()
    VIEW_PERSON = auto()
    EDIT_PERSON = auto()
    CONFIRM_DEPARTURE = auto()
    IMPORT_ROLL = auto()
    MAKE_REFERRAL = auto()
    TRIAGE = auto()
    OPEN_CASE = auto()
    ALLOCATE_CASE = auto()
    KEEP_CASE = auto()
    CLOSE_CASE = auto()
    VIEW_CASELOAD = auto()
    LOG_SESSION = auto()
    RUN_GROUPS = auto()
    KEEP_UNIT = auto()
    KEEP_PEERS = auto()
    RECORD_TESTS = auto()
    RECORD_CONSENT = auto()
    ASSESS = auto()
    KEEP_PLAN = auto()
    WRITE_NOTE = auto()
    KEEP_FILES = auto()
    KEEP_ALERTS = auto()
    KEEP_RESTRICTIONS = auto()
    READ_OPENINGS = auto()
    MERGE_PEOPLE = auto()
    MAKE_HANDOVER = auto()
    READ_HANDOVER = auto()
    ANSWER_HANDOVER = auto()
    KEEP_MEETINGS = auto()
    JOIN_MEETINGS = auto()
    KEEP_KEY_HOLDERS = auto()
    READ_KEY_HOLDERS = auto()
    WRITE_VISIT = auto()
    REFER_OUTWARD = auto()
    ANSWER_REFERRAL = auto()
    VIEW_FIGURES = auto()
    REQUEST_FIGURES = auto()
    KEEP_PRISONS = auto()
    KEEP_PLACES = auto()
    KEEP_STAFF = auto()
    KEEP_AGENCIES = auto()
    KEEP_PROTOCOLS = auto()
    VIEW_PROTOCOLS = auto()
    READ_AGREEMENTS = auto()
    SEND_NOTICE = auto()
    KEEP_SOURCES = auto()
    KEEP_KIOSKS = auto()
    KEEP_WORDINGS = auto()
    KEEP_CATALOGUE = auto()
    READ_AUDIT = auto()
    KEEP_OWN_ACCOUNT = auto()
    READ_AGENCIES = auto()
    KEEP_COLLEAGUES = auto()
    READ_MAILS = auto()


class Role(TextChoices):
    """What kind of user somebody is. Each has a database role of its own, named by ``kind``."""

    KEYWORKER = "KEYWORKER", "Keyworker"
    MANAGER = "MANAGER", "Manager"
    ADMINISTRATOR = "ADMINISTRATOR", "Administrator"
    PARTNER = "PARTNER", "Partner"
    AUDITOR = "AUDITOR", "Auditor"
    SYSTEM = "SYSTEM", "The system itself"

    @property
    def kind(self):
        """The word that stands in database roles and policies."""
        return self.value.lower()


_EVERYBODY = {Permission.USE_HOME, Permission.KEEP_OWN_ACCOUNT}
_CASEWORK = _EVERYBODY | {
    Permission.READ_AGENCIES,
    Permission.VIEW_PERSON,
    Permission.EDIT_PERSON,
    Permission.CONFIRM_DEPARTURE,
    Permission.MAKE_REFERRAL,
    Permission.TRIAGE,
    Permission.OPEN_CASE,
    Permission.KEEP_CASE,
    Permission.CLOSE_CASE,
    Permission.VIEW_CASELOAD,
    Permission.LOG_SESSION,
    Permission.RUN_GROUPS,
    Permission.KEEP_UNIT,
    Permission.KEEP_PEERS,
    Permission.RECORD_TESTS,
    Permission.RECORD_CONSENT,
    Permission.ASSESS,
    Permission.KEEP_PLAN,
    Permission.WRITE_NOTE,
    Permission.KEEP_FILES,
    Permission.KEEP_ALERTS,
    Permission.MAKE_HANDOVER,
    Permission.READ_HANDOVER,
    Permission.KEEP_MEETINGS,
    Permission.READ_KEY_HOLDERS,
    Permission.WRITE_VISIT,
    Permission.REFER_OUTWARD,
    Permission.VIEW_FIGURES,
}

ALLOWED = {
    Role.KEYWORKER: _CASEWORK,
    Role.MANAGER: _CASEWORK
    | {
        Permission.ALLOCATE_CASE,
        Permission.IMPORT_ROLL,
        Permission.REQUEST_FIGURES,
        Permission.KEEP_RESTRICTIONS,
        Permission.READ_OPENINGS,
        Permission.MERGE_PEOPLE,
        Permission.KEEP_CATALOGUE,
        Permission.VIEW_PROTOCOLS,
        Permission.KEEP_KEY_HOLDERS,
    },
    Role.ADMINISTRATOR: _EVERYBODY
    | {
        Permission.READ_MAILS,
        Permission.IMPORT_ROLL,
        Permission.KEEP_PRISONS,
        Permission.KEEP_PLACES,
        Permission.KEEP_STAFF,
        Permission.KEEP_AGENCIES,
        Permission.KEEP_PROTOCOLS,
        Permission.VIEW_PROTOCOLS,
        Permission.KEEP_SOURCES,
        Permission.KEEP_KIOSKS,
        Permission.KEEP_WORDINGS,
        Permission.KEEP_CATALOGUE,
        Permission.READ_KEY_HOLDERS,
        Permission.KEEP_KEY_HOLDERS,
    },
    Role.PARTNER: _EVERYBODY
    | {
        Permission.READ_HANDOVER,
        Permission.ANSWER_HANDOVER,
        Permission.JOIN_MEETINGS,
        Permission.WRITE_VISIT,
        Permission.ANSWER_REFERRAL,
        Permission.READ_AGREEMENTS,
        Permission.SEND_NOTICE,
    },
    Role.AUDITOR: _EVERYBODY | {Permission.READ_AUDIT, Permission.VIEW_FIGURES},
    Role.SYSTEM: set(),
}
# What somebody of an agency may do besides, who is its lead (``User.is_lead``).
OF_LEADS = {Permission.KEEP_COLLEAGUES}


# Of what partners may do: what a department of the prison (Agency.INWARD) may, and nothing else; and what only a department may.
DEPARTMENT = _EVERYBODY | {Permission.READ_AGREEMENTS, Permission.SEND_NOTICE}
ONLY_DEPARTMENT = {Permission.SEND_NOTICE}


def allows(user, permission):
    """Whether the role of ``user`` includes ``permission``; of a partner the kind of his agency, and his being its lead, too."""
    if user.role != Role.PARTNER:
        return permission in ALLOWED[user.role]
    if permission in OF_LEADS:
        return user.is_lead
    if user.agency.is_department:
        return permission in DEPARTMENT
    return permission in ALLOWED[Role.PARTNER] - ONLY_DEPARTMENT


class ReasonNeeded(Exception):
    """Somebody opens a record that is not his own work, and has not said why. The middleware asks him."""

    def __init__(self, person):
        super().__init__(person.pk)
        self.person = person


def requires(permission):
    """Answer 403 unless the role of the signed-in user allows ``permission``."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not allows(request.user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission
        return guarded

    return decorate
