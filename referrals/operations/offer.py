"""Asking somebody again who had declined."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from referrals.models import Offer, Referral, Source, Triage
from referrals.operations import referral as referrals

Answer = Offer.Answer


@transaction.atomic
def answer(*, triage, answer, asked_on, by, note="", wants=(), nonce=None):
    """Record what somebody who had declined (``triage``) says now.

    A yes makes a referral that waits for triage from that day; a no is asked about again after the prison's period; NEVER ends it.
    """
    nonce = nonce or uuid.uuid4()
    if made := Offer.objects.made_once(nonce):
        return made
    triage = (
        Triage.objects.select_for_update(of=["self"]).select_related("person", "prison", "referral").get(pk=triage.pk)
    )
    _check_open(triage)
    _check_day(triage, asked_on)
    made = Offer(
        triage=triage,
        person=triage.person,
        prison=triage.prison,
        answer=answer,
        note=note,
        asked_on=asked_on,
        asked_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    if answer == Answer.ACCEPTED:
        made.referral = _refer(triage, asked_on, note, wants, by)
    made.full_clean()
    made.save()
    audit.record(by=by, action="offer.answered", target=made, answer=answer, referral=made.referral)
    return made


def _refer(triage, day, note, wants, by):
    said = f"Offered again: declined on {triage.done_on:%-d %B %Y}, wants to be seen now."
    return referrals.make(
        person=triage.person,
        source=Source.objects.get(code=Source.OFFERED_AGAIN),
        received_on=day,
        reason=f"{said}\n{note}".strip(),
        wants=wants,
        by=by,
    )


def _check_open(triage):
    """Refuse what was settled meanwhile: an answer that ends it, a referral or a no of today that a colleague recorded."""
    if triage.outcome != Triage.Outcome.DECLINED or not triage.ask_again:
        raise ValidationError(f"{triage.person.name} is not to be asked again.")
    last = triage.offers.select_related("asked_by").first()
    if last and last.answer != Answer.DECLINED:
        raise ValidationError(f"{last.asked_by} has recorded the answer already: {last.get_answer_display().lower()}.")
    if Referral.objects.filter(person=triage.person, prison=triage.prison, made_at__gt=triage.recorded_at).exists():
        raise ValidationError(f"{triage.person.name} has been referred since, so there is nothing to ask.")


def _check_day(triage, day):
    if day > timezone.localdate():
        raise ValidationError({"asked_on": "The day cannot be in the future."})
    last = triage.offers.select_related("asked_by").first()
    if last and day <= last.asked_on:
        said = f"{last.asked_by} asked on {last.asked_on:%-d %B %Y}, and the answer was no. Choose a later day."
        raise ValidationError({"asked_on": said})
    if day < triage.done_on:
        raise ValidationError(
            {"asked_on": f"The first no was on {triage.done_on:%-d %B %Y}. Choose that day or later."}
        )
