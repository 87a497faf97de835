"""The short lists that an administrator keeps: entries are taken into use, changed, ended; never deleted."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit


@transaction.atomic
def add(*, model, by, **values):
    """Take an entry of the list ``model`` into use. Its code is made of its name, once and for all."""
    known = _one_at_a_time(model)
    entry = model(code=_code(values["name"], {row.code for row in known}), **values)
    entry.full_clean()
    entry.save()
    audit.record(by=by, action=f"{model._meta.model_name}.added", target=entry, code=entry.code)
    return entry


@transaction.atomic
def change(*, entry, version, by, **values):
    """Change an entry that is in use. What was recorded with it is told, and counted, as it is now."""
    _one_at_a_time(type(entry))
    entry = _in_use(entry)
    changed = entry.change(version, **values)
    entry.full_clean()
    entry.save()
    audit.record(by=by, action=f"{entry._meta.model_name}.changed", target=entry, changed=changed)
    return entry


@transaction.atomic
def end(*, entry, version, by):
    """Take an entry out of use from today, with what goes with it alone; those that the product itself names stay."""
    entry = _in_use(entry)
    if entry.code in entry.KEPT:
        raise ValidationError(f"Wingwalk itself names “{entry}”, so it cannot be ended.")
    for rows in entry.along():
        rows.update(ended_on=timezone.localdate())
    entry.change(version, ended_on=timezone.localdate())
    entry.save()
    audit.record(by=by, action=f"{entry._meta.model_name}.ended", target=entry)
    return entry


def _one_at_a_time(model):
    """Every entry, locked: of two who add the same, the second is told so."""
    return list(model.objects.select_for_update(of=["self"]).order_by("pk"))


def _in_use(entry):
    entry = type(entry).objects.select_for_update(of=["self"]).get(pk=entry.pk)
    if entry.ended_on:
        raise ValidationError(f"“{entry}” has been ended already.")
    return entry


def _code(name, known):
    """A code of capitals that nothing else has."""
    plain = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")[:16] or "ENTRY"
    numbered = (f"{plain}_{number}" for number in range(2, 1000))
    return plain if plain not in known else next(code for code in numbered if code not in known)
