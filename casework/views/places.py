from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.access import Permission, requires
from casework.forms import place as forms
from casework.forms.versioned import VersionedForm
from casework.models import RegimeTime, Room, Wing
from casework.operations import place as operations


@dataclass(frozen=True)
class Sort:
    """A sort of place: the three have the same pages. ``many`` names the list's address and its template."""

    model: type
    form: type
    one: str
    many: str
    with_rows: tuple = ()

    @property
    def url(self):
        return reverse(f"casework:{self.many}")


WINGS = Sort(Wing, forms.WingForm, "wing", "wings")
ROOMS = Sort(Room, forms.RoomForm, "room", "rooms", ("wing",))
REGIME_TIMES = Sort(RegimeTime, forms.RegimeTimeForm, "regime time", "regime_times")


@requires(Permission.KEEP_PLACES)
def index(request, sort):
    """What is in use; on request what has been ended as well, apart."""
    places = sort.model.objects.visible_to(request.user).select_related("prison", *sort.with_rows)
    ended = places.exclude(ended_on=None).order_by("-ended_on", "pk") if "ended" in request.GET else None
    return render(
        request, f"casework/settings/{sort.many}.html", {"places": places.current(), "ended": ended, "sort": sort}
    )


@requires(Permission.KEEP_PLACES)
def add(request, sort):
    form = sort.form(request.POST or None, user=request.user, save_text=f"Add {sort.one}", cancel_url=sort.url)
    if form.is_valid():
        try:
            place = operations.add(model=sort.model, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{place} added")
            return redirect(sort.url)
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Add a {sort.one}"})


@requires(Permission.KEEP_PLACES)
def change(request, sort, place_id):
    place = get_object_or_404(sort.model.objects.visible_to(request.user).current(), pk=place_id)
    form = sort.form(request.POST or None, row=place, user=request.user, cancel_url=sort.url)
    if form.is_valid():
        try:
            place = operations.change(place=place, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{place} changed")
            return redirect(sort.url)
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Change {place}"})


@requires(Permission.KEEP_PLACES)
def end(request, sort, place_id):
    place = get_object_or_404(sort.model.objects.visible_to(request.user).current(), pk=place_id)
    form = VersionedForm(request.POST or None, row=place, save_text=f"End {sort.one}", cancel_url=sort.url)
    if form.is_valid():
        try:
            operations.end(place=place, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{place} ended")
            return redirect(sort.url)
    text = f"The {sort.one} can no longer be chosen from today. What was recorded with it stays."
    return render(request, "casework/settings/form.html", {"form": form, "title": f"End {place}?", "text": text})
