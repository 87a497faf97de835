"""Wings, rooms and regime times: taken into use, changed, ended; never deleted."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Prison, Wing
from casework.queries import counts


@transaction.atomic
def add(*, model, by, **values):
    """Take a wing, room or regime time (``model``) into use at the prison of ``by``."""
    prison = Prison.objects.select_for_update().get(pk=by.prison_id)  # One at a time: a double click is told so.
    place = model(prison=prison, **values)
    place.full_clean()
    place.save()
    audit.record(by=by, action=f"{model._meta.model_name}.added", target=place)
    return place


@transaction.atomic
def change(*, place, version, by, **values):
    """Change a place that is in use."""
    place = _in_use(place)
    changed = place.change(version, **values)
    place.full_clean()
    place.save()
    audit.record(by=by, action=f"{place._meta.model_name}.changed", target=place, changed=changed)
    return place


@transaction.atomic
def end(*, place, version, by):
    """Take a place out of use from today. A wing with people or rooms on it stays."""
    place = _in_use(place)
    if isinstance(place, Wing):
        _must_be_empty(place)
        place.cover.filter(ended_on=None).update(ended_on=timezone.localdate())
    place.change(version, ended_on=timezone.localdate())
    place.save()
    audit.record(by=by, action=f"{place._meta.model_name}.ended", target=place)
    return place


def _in_use(place):
    place = type(place).objects.select_for_update().get(pk=place.pk)
    if place.ended_on:
        raise ValidationError(f"{place} has been ended already.")
    return place


def _must_be_empty(wing):
    if people := counts.people_on(wing):
        are = "person is" if people == 1 else "people are"
        raise ValidationError(f"{people} {are} still on {wing}. Import a roll that has them elsewhere first.")
    if rooms := wing.rooms.current().count():
        are = "room is" if rooms == 1 else "rooms are"
        raise ValidationError(f"{rooms} {are} still on {wing}. End or move them first.")
