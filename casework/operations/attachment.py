"""Files about a person: taken in after a look at what they really are, withdrawn, never deleted."""

import hashlib
import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from casework import audit
from casework.formats import files
from casework.models import Attachment, Case

TOO_LARGE = f"The file is larger than {filesizeformat(Attachment.MOST_BYTES)}. Scan it in black and white, or in parts."


@transaction.atomic
def add(*, person, kind, title, name, content, by, nonce=None):
    """Keep a file about ``person``: what ``casework.formats.files`` leaves of ``content`` (bytes). ``name``: of the file it came as."""
    nonce = nonce or uuid.uuid4()
    if made := Attachment.objects.made_once(nonce):
        return made
    kept = _checked(content)
    attachment = Attachment(
        person=person,
        prison_id=by.prison_id,
        case=Case.objects.open().filter(person=person, prison=by.prison_id).first(),
        kind=kind,
        title=title,
        filename=files.safe_name(name, kept.extension),
        content_type=kept.content_type,
        size=len(kept.content),
        sha256=hashlib.sha256(kept.content).hexdigest(),
        content=kept.content,
        added_at=timezone.now(),
        added_by=by,
        nonce=nonce,
    )
    attachment.full_clean()
    attachment.save()
    detail = {"kind": kind, "content_type": kept.content_type, "size": attachment.size, "sha256": attachment.sha256}
    audit.record(by=by, action="attachment.added", target=attachment, **detail)
    return attachment


@transaction.atomic
def withdraw(*, attachment, why, by):
    """Hand a file out no more. It stays, with who withdrew it and why. The same again changes nothing."""
    rows = Attachment.objects.without_bytes().select_for_update(no_key=True)
    attachment = rows.get(pk=attachment.pk)
    if attachment.withdrawn_at is None:
        attachment.withdrawn_at, attachment.withdrawn_by, attachment.withdrawn_why = timezone.now(), by, why
        attachment.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        audit.record(by=by, action="attachment.withdrawn", target=attachment)
    return attachment


def _checked(content):
    if len(content) > Attachment.MOST_BYTES:
        raise ValidationError({"file": TOO_LARGE})
    try:
        kept = files.read(content)
    except files.FileRefused as refusal:
        raise ValidationError({"file": str(refusal)}) from None
    if len(kept.content) > Attachment.MOST_BYTES:
        raise ValidationError({"file": TOO_LARGE})
    return kept
