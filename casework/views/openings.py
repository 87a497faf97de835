from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, ReasonNeeded, requires
from casework.forms import openings as forms
from casework.models import RecordAccess
from casework.operations import opening as operations
from casework.queries import openings as queries
from casework.queries import people


@requires(Permission.VIEW_PERSON)
def reason(request, person_id):
    """Asked before a record outside one's own work is opened; leads on to where it was asked for."""
    after = _after(request, person_id)
    try:
        people.entered(request.user, person_id)
        return redirect(after)
    except ReasonNeeded as needed:
        person = needed.person
    form = forms.GiveReason(request.POST or None, cancel_url=reverse("home"))
    if form.is_valid():
        operations.give_reason(person=person, by=request.user, **form.cleaned_data)
        return redirect(after)
    audit.opened(request, person, what="person.reason")
    context = {"header": people.header(person, request.user), "form": form, "rule": queries.RULE}
    return render(request, "casework/reason.html", {**context, "hours": RecordAccess.HOURS})


def _after(request, person_id):
    """The address of ours that was asked for, else the person's page."""
    asked = request.GET.get("next", "")
    ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours else reverse("reporting:person", args=[person_id])


@requires(Permission.READ_OPENINGS)
def index(request):
    form = forms.Filter(request.GET)
    after = request.GET.get("after", "")
    page = queries.page(request.user, form.chosen, after=int(after) if after.isdecimal() and len(after) < 19 else None)
    audit.listed(request, "openings", page.people)
    older = f"?show={form.chosen}&after={page.rows[-1].pk}" if page.more else ""
    first = f"?show={form.chosen}" if after else ""
    context = {"filter": form, "show": form.chosen, "page": page, "older_url": older, "first_url": first}
    context["keys"] = ",".join(str(opening.pk) for opening in page.rows)
    return render(request, "casework/openings.html", {**context, "rule": queries.RULE_OF_ALL})


@requires(Permission.READ_OPENINGS)
@require_POST
def read(request):
    keys = [key for key in request.POST.get("keys", "").split(",") if key.isdecimal() and len(key) < 19]
    openings = RecordAccess.objects.visible_to(request.user).filter(pk__in=keys)
    count = operations.read(openings=openings, by=request.user)
    messages.success(request, f"{count} opening{'' if count == 1 else 's'} marked as read")
    return redirect("casework:openings")
