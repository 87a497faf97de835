"""Sessions that are planned and called off."""

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
            when = timezone.localtime(made.at)
            messages.success(request, f"{made.type} planned for {when:%A %-d %B} at {when:%H:%M}.")
            return redirect(back)
    return render(request, "interventions/plan.html", {"header": header, "form": form})


@requires(Permission.LOG_SESSION)
def call_off(request, appointment_id):
    rows = Appointment.objects.visible_to(request.user).select_related("type", "worker")
    appointment = get_object_or_404(rows, pk=appointment_id)
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
