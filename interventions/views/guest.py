"""Guest speakers: the list of them, and those of one session."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.forms.versioned import VersionedForm
from interventions.forms import guest as forms
from interventions.models import GroupSession, Guest
from interventions.operations import guest as operations
from interventions.queries import guest as queries


@requires(Permission.RUN_GROUPS)
def index(request):
    guests = queries.current(request.user, now=timezone.now())
    return render(request, "interventions/guests.html", {"guests": guests})


@requires(Permission.RUN_GROUPS)
def add(request):
    form = forms.GuestForm(request.POST or None, cancel_url=reverse("interventions:guests"))
    if form.is_valid():
        try:
            guest = operations.add(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{guest} added")
            return redirect("interventions:guests")
    return render(request, "interventions/guest.html", {"form": form, "title": "Add a guest speaker"})


@requires(Permission.RUN_GROUPS)
def change(request, guest_id):
    guest = _guest(request, guest_id)
    form = forms.GuestForm(request.POST or None, row=guest, cancel_url=reverse("interventions:guests"))
    if form.is_valid():
        try:
            guest = operations.change(guest=guest, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{guest} changed")
            return redirect("interventions:guests")
    return render(request, "interventions/guest.html", {"form": form, "title": f"Change {guest}"})


@requires(Permission.RUN_GROUPS)
def end(request, guest_id):
    guest = _guest(request, guest_id)
    url = reverse("interventions:guests")
    form = VersionedForm(request.POST or None, row=guest, save_text="Take off the list", cancel_url=url)
    if form.is_valid():
        try:
            operations.end(guest=guest, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{guest} is off the list")
            return redirect(url)
    text = "Nobody can ask this guest from today. Where the guest spoke stays."
    return render(
        request, "interventions/guest.html", {"form": form, "title": f"Take {guest} off the list?", "text": text}
    )


@requires(Permission.RUN_GROUPS)
def of_session(request, group_id):
    session = _session(request, group_id)
    back = reverse("interventions:register", args=[session.pk])
    form = forms.Ask(request.POST or None, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            visit = operations.ask(session=session, guest=form.cleaned_data["guest"], by=request.user)
        except ValidationError as error:
            form.add_error("guest", error)
        else:
            messages.success(request, f"{visit.guest} speaks at {session}.")
            return redirect("interventions:guests", session.pk)
    context = {"session": session, "form": form, "visits": queries.of(session, request.user)}
    return render(request, "interventions/session_guests.html", context)


@requires(Permission.RUN_GROUPS)
@require_POST
def remove(request, group_id, guest_id):
    session = _session(request, group_id)
    guest = get_object_or_404(Guest.objects.visible_to(request.user), pk=guest_id)
    operations.uninvite(session=session, guest=guest, by=request.user)
    messages.success(request, f"{guest} does not speak at {session}.")
    return redirect("interventions:guests", session.pk)


def _guest(request, guest_id):
    return get_object_or_404(Guest.objects.visible_to(request.user).current(), pk=guest_id)


def _session(request, group_id):
    sessions = GroupSession.objects.visible_to(request.user).select_related("room", "wing")
    return get_object_or_404(sessions, pk=group_id)
