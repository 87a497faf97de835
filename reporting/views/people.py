from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from casework.access import Permission, allows, requires
from casework.queries import people
from interventions.queries import drug_test as drug_tests
from reporting.queries import due, facts, timeline
from reporting.queries.months import today


@requires(Permission.VIEW_PERSON)
def person(request, person_id):
    header = people.open_record(request, person_id)
    page = timeline.page(header.person, request.user, request.GET.get("after", ""))
    cases = facts.of_cases(request.user, today=today(), person=header.person) if header.case else []
    context = {
        "header": header,
        "owed": due.owed(cases, request.user.prison, today=today()),
        "actions": _actions(request.user, header),
        "tests": drug_tests.of_person(header.person, request.user, size=3).rows,
        "page": page,
        "first_url": request.path if "after" in request.GET else "",
        "older_url": f"?after={page.after}" if page.after else "",
    }
    return render(request, "reporting/person.html", context)


def _actions(user, header):
    """What may be done for the person now: label and address, the likeliest first."""
    here = bool(header.spell)
    offered = [
        ("Log a session", "interventions:log", Permission.LOG_SESSION, True),
        ("Plan a session", "interventions:plan", Permission.LOG_SESSION, here),
        ("Refer", "referrals:make", Permission.MAKE_REFERRAL, here),
        ("Open a case", "casework:open_case", Permission.OPEN_CASE, here and not header.case),
        ("Record consent", "casework:record_consent", Permission.RECORD_CONSENT, True),
        ("Hand over", "partners:make", Permission.MAKE_HANDOVER, bool(header.case)),
    ]
    return [
        {"text": text, "url": reverse(name, args=[header.person.pk])}
        for text, name, permission, sensible in offered
        if sensible and allows(user, permission)
    ]


@requires(Permission.VIEW_PERSON)
def event(request, person_id, kind, event_id):
    header = people.open_record(request, person_id, what="event")
    event = timeline.event(header.person, request.user, kind, event_id)
    if event is None:
        raise Http404("there is no such event")
    return render(request, "reporting/event.html", {"header": header, "event": event})
