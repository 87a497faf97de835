import secrets

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from casework import audit
from casework.access import Permission, allows, requires
from casework.forms import people as forms
from casework.operations import details as operations
from casework.queries import alerts, finder, people, restrictions, similar
from casework.queries import details as queries

KEPT = 5
MERGE = Permission.MERGE_PEOPLE


@requires(Permission.VIEW_PERSON)
def find(request):
    form = forms.Find(request.POST or None)
    if form.is_valid():
        return _answer(request, form.cleaned_data["text"])
    if request.method == "GET" and (key := request.GET.get("search")):
        return _results(request, key, request.GET.get("after", ""))
    return render(request, "casework/find.html", {"form": form, "may_merge": allows(request.user, MERGE)})


def _results(request, key, after):
    text = request.session.get("searches", {}).get(key, "")
    sought = similar.read(text)
    name = " ".join(sought.words) if sought.born else text
    page = finder.by_name(request.user, name, after=int(after) if after.isdecimal() else None)
    near = [] if after else similar.people(request.user, sought, apart_from=page.people)
    shown = {*page.people, *(row.person.pk for row in near)}
    audit.listed(request, "people", shown)
    context = {
        "near": near,
        "may_merge": allows(request.user, MERGE),
        "form": forms.Find(initial={"text": text}),
        "page": page,
        "marks": alerts.marks(request.user, shown),
        "size": finder.PAGE,
        "forgotten": not text,
        "first": f"?{urlencode({'search': key})}" if after else "",
        "next": f"?{urlencode({'search': key, 'after': page.people[-1]})}" if page.more else "",
    }
    return render(request, "casework/find.html", context)


def _answer(request, text):
    """Names stay out of addresses: what was typed is kept in the session, and the address has a key to it (ADR)."""
    if person := finder.by_number(request.user, text):
        return redirect("reporting:person", person.pk)
    key = secrets.token_urlsafe(6)
    searches = {**request.session.get("searches", {}), key: text}
    request.session["searches"] = dict(list(searches.items())[-KEPT:])
    return redirect(f"{reverse('casework:find')}?search={key}")


@requires(Permission.VIEW_PERSON)
def details(request, person_id):
    header = people.open_record(request, person_id, what="person.details")
    context = {
        "header": header,
        "details": queries.details(header.person, request.user, today=timezone.localdate()),
        "may_allocate": allows(request.user, Permission.ALLOCATE_CASE),
        "may_restrict": allows(request.user, Permission.KEEP_RESTRICTIONS),
        "may_read_openings": allows(request.user, Permission.READ_OPENINGS),
        "restriction": restrictions.of_person(header.person, request.user) if header.restricted else None,
    }
    return render(request, "casework/details.html", context)


@requires(Permission.EDIT_PERSON)
def edit(request, person_id):
    header = people.open_record(request, person_id, what="person.details")
    back = reverse("casework:details", args=[person_id])
    form = forms.EditPerson(request.POST or None, row=header.person, cancel_url=back)
    if form.is_valid():
        try:
            operations.edit(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The details were corrected")
            return redirect(back)
    return render(request, "casework/edit_person.html", {"header": header, "form": form})
