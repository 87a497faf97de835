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
    ("Due", "reporting:due", Permission.VIEW_CASELOAD),
    ("Could leave", "reporting:leaving", Permission.VIEW_CASELOAD),
    ("Coming to us", "partners:coming", Permission.ANSWER_HANDOVER),
    ("Releases", "partners:releases", Permission.MAKE_HANDOVER),
    ("Month", "reporting:months", Permission.VIEW_FIGURES),
    ("Roll", "casework:rolls", Permission.IMPORT_ROLL),
    ("Off the roll", "casework:off_roll", Permission.CONFIRM_DEPARTURE),
    ("Audit", "casework:trail", Permission.READ_AUDIT),
    ("Settings", "casework:settings", Permission.KEEP_PRISONS),
]


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
    here = request.path
    places = [(label, reverse(name)) for label, name, permission in PLACES if allows(user, permission)]
    current = max(
        (url for _, url in places if here == url or (url != "/" and here.startswith(url))), key=len, default=None
    )
    return {
        "navigation": [Place(label, url, url == current) for label, url in places],
        "signed_in": {"name": user.full_name, "role": _title(user), "prison": user.agency or user.prison},
        "version": settings.VERSION,
    }


def _title(user):
    if user.role == Role.KEYWORKER and user.employer == user.Employer.PRISON:
        return "Seconded officer"
    return user.get_role_display()
