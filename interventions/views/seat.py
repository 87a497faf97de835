"""Who is expected at a session: put down, taken off, expected all the same."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from interventions.forms import seat as forms
from interventions.models import GroupSession, Seat
from interventions.operations import seat as operations


@requires(Permission.RUN_GROUPS)
def add(request, group_id):
    session = _session(request, group_id)
    back = reverse("interventions:group", args=[group_id])
    form = forms.Add(request.POST or None, user=request.user, cancel_url=back)
    if form.is_valid():
        given = form.cleaned_data
        try:
            seats = operations.add(
                session=session,
                people=given["numbers"],
                despite=given["despite"],
                by=request.user,
                nonce=given["nonce"],
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{', '.join(seat.person.name for seat in seats)} put down.")
            return redirect(back)
    context = {"form": form, "title": f"Put people down for {session}", "session": session}
    return render(request, "interventions/group_form.html", context)


@require_POST
@requires(Permission.RUN_GROUPS)
def add_enrolled(request, group_id):
    session = _session(request, group_id)
    try:
        seats, against = operations.add_enrolled(session=session, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{len(seats)} put down.")
        for name, why in against.items():
            messages.warning(request, f"{name} was left out. {why}")
    return redirect("interventions:group", group_id)


@requires(Permission.RUN_GROUPS)
def remove(request, group_id):
    return _of_seat(request, group_id, forms.Remove, operations.remove, "Take somebody off", "{name} was taken off.")


@requires(Permission.RUN_GROUPS)
def accept(request, group_id):
    title = "Expect somebody all the same"
    return _of_seat(request, group_id, forms.Accept, operations.accept, title, "{name} is expected all the same.")


def _of_seat(request, group_id, asked, operation, title, said):
    """Ask ``asked`` about one of those who are expected, and do ``operation``."""
    session = _session(request, group_id)
    back = reverse("interventions:group", args=[group_id])
    seats = Seat.objects.visible_to(request.user).expected().filter(session=session, contact=None)
    seats = seats.select_related("person").order_by("person__surname_key", "person__forenames_key", "pk")
    begin = {"seat": request.GET.get("seat", "")}
    form = asked(request.POST or None, seats=seats, initial=begin, cancel_url=back)
    audit.listed(request, "group.seats", {seat.person_id for seat in seats})
    if form.is_valid():
        try:
            seat = operation(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, said.format(name=seat.person.name))
            return redirect(back)
    return render(request, "interventions/group_form.html", {"form": form, "title": title, "session": session})


def _session(request, group_id):
    return get_object_or_404(GroupSession.objects.visible_to(request.user), pk=group_id)
