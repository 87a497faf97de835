"""The words in which people are asked for a consent: written anew, never changed."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import ConsentWording

MARKS = {ConsentWording.Kind.SHARING: "", ConsentWording.Kind.NDTMS: "N"}


@transaction.atomic
def write(*, kind, told, for_staff, seen, by, nonce=None):
    """Take other words into use from now, in every prison. Earlier versions stay, and with them what each consent was given to.

    ``seen``: the version that was in force when ``by`` began to write; if another is by now, he is told (ValidationError).
    """
    nonce = nonce or uuid.uuid4()
    if made := ConsentWording.objects.made_once(nonce):
        return made
    ConsentWording.objects.one_writer()
    current = ConsentWording.objects.current(kind)
    if current.version != seen:
        raise ValidationError(
            f"Somebody else took wording {current} into use while you had this open, so nothing was saved yet. It is shown below. "
            "Compare the two, then save again."
        )
    if (told, for_staff) == (current.told, current.for_staff):
        raise ValidationError({"told": f"These are the words of {current}, which are in force already."})
    today = timezone.localdate()
    version = _next_version(f"{today.year}-{MARKS[kind]}")
    wording = ConsentWording(version=version, kind=kind, from_on=today, told=told, for_staff=for_staff, nonce=nonce)
    wording.full_clean()
    wording.save()
    audit.record(by=by, action="wording.written", target=wording, kind=kind, version=version)
    return wording


def _next_version(beginning):
    """Versions of a kind are counted within the year: 2026-3, or 2026-N2."""
    counted = ConsentWording.objects.filter(version__regex=f"^{beginning}[0-9]+$").values_list("version", flat=True)
    return f"{beginning}{max((int(name.removeprefix(beginning)) for name in counted), default=0) + 1}"
