from datetime import date, datetime

from django.shortcuts import render

from casework.access import Permission, requires
from casework.forms import components as forms

TABS = ["Timeline", "Referrals", "Assessments", "Plan", "Sessions", "Notes", "Release"]
PEOPLE = [
    ("Testwell, Alfie", "A0001AA", "A-1-002", 3),
    ("O’Brien, Seán", "A0002AA", "B-2-017", 12),
]
COLOURS = [
    "grey",
    "green",
    "teal",
    "blue",
    "purple",
    "magenta",
    "red",
    "orange",
    "yellow",
]
TASKS = [
    {"title": "Triage", "url": "#", "status": "Done"},
    {
        "title": "Initial assessment",
        "url": "#",
        "hint": "Due on 4 May 2026",
        "status": "Overdue",
        "colour": "red",
    },
    {"title": "Recovery plan", "status": "Cannot start yet"},
]


SAMPLE = {
    "tabs": [{"label": label, "url": "#", "current": label == "Timeline"} for label in TABS],
    "trail": [
        {"label": "People", "url": "#"},
        {"label": "Testwell, Alfie", "url": "#"},
    ],
    "people": PEOPLE,
    "marks": {"A0001AA": [{"text": "ACCT open", "colour": "red"}]},
    "colours": COLOURS,
    "tasks": TASKS,
    "alerts": [
        {"text": "ACCT open", "colour": "red"},
        {"text": "Vulnerable prisoner", "colour": "purple"},
    ],
    "strands": ["Psychosocial", "Maintenance"],
    "release_date": date(2026, 6, 12),
    "moment": datetime(2026, 5, 4, 9, 30),
    "headers": [
        {"text": "Month", "url": "?sort=month", "sorted": "ascending"},
        *({"text": f"{label} referred", "number": True} for label in ["Self", "Officer", "Healthcare", "Court"]),
        *({"text": f"{label} closed", "number": True} for label in ["Released", "Moved", "Completed", "Left"]),
    ],
    "figures": [
        ("April 2026", [41, 58, 22, 9, 31, 12, 44, 7]),
        ("May 2026", [39, 61, 27, 4, 28, 15, 51, 5]),
    ],
}


@requires(Permission.USE_HOME)
def show(request):
    """Every component in use, for those who build pages; not routed in production."""
    form = forms.Sample({} if "errors" in request.GET else None)
    return render(
        request, "components/all.html", {"form": form, "filter": forms.SampleFilter(auto_id="filter_%s"), **SAMPLE}
    )
