"""The strands of a case: started, reviewed together with the clinical team, ended. What is clinical, the clinical team said."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Case, CustodySpell, JointReview, Strand

SAY_WHO = "Say who in the clinical team said so."
SAY_WHEN = "Say on which day they said so."


@transaction.atomic
def start(*, case, kind, started_on, by, detail="", said_by="", said_on=None, nonce=None):
    """Start a strand in ``case``. A clinical one says who in the clinical team said so and when, and may be older than the case."""
    nonce = nonce or uuid.uuid4()
    if made := Strand.objects.made_once(nonce):
        return made
    case = _open_case(case)
    clinical = kind in Strand.CLINICAL
    if clinical:
        received_on = CustodySpell.objects.get(pk=case.spell_id).received_on
        _check_said(said_by, said_on, received_on, "said_by", "said_on")
        _check_day("started_on", started_on, received_on, "A strand starts on or after the day the person was received")
    else:
        _check_day("started_on", started_on, case.opened_on, "A strand starts on or after the day the case was opened")
    strand = Strand(
        case=case,
        person_id=case.person_id,
        prison_id=case.prison_id,
        kind=kind,
        detail=detail if clinical else "",
        started_on=started_on,
        said_by=said_by if clinical else "",
        said_on=said_on if clinical else None,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    if case.strands.filter(kind=kind, ended_on=None).exists():
        raise ValidationError({"kind": "This strand is open already."})
    strand.full_clean()
    strand.save()
    audit.record(by=by, action="strand.started", target=strand, case=case.pk, kind=kind, started_on=started_on)
    return strand


@transaction.atomic
def end(*, strand, ended_on, by, end_why="", end_said_by=""):
    """End a strand; of a clinical one the clinical team said so. The same again changes nothing."""
    _open_case(strand.case)
    strand = Strand.objects.select_for_update(no_key=True).get(pk=strand.pk)
    if strand.ended_on:
        if strand.ended_on == ended_on:
            return strand
        raise ValidationError(f"This strand already ended, on {strand.ended_on:%-d %B %Y}.")
    if strand.is_clinical and not end_said_by:
        raise ValidationError({"end_said_by": SAY_WHO})
    _check_day("ended_on", ended_on, strand.started_on, "A strand ends on or after the day it started")
    if last := strand.reviews.order_by("-done_on").first():
        _check_day("ended_on", ended_on, last.done_on, "A strand ends on or after its last joint review")
    strand.ended_on, strand.end_why, strand.ended_by = ended_on, end_why, by
    strand.end_said_by = end_said_by if strand.is_clinical else ""
    strand.full_clean()
    strand.save(update_fields=["ended_on", "end_why", "end_said_by", "ended_by"])
    audit.record(by=by, action="strand.ended", target=strand, case=strand.case_id, kind=strand.kind, ended_on=ended_on)
    return strand


@transaction.atomic
def review(*, strand, done_on, clinician, by, summary="", nonce=None):
    """Record a joint review of a clinical strand that was held with ``clinician``."""
    nonce = nonce or uuid.uuid4()
    if made := JointReview.objects.made_once(nonce):
        return made
    _open_case(strand.case)
    strand = Strand.objects.select_for_update(no_key=True).get(pk=strand.pk)
    if not strand.is_clinical or strand.ended_on:
        raise ValidationError("Only a clinical strand that is open has joint reviews.")
    _check_day("done_on", done_on, strand.started_on, "A joint review is held on or after the day the strand started")
    if strand.reviews.filter(done_on=done_on).exists():
        raise ValidationError({"done_on": "A joint review on this day is recorded already."})
    held = JointReview(
        strand=strand,
        person_id=strand.person_id,
        prison_id=strand.prison_id,
        done_on=done_on,
        clinician=clinician,
        summary=summary,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    held.full_clean()
    held.save()
    audit.record(by=by, action="strand.reviewed", target=held, strand=strand.pk, done_on=done_on)
    return held


def _check_said(said_by, said_on, received_on, who, when):
    if not said_by:
        raise ValidationError({who: SAY_WHO})
    if said_on is None:
        raise ValidationError({when: SAY_WHEN})
    _check_day(when, said_on, received_on, "The clinical team said so on or after the day the person was received")


def _open_case(case):
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        raise ValidationError(f"This case was closed on {case.closed_on:%-d %B %Y} and stays as it is.")
    return case


def _check_day(name, day, earliest, words):
    if day < earliest:
        raise ValidationError({name: f"{words}, {earliest:%-d %B %Y}."})
    if day > timezone.localdate():
        raise ValidationError({name: "This day is still to come. Enter today or an earlier day."})
