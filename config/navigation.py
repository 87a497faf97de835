"""What stands in the header of every page: who is signed in, and where his role may go."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from casework.access import Permission, Role, allows

# label, URL name, permission, roles it is for (None: every role with the permission)
PLACES = [
    ("Today", "home", Permission.USE_HOME),
    ("Find a person", "casework:find", Permission.VIEW_PERSON),
    ("Front door", "referrals:queue", Permission.TRIAGE),
    ("Caseload", "casework:caseload", Permission.VIEW_CASELOAD),
    ("Sessions", "interventions:diary", Permission.LOG_SESSION),
    ("Tell the team", "partners:tell", Permission.SEND_NOTICE),
    ("Coming to us", "partners:coming", Permission.ANSWER_HANDOVER),
    ("Referrals to us", "partners:referred", Permission.ANSWER_REFERRAL),
    ("Wing visits", "partners:visits", Permission.ANSWER_HANDOVER),
    ("Accounts", "casework:colleagues", Permission.KEEP_COLLEAGUES),
    ("Releases", "partners:releases", Permission.MAKE_HANDOVER),
    ("Meetings", "partners:our_meetings", Permission.JOIN_MEETINGS),
    ("Agencies", "casework:address_book", Permission.READ_AGENCIES),
    ("Month", "reporting:months", Permission.VIEW_FIGURES),
    ("What may pass", "partners:agreements", Permission.READ_AGREEMENTS),
    ("Roll", "casework:rolls", Permission.IMPORT_ROLL),
    ("Off the roll", "casework:off_roll", Permission.CONFIRM_DEPARTURE),
    ("Audit", "casework:trail", Permission.READ_AUDIT),
    ("Settings", "casework:settings", Permission.KEEP_PRISONS),
]
# Where a place goes on beside its own address: the pages of its tabs.
FURTHER = {
    "casework:caseload": ["/due/", "/leaving/"],
    "referrals:queue": ["/notices/"],
    "interventions:diary": [
        "/rounds/",
        "/groups/",
        "/programmes/",
        "/unit/",
        "/peers/",
        "/tests/",
        "/wing-visits/",
        "/key-holders/",
    ],
    "casework:settings": ["/key-holders/"],
    "partners:releases": ["/aftercare/", "/meetings/", "/outward/"],
}


@dataclass
class Place:
    """One link of the navigation."""

    label: str
    url: str
    current: bool


def navigation(request):
    """``navigation``, ``signed_in`` and ``version`` for the base page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"version": settings.VERSION}
    allowed = [(label, name) for label, name, permission in PLACES if allows(user, permission)]
    current = _current(request.path, [name for _, name in allowed])
    return {
        "navigation": [Place(label, reverse(name), name == current) for label, name in allowed],
        "signed_in": {
            "name": user.full_name,
            "role": _title(user),
            "prison": user.agency or user.prison,
            "url": reverse("casework:own_account"),
        },
        "version": settings.VERSION,
    }


def _current(here, names):
    """The place whose address is the longest that ``here`` begins with; only home must be it."""
    addresses = [(address, name) for name in names for address in [reverse(name), *FURTHER.get(name, [])]]
    found = [
        (address, name)
        for address, name in addresses
        if here == address or (address != "/" and here.startswith(address))
    ]
    return max(found, key=lambda one: len(one[0]), default=(None, None))[1]


def _title(user):
    if user.role == Role.KEYWORKER and user.employer == user.Employer.PRISON:
        return "Seconded officer"
    return user.get_role_display()
