"""What a duty worker does about a referral that waits: takes it, goes to see the person, puts it on hold."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from referrals.models import Attempt, Claim, Hold, Referral
from referrals.queries import duty


@transaction.atomic
def claim(*, referral, by):
    """``by`` takes the referral, so that nobody else goes to see the person. Whoever comes second is told who has it."""
    referral = _waiting(referral)
    live = duty.claim(referral, today=timezone.localdate())
    if live and live.worker_id == by.pk:
        return live
    if live:
        raise ValidationError(duty.said(live), code="claimed")
    _close_lapsed(referral)
    made = _begin(referral, by)
    audit.record(by=by, action="referral.claimed", target=referral)
    return made


@transaction.atomic
def release(*, referral, by):
    """Give back a referral that ``by`` had taken; anybody may take it now. The same again changes nothing."""
    referral = _waiting(referral)
    live = duty.claim(referral, today=timezone.localdate())
    if live is None:
        return None
    if live.worker_id != by.pk:
        raise ValidationError(f"{duty.said(live)} Only {live.worker} can give it back.", code="claimed")
    _end(live, by)
    audit.record(by=by, action="referral.released", target=referral)
    return live


@transaction.atomic
def take_over(*, referral, by):
    """A manager takes a referral, whoever had it."""
    referral = _waiting(referral)
    live = duty.claim(referral, today=timezone.localdate())
    if live and live.worker_id == by.pk:
        return live
    if live:
        _end(live, by)
    _close_lapsed(referral)
    made = _begin(referral, by)
    audit.record(by=by, action="referral.taken_over", target=referral, former=live and live.worker_id)
    return made


@transaction.atomic
def attempt(*, referral, outcome, on, by, note="", nonce=None):
    """Somebody went to see the person on the day ``on``. SEEN keeps the claim beyond the end of the day."""
    nonce = nonce or uuid.uuid4()
    if made := Attempt.objects.made_once(nonce):
        return made
    referral = _waiting(referral)
    _check_day(on, referral)
    if outcome == Attempt.Outcome.OTHER and not note.strip():
        raise ValidationError({"note": "Say in a few words why not."})
    made = Attempt(
        referral=referral,
        person_id=referral.person_id,
        prison_id=referral.prison_id,
        outcome=outcome,
        note=note,
        on=on,
        made_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    audit.record(by=by, action="referral.attempted", target=referral, outcome=outcome)
    return made


@transaction.atomic
def hold(*, referral, reason, until_on, by, note="", nonce=None):
    """Let a referral rest until the day ``until_on``, when it comes back by itself. Its clock goes on."""
    nonce = nonce or uuid.uuid4()
    if made := Hold.objects.made_once(nonce):
        return made
    referral, today = _waiting(referral), timezone.localdate()
    if until_on <= today:
        raise ValidationError({"until_on": "Choose a day after today."})
    if (until_on - today).days > Hold.LONGEST:
        raise ValidationError(
            {"until_on": f"Choose a day within {Hold.LONGEST} days. It can be put on hold again then."}
        )
    if reason == Hold.Reason.OTHER and not note.strip():
        raise ValidationError({"note": "Say in a few words why."})
    if live := duty.hold(referral, today=today):
        raise ValidationError(f"It is on hold already, until {live.until_on:%-d %B %Y}.", code="held")
    Hold.objects.filter(referral=referral, lifted_at=None).update(lifted_at=timezone.now())
    made = Hold(
        referral=referral,
        person_id=referral.person_id,
        prison_id=referral.prison_id,
        reason=reason,
        note=note,
        from_on=today,
        until_on=until_on,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    audit.record(by=by, action="referral.held", target=referral, reason=reason, until_on=until_on)
    return made


@transaction.atomic
def resume(*, referral, by):
    """Take a referral off hold before its day. The same again changes nothing."""
    referral = _waiting(referral)
    live = duty.hold(referral, today=timezone.localdate())
    if live:
        live.lifted_at, live.lifted_by = timezone.now(), by
        live.save(update_fields=["lifted_at", "lifted_by"])
        audit.record(by=by, action="referral.resumed", target=referral)
    return live


@transaction.atomic
def finish(*, referral, at, by):
    """A referral was answered: what was still open about it ends at the moment ``at``."""
    claims = Claim.objects.filter(referral=referral, until_at=None).update(until_at=at, ended_by=by)
    holds = Hold.objects.filter(referral=referral, lifted_at=None).update(lifted_at=at, lifted_by=by)
    if claims or holds:
        audit.record(by=by, action="referral.finished", target=referral, claims=claims, holds=holds)


def _waiting(referral):
    """The referral, locked. What repeats another is dealt with there; what was answered cannot be taken any more."""
    row = Referral.objects.select_for_update(of=["self"]).select_related("person", "prison").get(pk=referral.pk)
    if row.repeat_of_id:
        raise ValidationError("This referral repeats an earlier one. Go on with that one.", code="repeat")
    if row.triaged_at:
        raise ValidationError("Somebody has triaged this referral meanwhile.", code="triaged")
    return row


def _begin(referral, by):
    return Claim.objects.create(
        referral=referral,
        person_id=referral.person_id,
        prison_id=referral.prison_id,
        worker=by,
        from_at=timezone.now(),
    )


def _end(live, by):
    live.until_at, live.ended_by = timezone.now(), by
    live.save(update_fields=["until_at", "ended_by"])


def _close_lapsed(referral):
    """A claim whose day was over is written off as of then, by nobody."""
    for lapsed in Claim.objects.filter(referral=referral, until_at=None):
        lapsed.until_at = duty.lapsed_at(lapsed)
        lapsed.save(update_fields=["until_at"])


def _check_day(on, referral):
    if on > timezone.localdate():
        raise ValidationError({"on": "The day cannot be in the future."})
    if on < referral.received_on:
        raise ValidationError(
            {"on": f"The referral was received on {referral.received_on:%-d %B %Y}. Choose that day or later."}
        )
