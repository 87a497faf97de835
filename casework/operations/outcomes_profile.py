"""Outcomes profiles (TOP): one start for a case, then reviews, one exit, and what came after."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.formats import outcomes_profile as top
from casework.models import Case, OutcomesProfile
from casework.queries import assessments

Stage = OutcomesProfile.Stage


@transaction.atomic
def record(*, case, stage, done_on, answers, by, outside_why="", confirmed=False, nonce=None):
    """Keep one profile of ``case``. Outside the window of its stage it says why.

    What is unlikely, but possible, is kept only when it was ``confirmed``: until then it is a ValidationError on that field.
    """
    nonce = nonce or uuid.uuid4()
    if made := OutcomesProfile.objects.made_once(nonce):
        return made
    case = Case.objects.select_for_update(no_key=True, of=["self"]).select_related("spell", "prison").get(pk=case.pk)
    former = list(OutcomesProfile.objects.filter(case=case).order_by("done_on", "pk"))
    _check_stage(case, stage, former)
    _check_day(case, done_on, former)
    period = top.reference(stage, done_on, case.spell.received_on)
    kept, warnings = top.check(answers, period)
    if warnings and not confirmed:
        raise ValidationError({"confirmed": warnings}, code="confirm")
    window = assessments.window(case, stage, former)
    if window and done_on not in window and not outside_why.strip():
        days = f"{window.first:%-d %B %Y} and {window.last:%-d %B %Y}"
        raise ValidationError({"outside_why": f"It was to be made between {days}. Say why it was not."})
    profile = OutcomesProfile(
        case=case,
        person_id=case.person_id,
        prison_id=case.prison_id,
        stage=stage,
        done_on=done_on,
        period_from=period.first,
        period_until=period.last,
        outside_why=outside_why if window and done_on not in window else "",
        answers=kept,
        done_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    profile.full_clean()
    profile.save()
    audit.record(by=by, action="outcomes.recorded", target=profile, stage=stage, done_on=done_on)
    return profile


def _check_stage(case, stage, former):
    stages = {profile.stage for profile in former}
    if stage == Stage.START and Stage.START in stages:
        raise ValidationError({"stage": "This case has its start profile already."})
    if stage != Stage.START and Stage.START not in stages:
        raise ValidationError({"stage": "The start profile comes first."})
    if stage in {Stage.REVIEW, Stage.EXIT} and Stage.EXIT in stages:
        raise ValidationError({"stage": "This case has its exit profile already."})
    if stage == Stage.POST_EXIT and Stage.EXIT not in stages:
        raise ValidationError({"stage": "The exit profile comes first."})


def _check_day(case, done_on, former):
    if done_on > timezone.localdate():
        raise ValidationError({"done_on": "A profile cannot have been made in the future."})
    if done_on < case.opened_on:
        raise ValidationError({"done_on": f"The case was opened on {case.opened_on:%-d %B %Y}. Profiles come after."})
    if former and done_on < former[-1].done_on:
        raise ValidationError({"done_on": f"The one before was made on {former[-1].done_on:%-d %B %Y}."})
