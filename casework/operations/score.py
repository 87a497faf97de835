"""Questionnaires asked and answered. The score is worked out here; nothing is changed afterwards."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from casework import audit
from casework.formats import instruments
from casework.models import Case, CustodySpell, Person, Score

SaferCustody = Score.SaferCustody


@transaction.atomic
def record(
    *, person, tool, answers, asked_on, by, about="", told="", told_whom="", told_at=None, why_not="", nonce=None
):
    """Keep one administration of ``tool`` with its items and the score that they make. ``about``: the one drug, for SDS.

    Where an answer calls for it, ``told`` says whether safer custody was told: then whom and when, else why not. Prison and case are
    those of the person on the day in the prison of ``by``.
    """
    nonce = nonce or uuid.uuid4()
    if made := Score.objects.made_once(nonce):
        return made
    person = Person.objects.get(pk=person.pk)
    instrument = instruments.current()[tool]
    answers = {code: value for code, value in answers.items() if value is not None}
    result = instruments.score(instrument, answers, about)
    _check_day(person, asked_on, by)
    score = Score(
        case=_case_on(person, asked_on, by),
        person=person,
        prison_id=by.prison_id,
        tool=tool,
        tool_version=str(instrument.version),
        about=about,
        items=answers,
        total=result.total,
        band=result.band,
        asked_on=asked_on,
        asked_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
        **_safer_custody(instrument.alarms(answers), asked_on, told, told_whom, told_at, why_not),
    )
    score.full_clean()
    score.save()
    audit.record(
        by=by,
        action="score.recorded",
        target=score,
        tool=tool,
        total=score.total,
        asked_on=asked_on,
        safer_custody=score.safer_custody,
    )
    return score


def _case_on(person, day, by):
    cases = Case.objects.filter(person=person, prison_id=by.prison_id, opened_on__lte=day)
    return cases.filter(Q(closed_on=None) | Q(closed_on__gte=day)).first()


def _check_day(person, asked_on, by):
    if asked_on > timezone.localdate():
        raise ValidationError({"asked_on": "The person cannot have been asked in the future."})
    stays = CustodySpell.objects.filter(person=person, prison_id=by.prison_id).order_by("received_on")
    first = stays.values_list("received_on", flat=True).first()
    if first and asked_on < first:
        raise ValidationError({"asked_on": f"The person came here on {first:%-d %B %Y}."})


def _safer_custody(alarms, asked_on, told, whom, at, why_not):
    """The columns about safer custody. Without an alarm it may be told all the same; with one it is told, or it is said why not."""
    said = told in {SaferCustody.TOLD, SaferCustody.NOT_TOLD}
    if not alarms and not said:
        return {}
    if not said:
        raise ValidationError(
            {"told": f"Question {alarms[0].number} speaks of self-harm. Tell safer custody, or say why you did not."}
        )
    if told == SaferCustody.NOT_TOLD:
        if not why_not.strip():
            raise ValidationError({"why_not": "Say why safer custody was not told."})
        return {"safer_custody": told, "safer_custody_note": why_not}
    errors = {}
    if not whom.strip():
        errors["told_whom"] = "Say who was told: name and post."
    if at is None:
        errors["told_on"] = "Say when they were told: the day and the time."
    elif at > timezone.now():
        errors["told_on"] = "They cannot have been told in the future."
    elif timezone.localdate(at) < asked_on:
        errors["told_on"] = "They cannot have been told before the person was asked."
    if errors:
        raise ValidationError(errors)
    return {"safer_custody": told, "safer_custody_whom": whom, "safer_custody_at": at}
