"""The prisons that have a team, and the periods each works to."""

from django.core.exceptions import ValidationError
from django.db import transaction

from casework import audit
from casework.models import Prison


@transaction.atomic
def add(*, by, **values):
    """Add a prison. Its first administrator is made by command."""
    # One at a time: a double click is told so, and does not fail.
    list(Prison.objects.filter(pk=by.prison_id).select_for_update())
    if Prison.objects.filter(code=values["code"]).exists():
        raise ValidationError({"code": "There is already a prison with this code."})
    prison = Prison(**values)
    prison.full_clean()
    prison.save()
    audit.record(by=by, action="prison.added", target=prison, prison=prison, code=prison.code)
    return prison


@transaction.atomic
def change(*, prison, version, by, **values):
    """Change the name and the periods of ``prison``; its code stays."""
    prison = Prison.objects.select_for_update().get(pk=prison.pk)
    changed = prison.change(version, **values)
    prison.full_clean()
    prison.save()
    audit.record(by=by, action="prison.changed", target=prison, prison=prison, changed=changed)
    return prison
