"""The sessions of one person."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, requires
from casework.queries import people
from interventions.forms import session as forms
from interventions.models import Appointment, Contact, GroupSession
from interventions.operations import session as operations
from interventions.queries import session as queries


@requires(Permission.VIEW_PERSON)
def list(request, person_id):
    header = people.open_record(request, person_id, what="sessions")
    form = forms.Filter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page, now = queries.of_person(header.person, request.user, after=_after(request), **chosen), timezone.now()
    context = {
        "header": header,
        "filter": form,
        "filtered": any(chosen.values()),
        "page": page,
        "planned": queries.coming(header.person, request.user, now=now),
        "other": queries.other_things(header.person, request.user, now=now),
        "next_url": _next_url(request, page),
    }
    return render(request, "interventions/list.html", context)


@requires(Permission.VIEW_PERSON)
def show(request, session_id):
    session = _written(request, session_id)
    header = people.open_record(request, session.person_id, what="session")
    topics, goals = queries.worked_on(session, request.user)
    context = {"header": header, "session": session, "colour": queries.colour(session)}
    context |= {"topics": topics, "goals": goals, "seat": queries.seat(session, request.user)}
    return render(request, "interventions/show.html", context)


@requires(Permission.LOG_SESSION)
def withdraw(request, session_id):
    session = _written(request, session_id)
    header = people.open_record(request, session.person_id, what="session")
    form = forms.Withdraw(request.POST or None, cancel_url=reverse("interventions:show", args=[session.pk]))
    bound = queries.bound(session, request.user)
    if session.withdrawn_at:
        return redirect("interventions:show", session.pk)
    if form.is_valid():
        operations.withdraw(contact=session, by=request.user, **form.cleaned_data)
        messages.success(request, f"{session.type} with {header.person.name} was taken back.")
        return redirect(_list_of(session, bound.seat))
    context = {"header": header, "session": session, "form": form, "bound": bound}
    return render(request, "interventions/withdraw.html", context)


def _written(request, session_id):
    """The session with this key, taken back or not."""
    rows = Contact.everything.visible_to(request.user)
    rows = rows.select_related("type", "worker", "recorded_by", "case", "withdrawn_by", "round__wing")
    return get_object_or_404(rows, pk=session_id)


def _list_of(session, seat):
    """Where a session stood: the register or the drop-in that it was marked in, else the sessions of the person."""
    if seat is None:
        return reverse("interventions:list", args=[session.person_id])
    page = "drop_in" if seat.session.kind == GroupSession.Kind.DROP_IN else "register"
    return reverse(f"interventions:{page}", args=[seat.session_id])


@requires(Permission.LOG_SESSION)
def log(request, person_id):
    header = people.open_record(request, person_id)
    back = reverse("interventions:list", args=[person_id])
    appointment = _appointment(request, person_id)
    begin = {} if request.POST else queries.beginning(header, request.user, appointment)
    form = forms.Log(request.POST or None, user=request.user, person=header.person, initial=begin, cancel_url=back)
    if form.is_valid():
        try:
            session = operations.log(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{session.type} with {header.person.name} saved.")
            return redirect("interventions:log" if "another" in request.POST else "interventions:list", person_id)
    return render(request, "interventions/log.html", {"header": header, "form": form})


def _appointment(request, person_id):
    """The planned session that the address names, if there is one still to be written up."""
    key = request.GET.get("appointment", "")
    standing = Appointment.objects.visible_to(request.user).standing().filter(person=person_id)
    return standing.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None


def _after(request):
    """The session with which the page before ended; an address that names none begins at the beginning."""
    key = request.GET.get("after", "")
    return Contact.objects.visible_to(request.user).filter(pk=key).first() if key.isdecimal() else None


def _next_url(request, page):
    if page.next_key is None:
        return ""
    asked = QueryDict(request.GET.urlencode(), mutable=True)
    asked["after"] = page.next_key
    return f"?{asked.urlencode()}"
