"""Notes are written and amended by another; no operation changes or removes one, and the database would let none."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.formats import words
from casework.models import Case, Note


@transaction.atomic
def write(*, person, level, text, by, kind=Note.Kind.GENERAL, nonce=None):
    """Write a note about ``person`` for whoever may read ``level``. It belongs to his case, where one is open."""
    nonce = nonce or uuid.uuid4()
    if made := Note.objects.made_once(nonce):
        return made
    if level not in Note.levels_of(by):
        raise ValidationError({"level": "Choose a level that you may read yourself."})
    case = Case.objects.open().filter(person=person, prison=by.prison_id).first()
    note = Note(person=person, prison_id=by.prison_id, case=case, level=level, kind=kind, text=text, nonce=nonce)
    _keep(note, by)
    audit.record(by=by, action="note.written", target=note, level=level, kind=kind)
    return note


@transaction.atomic
def amend(*, note, text, by, nonce=None):
    """Add to a note, or correct it, by another note at its level. What was amended stays as it was."""
    nonce = nonce or uuid.uuid4()
    if made := Note.objects.made_once(nonce):
        return made
    if note.level not in Note.levels_of(by):
        raise ValidationError("This note is at a level that you may not read.")
    first = note.amends or note
    same = {name: getattr(first, name) for name in ["person_id", "prison_id", "case_id", "level", "kind"]}
    amendment = Note(amends=first, text=text, nonce=nonce, **same)
    _keep(amendment, by)
    audit.record(by=by, action="note.amended", target=amendment, of=first, level=first.level)
    return amendment


def _keep(note, by):
    note.written_at, note.written_by, note.words = timezone.now(), by, words.key(note.text)
    note.full_clean()
    note.save()
