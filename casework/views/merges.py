from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from casework import audit, tasks
from casework.access import Permission, requires
from casework.forms import merge as forms
from casework.models import Person, PersonMerge
from casework.operations import merging as operations
from casework.queries import finder
from casework.queries import merges as queries


@requires(Permission.MERGE_PEOPLE)
def index(request):
    """Pairs that may be one person, two numbers to compare, and what was merged before."""
    form = forms.Choose(request.POST or None)
    if form.is_valid() and (pair := _pair_of(request.user, form)):
        return redirect("casework:compare", *(person.pk for person in pair))
    pairs = queries.pairs(request.user)
    history = PersonMerge.objects.visible_to(request.user).history().select_related("kept", "removed", "asked_by")
    history = history[: queries.PAGE]
    shown = [person for pair in pairs for person in (pair.one.person, pair.other.person)]
    shown += [person for row in history for person in (row.kept, row.removed)]
    audit.listed(request, "merges", {person.pk for person in shown})
    return render(request, "casework/merges.html", {"form": form, "pairs": pairs, "history": history})


def _pair_of(user, form):
    """The two people whom the numbers find; what finds nobody is said beside its field."""
    found = {name: finder.by_number(user, form.cleaned_data[name]) for name in ["one", "other"]}
    for name, person in found.items():
        if person is None:
            form.add_error(name, "Nobody whom you may see has this number")
    if all(found.values()) and found["one"] == found["other"]:
        form.add_error("other", "These two numbers are one record already")
    return None if form.errors else list(found.values())


@requires(Permission.MERGE_PEOPLE)
def compare(request, one_id, other_id):
    people = Person.objects.visible_to(request.user)
    one, other = (get_object_or_404(people, pk=key) for key in (one_id, other_id))
    for person in (one, other):
        audit.opened(request, person, what="merge.compared")
    form = forms.Merge(request.POST or None, one=one, other=other, cancel_url=reverse("casework:merges"))
    if form.is_valid():
        try:
            row = _settle(request, form)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("casework:merges") if form.two_people else redirect("casework:merge", row.pk)
    context = {"form": form, "one": one, "other": other, "lines": queries.compare(request.user, one, other)}
    context["headers"] = f"What|{one.number}|{other.number}|Same?"
    return render(request, "casework/compare.html", context)


def _settle(request, form):
    if form.two_people:
        messages.success(request, "Noted that they are two people. They are not offered as a pair again.")
        return operations.are_two(by=request.user, **form.answers())
    row = operations.ask(by=request.user, **form.answers())
    tasks.nudge_merge(row.pk)
    return row


@requires(Permission.MERGE_PEOPLE)
def show(request, merge_id):
    row = _merge(request, merge_id)
    form = forms.Undo(request.POST or None, cancel_url=reverse("casework:merges"))
    if form.is_valid():
        try:
            operations.ask_undo(merge=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            tasks.nudge_merge(row.pk)
            return redirect("casework:merge", row.pk)
    audit.opened(request, row.kept, what="merge")
    return render(request, "casework/merge.html", {"row": row, "form": form, "moved": queries.moved(row)})


@requires(Permission.MERGE_PEOPLE)
def progress(request, merge_id):
    """The part of the page that asks again until the merge has been made."""
    row = _merge(request, merge_id)
    if not row.is_in_hand:
        return HttpResponseClientRefresh() if request.htmx else redirect("casework:merge", row.pk)
    return render(request, "casework/_merge_progress.html", {"row": row})


def _merge(request, merge_id):
    rows = PersonMerge.objects.visible_to(request.user).select_related("kept", "removed", "asked_by", "undo_by")
    return get_object_or_404(rows, pk=merge_id)
