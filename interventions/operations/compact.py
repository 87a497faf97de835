"""The compact of the drug-free unit: written anew, never changed."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from interventions.models import CompactTerms


@transaction.atomic
def write(*, told, seen, by, nonce=None):
    """Take another compact into use from now, in the prison of ``by``. What was signed before stays as it was signed.

    ``seen``: the version that was in force when ``by`` began to write, empty where there was none; if another is by now, he is told
    (ValidationError).
    """
    nonce = nonce or uuid.uuid4()
    if made := CompactTerms.objects.made_once(nonce):
        return made
    CompactTerms.objects.one_writer()
    current = CompactTerms.objects.current(by.prison_id)
    if seen != (current.version if current else ""):
        raise ValidationError(
            f"Somebody else took compact {current} into use while you had this open, so nothing was saved yet. It is shown below. "
            "Compare the two, then save again."
        )
    if current and current.told == told:
        raise ValidationError({"told": f"These are the words of {current}, which is in force already."})
    today = timezone.localdate()
    terms = CompactTerms(prison_id=by.prison_id, version=_next(by, today), from_on=today, told=told, nonce=nonce)
    terms.full_clean()
    terms.save()
    audit.record(by=by, action="compact.written", target=terms, version=terms.version)
    return terms


def _next(by, today):
    """Versions are counted within the year: 2026-1, 2026-2."""
    begin = f"{today.year}-"
    counted = CompactTerms.objects.filter(prison_id=by.prison_id, version__startswith=begin)
    return f"{begin}{max((int(name.removeprefix(begin)) for name in counted.values_list('version', flat=True)), default=0) + 1}"
