"""Sessions that are planned, moved and called off."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, requires
from casework.queries import people
from interventions.forms import appointment as forms
from interventions.models import Appointment
from interventions.operations import appointment as operations
from interventions.queries import session as queries


@requires(Permission.VIEW_PERSON)
def show(request, appointment_id):
    appointment = _appointment(request, appointment_id)
    header = people.open_record(request, appointment.person_id, what="session")
    context = {"header": header, "appointment": appointment, "moves": queries.moves(appointment, request.user)}
    now = timezone.now()
    context |= {"conflicts": queries.conflicts_of(appointment, request.user, now=now), "over": appointment.at <= now}
    return render(request, "interventions/appointment.html", context)


@requires(Permission.LOG_SESSION)
def plan(request, person_id):
    header = people.open_record(request, person_id)
    back = reverse("interventions:list", args=[person_id])
    begin = queries.beginning(header, request.user)
    initial = {name: begin[name] for name in ["type", "place", "worker"]}
    form = forms.Plan(request.POST or None, user=request.user, initial=initial, cancel_url=back)
    if form.is_valid():
        try:
            made = operations.plan(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{made.type} planned for {_when(made)}.")
            return redirect(back)
    context = {
        "header": header,
        "form": form,
        "other": queries.other_things(header.person, request.user, now=timezone.now()),
    }
    return render(request, "interventions/plan.html", context)


@requires(Permission.LOG_SESSION)
def move(request, appointment_id):
    appointment = _appointment(request, appointment_id)
    header = people.open_record(request, appointment.person_id, what="session")
    back = reverse("interventions:appointment", args=[appointment_id])
    form = forms.Move(request.POST or None, row=appointment, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            moved = operations.move(appointment=appointment, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{moved.type} moved to {_when(moved)}.")
            return redirect(back)
    context = {"header": header, "form": form, "appointment": appointment}
    return render(request, "interventions/move.html", context)


@requires(Permission.LOG_SESSION)
def call_off(request, appointment_id):
    appointment = _appointment(request, appointment_id)
    header = people.open_record(request, appointment.person_id, what="session")
    back = reverse("interventions:list", args=[appointment.person_id])
    form = forms.CallOff(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.call_off(appointment=appointment, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The session was called off.")
            return redirect(back)
    context = {"header": header, "form": form, "appointment": appointment}
    return render(request, "interventions/call_off.html", context)


def _appointment(request, appointment_id):
    rows = Appointment.objects.visible_to(request.user)
    rows = rows.select_related("type", "worker", "room", "made_by", "called_off_by")
    return get_object_or_404(rows, pk=appointment_id)


def _when(appointment):
    at = timezone.localtime(appointment.at)
    return f"{at:%A %-d %B} at {at:%H:%M}"
