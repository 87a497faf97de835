"""The pages of the short lists that an administrator keeps; each app that has some says who may, and which lists they are."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.forms.versioned import VersionedForm
from casework.operations import catalogue as operations
from casework.queries import catalogue as queries


@dataclass(frozen=True)
class Sort:
    """A list: all have the same pages. ``app`` and ``many`` name its address, ``one`` an entry in words."""

    app: str
    model: type
    form: type
    one: str
    many: str

    @property
    def url(self):
        return reverse(f"{self.app}:{self.many}")


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
