from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.access import Permission, allows, requires
from casework.forms.versioned import VersionedForm
from casework.operations import catalogue as operations
from interventions.forms import catalogue as forms
from interventions.models import ContactType, Topic
from interventions.queries import catalogue as queries


@dataclass(frozen=True)
class Sort:
    """A catalogue: the two have the same pages. ``many`` names the list's address and its template."""

    model: type
    form: type
    one: str
    many: str

    @property
    def url(self):
        return reverse(f"interventions:{self.many}")


TYPES = Sort(ContactType, forms.TypeForm, "kind of session", "types")
TOPICS = Sort(Topic, forms.TopicForm, "topic", "topics")


@requires(Permission.KEEP_CATALOGUE)
def index(request, sort):
    """What is in use; on request what has been ended as well, apart. A manager comes here from the diary."""
    settings = allows(request.user, Permission.KEEP_PRISONS)
    context = {
        "entries": queries.types() if sort is TYPES else queries.current(sort.model),
        "ended": queries.ended(sort.model) if "ended" in request.GET else None,
        "kept": ContactType.KEPT,
        "back_url": reverse("casework:settings" if settings else "interventions:diary"),
        "back": "Settings" if settings else "Diary",
    }
    return render(request, f"interventions/settings/{sort.many}.html", context)


@requires(Permission.KEEP_CATALOGUE)
def add(request, sort):
    form = sort.form(request.POST or None, save_text=f"Add {sort.one}", cancel_url=sort.url)
    if form.is_valid():
        try:
            entry = operations.add(model=sort.model, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"“{entry}” added")
            return redirect(sort.url)
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Add a {sort.one}"})


@requires(Permission.KEEP_CATALOGUE)
def change(request, sort, entry_id):
    entry = get_object_or_404(queries.current(sort.model), pk=entry_id)
    form = sort.form(request.POST or None, row=entry, cancel_url=sort.url)
    if form.is_valid():
        try:
            entry = operations.change(entry=entry, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"“{entry}” changed")
            return redirect(sort.url)
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Change “{entry}”"})


@requires(Permission.KEEP_CATALOGUE)
def end(request, sort, entry_id):
    entry = get_object_or_404(queries.current(sort.model), pk=entry_id)
    form = VersionedForm(request.POST or None, row=entry, save_text=f"End {sort.one}", cancel_url=sort.url)
    if form.is_valid():
        try:
            operations.end(entry=entry, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"“{entry}” ended")
            return redirect(sort.url)
    text = "It can no longer be chosen from today, in any prison. What was recorded with it stays."
    return render(request, "casework/settings/form.html", {"form": form, "title": f"End “{entry}”?", "text": text})
