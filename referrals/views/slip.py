from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.models import Person
from casework.queries import alerts, finder, people
from referrals.forms import slip as forms
from referrals.models import Slip
from referrals.operations import slip as operations
from referrals.queries import slip as queries
from referrals.views import base


@requires(Permission.MAKE_REFERRAL)
def blank(request):
    """The paper slip, two on a sheet."""
    context = {"boxes": queries.boxes(), "copies": [1, 2], "prison": request.user.prison}
    return render(request, "referrals/slip.html", context)


@requires(Permission.MAKE_REFERRAL)
def pile(request):
    form = forms.Pile(request.POST or None, user=request.user, cancel_url=reverse("referrals:queue"))
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = operations.take_in(slips=given["slips"], received_on=given["received_on"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _taken_in(made))
            return redirect("referrals:queue")
    if named := {person.pk for person, _ in form.found.values()}:
        audit.listed(request, "slips.pile", named)
    return render(request, "referrals/pile.html", {"form": form, "boxes": form.boxes})


def _taken_in(made):
    repeats = sum(row.repeat_of_id is not None for row in made)
    count = "1 slip was taken in" if len(made) == 1 else f"{len(made)} slips were taken in"
    return f"{count}. {repeats} of them from people who wait already: not counted again." if repeats else f"{count}."


@requires(Permission.MAKE_REFERRAL)
@require_POST
def name(request):
    """Called by the page of the pile when a number was typed: the name and the cell that go with it."""
    typed = next((value for key, value in request.POST.items() if key.startswith("number_")), "")
    found = next(iter(finder.by_numbers(request.user, [typed]).values()), None)
    if found:
        audit.listed(request, "slips.name", {found[0].pk})
    return render(request, "referrals/_pile_name.html", {"typed": typed.strip(), "found": found})


@requires(Permission.TRIAGE)
def index(request):
    page = queries.page(request.user, after=base.after_key(request))
    return render(request, "referrals/slips.html", {"page": page, "next_url": base.next_url(request, page)})


@requires(Permission.TRIAGE)
def show(request, slip_id):
    slip = _slip(request, slip_id)
    form = forms.SetAside(request.POST or None, cancel_url=reverse("referrals:slips"))
    if form.is_valid():
        try:
            operations.set_aside(slip=slip, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The slip was put away. No referral was made.")
            return redirect("referrals:slips")
    exact, named, near = queries.candidates(slip, request.user)
    shown = {row.person.pk for row in [*named, *near]} | ({exact.pk} if exact else set())
    audit.listed(request, "slips.candidates", shown)
    context = {"slip": slip, "form": form, "exact": exact, "named": named, "near": near}
    return render(request, "referrals/match.html", {**context, "marks": alerts.marks(request.user, shown)})


@requires(Permission.TRIAGE)
@require_POST
def match(request, slip_id, person_id):
    slip = _slip(request, slip_id)
    person = get_object_or_404(Person.objects.visible_to(request.user), pk=person_id)
    try:
        matched = operations.match(slip=slip, person=person, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("referrals:slip", slip_id)
    again = " They wait already, so it is a repeat." if matched.referral.repeat_of_id else ""
    messages.success(request, f"{person.name} was referred from the slip.{again}")
    return redirect("referrals:slips")


def _slip(request, slip_id):
    """A slip that waits, or that was answered a moment ago (a double click is no error); matched, it is about the record of somebody."""
    slip = get_object_or_404(Slip.objects.visible_to(request.user).select_related("wing"), pk=slip_id)
    if slip.person_id:
        people.entered(request.user, slip.person_id)
    return slip
