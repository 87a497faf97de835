"""What people answer for before a handover may go: the clinical part, and words that look as if they may not pass."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import User
from partners.models import ClinicalPart, Handover, WordsLeft
from partners.queries import blocked, clinical

OVER = {Handover.State.KEPT, Handover.State.CLOSED, Handover.State.RECALLED}
NOT_CLINICAL = "Only somebody who reads and writes clinical notes can confirm this."


@transaction.atomic
def confirm_clinical(*, handover, by, at=None):
    """The clinical side stands by the clinical part as it reads now, or says that there is nothing to say."""
    row = Handover.objects.select_for_update(of=["self"]).get(pk=handover.pk)
    if not by.has_duty(User.Duty.CLINICAL):
        raise ValidationError(NOT_CLINICAL)
    if row.state in OVER:
        raise ValidationError(f"This handover is {row.get_state_display().lower()}.")
    if confirmed := clinical.confirmation(row):
        return confirmed
    confirmed = ClinicalPart(
        handover=row,
        prison_id=row.prison_id,
        digest=clinical.digest(row.content),
        nothing=not row.content.get("clinical"),
        by=by,
        at=at or timezone.now(),
    )
    confirmed.full_clean()
    confirmed.save()
    audit.record(by=by, action="handover.clinical_confirmed", target=row, nothing=confirmed.nothing)
    return confirmed


@transaction.atomic
def leave_words(*, handover, reason, by, at=None):
    """Leave the words that are marked in ``handover`` as they are, and say why they are not what they look like; numbers stay marked."""
    found = {(mark.found.kind, mark.found.key) for mark in blocked.marks(handover) if mark.may_be_left}
    for kind, words in sorted(found):
        left = WordsLeft(
            handover=handover,
            prison_id=handover.prison_id,
            kind=kind,
            words=words,
            reason=reason,
            by=by,
            at=at or timezone.now(),
        )
        left.full_clean()
        left.save()
    audit.record(
        by=by,
        action="handover.words_left",
        target=handover,
        kinds=sorted({kind for kind, _ in found}),
        count=len(found),
    )
