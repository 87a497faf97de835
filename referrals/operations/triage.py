"""Triage: what the duty worker decides about a referral."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Case, CustodySpell
from casework.operations import case as cases
from referrals.models import Referral, Triage
from referrals.operations import duty
from referrals.queries import duty as claims

Outcome = Triage.Outcome


@transaction.atomic
def record(
    *,
    referral,
    outcome,
    done_on,
    by,
    substances="",
    needs="",
    worker=None,
    suggested=None,
    reason=None,
    ask_again=True,
):
    """Answer a referral, once. ``OPEN`` opens a case, held by ``worker`` where one is named. Its repeats are answered with it.

    Who has claimed it answers it; a colleague's claim stands in the way of everybody else. Claim and hold end with the answer.
    ``suggested``, ``reason``: as in ``allocation.allocate``; ``ask_again``: whether somebody who declined may be offered again.
    """
    spell = _spell_now(referral)
    referral = Referral.objects.select_for_update(of=["self"]).select_related("person", "prison").get(pk=referral.pk)
    done = Triage(
        referral=referral,
        person=referral.person,
        prison=referral.prison,
        outcome=outcome,
        substances=substances,
        needs=needs,
        ask_again=ask_again,
        done_on=done_on,
        done_by=by,
        recorded_at=timezone.now(),
    )
    if referral.triaged_at:
        return _the_first(done)
    _check_claim(referral, by)
    case = Case.objects.open().filter(person=referral.person, prison=referral.prison).first()
    _check_day_done(done)
    _check_outcome(done, case=case, spell=spell)
    done.full_clean()
    done.save()
    if outcome == Outcome.OPEN:
        holder = {"worker": worker, "suggested": suggested, "reason": reason}
        case = cases.open(person=referral.person, spell=spell, opened_on=done_on, by=by, **holder)
    for answered in [referral, *referral.repeats.filter(triaged_at=None)]:
        answered.triaged_at, answered.case = done.recorded_at, case
        answered.save(update_fields=["triaged_at", "case"])
    duty.finish(referral=referral, at=done.recorded_at, by=by)
    audit.record(by=by, action="referral.triaged", target=referral, outcome=outcome, case=case)
    return done


def _spell_now(referral):
    """The spell in which the person is here now, or None. Spells are locked before referrals, as in ``make``."""
    spells = CustodySpell.objects.filter(person=referral.person_id, prison=referral.prison_id)
    spells = spells.select_for_update(no_key=True).order_by("pk")
    return next((spell for spell in spells if spell.ended_at is None), None)


def _the_first(second):
    """The triage that is there already, when the same person sent the same answers twice; else say whose came first."""
    first = (
        Triage.objects.select_related("done_by").filter(referral__in=[second.referral, second.referral.repeat_of]).get()
    )
    answers = ["outcome", "substances", "needs", "done_on", "done_by_id"]
    if all(getattr(first, name) == getattr(second, name) for name in answers):
        return first
    raise ValidationError(
        f"{first.done_by} has triaged this referral already: {first.result.lower()}. Your answers were not saved.",
        code="triaged",
    )


def _check_claim(referral, by):
    live = claims.claim(referral, today=timezone.localdate())
    if live and live.worker_id != by.pk:
        said = f"{claims.said(live)} Ask for it to be given back, or a manager to take it over."
        raise ValidationError(said, code="claimed")


def _check_day_done(done):
    received_on = done.referral.received_on
    if done.done_on > timezone.localdate():
        raise ValidationError({"done_on": "The day of the triage cannot be in the future."})
    if done.done_on < received_on:
        raise ValidationError({"done_on": f"The referral was received on {received_on:%-d %B %Y}. Triage comes after."})


def _check_outcome(done, *, case, spell):
    name = done.person.name
    if done.referral.repeat_of_id:
        raise ValidationError("This referral repeats an earlier one. Triage that one.", code="repeat")
    if done.outcome == Outcome.REPEAT and case is None:
        raise ValidationError({"outcome": f"{name} has no open case. Choose another outcome."})
    if done.outcome == Outcome.OPEN and case:
        raise ValidationError({"outcome": f"{name} has an open case. Choose “{Outcome.REPEAT.label}”."})
    if done.outcome == Outcome.OPEN and spell is None:
        raise ValidationError({"outcome": f"{name} has left the prison. Choose “{Outcome.LEFT.label}”."})
    if done.outcome == Outcome.OPEN and done.done_on < spell.received_on:
        raise ValidationError(
            {"done_on": f"{name} came here on {spell.received_on:%-d %B %Y}. A case opens then or later."}
        )
    if done.outcome != Outcome.OPEN and not done.needs.strip():
        raise ValidationError({"needs": "Say in a few words why no case is opened."})
