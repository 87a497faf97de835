"""What duty workers have done about a referral that waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from referrals.models import Attempt, Claim, Hold


@dataclass(frozen=True)
class Step:
    """One line of the history of a referral: what was done, when, by whom, and a few words."""

    at: datetime
    what: str
    by: object
    note: str = ""
    whole_day: bool = False


def claim(referral, *, today):
    """The claim that holds on ``today``, or None."""
    return Claim.objects.live(today).filter(referral=referral).select_related("worker").first()


def hold(referral, *, today):
    """The hold that stands on ``today``, or None."""
    return Hold.objects.live(today).filter(referral=referral).first()


def lapsed_at(claim):
    """When a claim that was never ended lapsed: midnight after the day it was made."""
    return midnight(timezone.localdate(claim.from_at) + timedelta(days=1))


def said(claim):
    """Who has it, in a sentence."""
    since = timezone.localtime(claim.from_at)
    when = f"{since:%H:%M}" if since.date() == timezone.localdate() else f"{since:%-d %B}"
    return f"{claim.worker} has this referral since {when}."


def steps(referral, *, today):
    """All that was done about ``referral``, oldest first; three queries."""
    found = [Step(referral.made_at, "Received", referral.made_by)]
    live = claim(referral, today=today)
    for row in Claim.objects.filter(referral=referral).select_related("worker", "ended_by"):
        found.append(Step(row.from_at, "Taken by duty", row.worker))
        found += _end_of_claim(row, referral, live, today)
    for row in Attempt.objects.filter(referral=referral).select_related("made_by"):
        what = "Seen" if row.outcome == row.Outcome.SEEN else f"Went to see: {row.get_outcome_display().lower()}"
        day = f"{row.on:%-d %B}" if row.on != timezone.localdate(row.recorded_at) else ""
        found.append(Step(row.recorded_at, f"{what} ({day})" if day else what, row.made_by, row.note))
    for row in Hold.objects.filter(referral=referral).select_related("made_by", "lifted_by"):
        words = f"On hold until {row.until_on:%-d %B %Y}: {row.get_reason_display().lower()}"
        found.append(Step(row.made_at, words, row.made_by, row.note))
        if row.lifted_by:
            found.append(Step(row.lifted_at, "Off hold", row.lifted_by))
        elif row.until_on <= today:
            found.append(Step(midnight(row.until_on), "Off hold: its day came", None, whole_day=True))
    return sorted(found, key=lambda step: step.at)


def midnight(day):
    """The moment at which ``day`` begins."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _end_of_claim(row, referral, live, today):
    """What ended a claim, where somebody gave it back or took it over, or its day was over. An answer ends it without saying so."""
    if row.until_at is None and row != live and timezone.localdate(row.from_at) < today:
        return [Step(lapsed_at(row), "Claim lapsed at the end of the day", None)]
    if row.until_at and row.ended_by is None:
        return [Step(row.until_at, "Claim lapsed at the end of the day", None)]
    if row.until_at and row.ended_by_id == row.worker_id and referral.triaged_at != row.until_at:
        return [Step(row.until_at, "Given back by duty", row.worker)]
    return []
