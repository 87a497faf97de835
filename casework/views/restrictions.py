from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from casework import audit
from casework.access import Permission, requires
from casework.forms import restrictions as forms
from casework.operations import restriction as operations
from casework.queries import people
from casework.queries import restrictions as queries

LIST = "casework:restrictions"


@requires(Permission.KEEP_RESTRICTIONS)
def index(request):
    form = forms.Filter(request.GET)
    after = request.GET.get("after", "")
    after = int(after) if after.isdecimal() and len(after) < 19 else None
    page = queries.page(request.user, lifted=form.lifted, after=after)
    audit.listed(request, "restrictions", page.people)
    here = f"?show={'lifted' if form.lifted else 'open'}"
    context = {
        "filter": form,
        "lifted": form.lifted,
        "page": page,
        "first_url": here if after else "",
        "older_url": f"{here}&after={page.rows[-1].pk}" if page.more else "",
    }
    return render(request, "casework/restrictions.html", context)


@requires(Permission.KEEP_RESTRICTIONS)
def restrict(request, person_id):
    header = people.open_record(request, person_id)
    if header.restricted:
        return redirect(LIST)
    staff = queries.may_be_named(request.user)
    named = {request.user.pk, *queries.who_works_with(header.person, request.user)}
    back = reverse("casework:details", args=[person_id])
    form = forms.Restrict(request.POST or None, staff=staff, named=named, cancel_url=back)
    if form.is_valid():
        try:
            operations.restrict(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The record of {header.person.number} is restricted to those who are named")
            return redirect(LIST)
    return render(request, "casework/restrict.html", {"header": header, "form": form})


@requires(Permission.KEEP_RESTRICTIONS)
def change(request, restriction_id):
    restriction = _named_in(request, restriction_id)
    header = people.open_record(request, restriction.person_id)
    staff, now = queries.may_be_named(request.user), {user.pk for user in restriction.named}
    form = forms.ChangeNamed(request.POST or None, staff=staff, named=now, cancel_url=reverse(LIST))
    if form.is_valid():
        try:
            operations.change(restriction=restriction, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, seen=form.seen_now)
        else:
            messages.success(request, f"Who may see the record of {restriction.number} was changed")
            return redirect(LIST)
    context = {"header": header, "restriction": restriction, "form": form}
    return render(request, "casework/change_named.html", context)


@requires(Permission.KEEP_RESTRICTIONS)
def name_oneself(request, restriction_id):
    restriction = _restriction(request, restriction_id)
    if restriction.shown:
        return redirect(LIST)
    form = forms.NameOneself(request.POST or None, cancel_url=reverse(LIST))
    if form.is_valid():
        try:
            operations.name_oneself(restriction=restriction, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"You may see the record of {restriction.number} now")
            return redirect(LIST)
    return render(request, "casework/name_oneself.html", {"restriction": restriction, "form": form})


@requires(Permission.KEEP_RESTRICTIONS)
def lift(request, restriction_id):
    restriction = _named_in(request, restriction_id)
    header = people.open_record(request, restriction.person_id)
    form = forms.Lift(request.POST or None, cancel_url=reverse(LIST))
    if form.is_valid():
        operations.lift(restriction=restriction, by=request.user, **form.cleaned_data)
        messages.success(request, f"The record of {restriction.number} is open to the whole team again")
        return redirect(LIST)
    return render(request, "casework/lift.html", {"header": header, "restriction": restriction, "form": form})


def _restriction(request, restriction_id):
    restriction = queries.restriction(request.user, restriction_id)
    if restriction is None:
        raise Http404("there is no such restriction")
    return restriction


def _named_in(request, restriction_id):
    """Only a manager who is named changes or lifts a restriction."""
    restriction = _restriction(request, restriction_id)
    if restriction.shown is None:
        raise Http404("this restriction does not name the user")
    return restriction
