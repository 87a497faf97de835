"""Drop-ins: the list, one opened, and who came to one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts
from interventions.forms import drop_in as forms
from interventions.models import GroupSession
from interventions.operations import drop_in as operations
from interventions.queries import drop_in as queries
from interventions.queries import guest as guests


@requires(Permission.RUN_GROUPS)
def index(request):
    page = queries.page(request.user, after=_after(request))
    next_url = f"?after={page.next_key}" if page.next_key else ""
    return render(request, "interventions/drop_ins.html", {"page": page, "next_url": next_url})


@requires(Permission.RUN_GROUPS)
def open(request):
    begin = queries.begun_from(request.user)
    form = forms.Open(
        request.POST or None, user=request.user, initial=begin, cancel_url=reverse("interventions:drop_ins")
    )
    if form.is_valid():
        try:
            session = operations.open(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{session.name} is in the calendar.")
            return redirect("interventions:drop_in", session.pk)
    return render(request, "interventions/open_drop_in.html", {"form": form})


@requires(Permission.RUN_GROUPS)
def show(request, group_id):
    session = _drop_in(request, group_id)
    form = forms.Came(
        request.POST or None, user=request.user, session=session, cancel_url=reverse("interventions:drop_ins")
    )
    if form.is_valid():
        try:
            saved = operations.write_down(
                session=session, close="close" in request.POST, by=request.user, **form.answers
            )
        except ValidationError as error:
            session.refresh_from_db(fields=["version"])
            form.refuse(error, version=session.version)
        else:
            messages.success(request, _said(saved, form.cleaned_data["came"]))
            for person, against in saved.told:
                messages.warning(request, f"Act on this now. {person.list_name}: {' '.join(against)}")
            return redirect("interventions:drop_in", session.pk)
    return render(request, "interventions/drop_in.html", _page(request, session, form))


def _page(request, session, form):
    now = timezone.now()
    seats = queries.seats(session, request.user)
    taken_back = list(queries.taken_back(session, request.user))
    people = {row.person_id for row in [*seats, *taken_back]}
    named = {fits[0].pk for fits in form.found.values() if len(fits) == 1}
    audit.listed(request, "drop_in.people", people | named)
    return {
        "session": session,
        "form": form,
        "begun": session.period.lower <= now,
        "came": [seat for seat in seats if seat.contact_id],
        "expected": [seat for seat in seats if not seat.contact_id],
        "problems": queries.problems(session, request.user),
        "taken_back": taken_back,
        "guests": guests.of(session, request.user),
        "marks": alerts.marks(request.user, people),
    }


def _drop_in(request, group_id):
    rows = GroupSession.objects.visible_to(request.user).filter(kind=GroupSession.Kind.DROP_IN)
    return get_object_or_404(rows.select_related("room", "wing", "closed_by"), pk=group_id)


def _said(session, came):
    names = "1 name" if len(came) == 1 else f"{len(came)} names"
    referred = sum(bool(one["refer"]) for one in came)
    referrals = "1 referral" if referred == 1 else f"{referred} referrals"
    said = [f"Saved: {names}" if came else "Saved", f"{referrals} made" if referred else ""]
    closed = " The drop-in is closed." if session.closed_at else ""
    return ", ".join(filter(None, said)) + "." + closed


@requires(Permission.RUN_GROUPS)
@require_POST
def name(request, group_id):
    """Called by the page of a drop-in when a number or name was typed: who is meant, and what stands against his being there."""
    session = _drop_in(request, group_id)
    typed = next((value for key, value in request.POST.items() if key.startswith("who_")), "").strip()
    fits = queries.people(request.user, [typed])[typed] if typed else []
    context = {"typed": typed, "fits": len(fits)}
    if len(fits) == 1:
        (person,) = fits
        audit.listed(request, "drop_in.name", {person.pk})
        against = queries.against(session, [person], request.user, now=timezone.now())[person.pk]
        cell = queries.cells(request.user, [person]).get(person.pk, "")
        context |= {"person": person, "cell": cell, "against": against}
    return render(request, "interventions/_drop_in_name.html", context)


def _after(request):
    key = request.GET.get("after", "")
    rows = GroupSession.objects.visible_to(request.user)
    return rows.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
