"""Assessments: begun, answered page by page, completed once, corrected only by another."""

import uuid
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.formats import dates, questions, reference
from casework.models import Assessment, Case, SubstanceUse
from casework.queries import assessments

MOST_SUBSTANCES = 5
Kind, Route, Frequency = Assessment.Kind, SubstanceUse.Route, SubstanceUse.Frequency


@transaction.atomic
def begin(*, case, kind, by, nonce=None):
    """Begin an assessment of ``kind`` with today's questions. One that is unfinished is gone on with instead."""
    nonce = nonce or uuid.uuid4()
    if made := Assessment.objects.made_once(nonce):
        return made
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if unfinished := _unfinished(case, kind):
        return unfinished
    if case.closed_on:
        raise ValidationError("This case is closed, so nothing can be begun in it.")
    if kind == Kind.REVIEW and not case.assessments.completed().filter(kind=Kind.COMPREHENSIVE).exists():
        raise ValidationError("A review looks back on a comprehensive assessment. Complete one first.")
    assessment = _make(case, kind, by, nonce)
    audit.record(by=by, action="assessment.begun", target=assessment, kind=kind, questions=assessment.questions)
    return assessment


@transaction.atomic
def correct(*, assessment, by, nonce=None):
    """Begin another that takes the place of a completed ``assessment`` once it is completed too; answers are carried over.

    It asks the questions of today. The same again goes on with the correction that is unfinished.
    """
    nonce = nonce or uuid.uuid4()
    if made := Assessment.objects.made_once(nonce):
        return made
    case = Case.objects.select_for_update(no_key=True).get(pk=assessment.case_id)
    former = Assessment.objects.get(pk=assessment.pk)
    if former.completed_at is None:
        raise ValidationError("This one is not completed, so it can simply be changed.")
    later = Assessment.objects.filter(supersedes=former).first()
    if later and later.completed_at:
        raise ValidationError("This one was corrected already. Correct the later one.")
    if later:
        return later
    if _unfinished(case, former.kind):
        raise ValidationError("There is an unfinished one of this kind. Complete that first.")
    correction = _make(case, former.kind, by, nonce, supersedes=former)
    for use in former.substances.filter(ended_at=None):
        use.pk, use.assessment = None, correction
        use.save(force_insert=True)
    audit.record(by=by, action="assessment.begun", target=correction, kind=former.kind, corrects=former.pk)
    return correction


def _unfinished(case, kind):
    return Assessment.objects.filter(case=case, kind=kind, completed_at=None).first()


def _make(case, kind, by, nonce, supersedes=None):
    asked = questions.current(kind, timezone.localdate())
    assessment = Assessment(
        case=case,
        person_id=case.person_id,
        prison_id=case.prison_id,
        kind=kind,
        questions=asked.key,
        answers=asked.carried(supersedes.answers) if supersedes else {},
        done_on=supersedes.done_on if supersedes else None,
        begun_at=timezone.now(),
        begun_by=by,
        supersedes=supersedes,
        nonce=nonce,
    )
    assessment.full_clean()
    assessment.save()
    return assessment


@transaction.atomic
def answer(*, assessment, section, answers, by, version=None, substances=None):
    """Keep what was answered on one page, complete or not. ``answers``: question → value; ``substances``: rows, the main one first.

    Answers of the other pages stay. A page that asks about no substances passes none.
    """
    assessment = Assessment.objects.select_for_update(no_key=True, of=["self"]).get(pk=assessment.pk)
    _refuse_completed(assessment)
    asked = questions.named(assessment.questions)
    page = asked.section(section)
    kept = asked.check(page, answers)
    others = {code: value for code, value in assessment.answers.items() if page.question(code) is None}
    # The version goes up with each save that changes something, and what somebody else saved meanwhile is not overwritten.
    assessment.raise_version(version)
    assessment.answers = {**others, **kept}
    assessment.save(update_fields=["answers", "version"])
    if substances is not None:
        _keep_substances(assessment, substances)
    audit.record(by=by, action="assessment.answered", target=assessment, section=section, answered=len(kept))
    return assessment


def _refuse_completed(assessment):
    if assessment.completed_at:
        raise ValidationError(
            "This assessment is completed and stays as it is. Correct it by another.", code="completed"
        )


def _keep_substances(assessment, rows):
    """Make the live rows say ``rows`` in their order; a row that says something else now is ended and another takes its place."""
    _check_substances(assessment, rows)
    live = {use.rank: use for use in assessment.substances.filter(ended_at=None)}
    wanted = dict(enumerate(rows, start=1))
    changed = [rank for rank in {*live, *wanted} if rank not in live or _said(live[rank]) != wanted.get(rank)]
    assessment.substances.filter(ended_at=None, rank__in=changed).update(ended_at=timezone.now())
    for rank in sorted(set(changed) & set(wanted)):
        use = SubstanceUse(
            assessment=assessment,
            person_id=assessment.person_id,
            prison_id=assessment.prison_id,
            rank=rank,
            **wanted[rank],
        )
        use.full_clean()
        use.save()


def _said(use):
    return {
        "substance": use.substance,
        "route": use.route,
        "age_first_used": use.age_first_used,
        "before_custody": use.before_custody,
        "now": use.now,
    }


def _check_substances(assessment, rows):
    """ValidationError whose fields are named as the form names them: ``substance_2``."""
    errors, seen = {}, {}
    if len(rows) > MOST_SUBSTANCES:
        raise ValidationError(f"Name the {MOST_SUBSTANCES} that matter most.")
    for rank, row in enumerate(rows, start=1):
        for name, words in _row_errors(row, assessment).items():
            errors[f"{name}_{rank}"] = f"Number {rank}: {words}"
        if row["substance"] in seen:
            errors[f"substance_{rank}"] = f"Number {rank} is number {seen[row['substance']]} already. Name each once."
        seen.setdefault(row["substance"], rank)
    if errors:
        raise ValidationError(errors)


def _row_errors(row, assessment):
    errors = {}
    if row["substance"] not in reference.substances():
        errors["substance"] = "choose the substance."
    if row["route"] not in Route.values:
        errors["route"] = "choose how it is taken."
    elif row["route"] == Route.INJECTED and row["substance"] not in {"", *reference.injectable()}:
        errors["route"] = "this is not a substance that is injected. Check which of the two is right."
    for name, when in (("before_custody", "before custody"), ("now", "now")):
        if row[name] not in Frequency.values:
            errors[name] = f"choose how often {when}."
    if words := _age_error(row["age_first_used"], assessment.person.date_of_birth):
        errors["age_first_used"] = words
    return errors


def _age_error(age, born):
    if age is None:
        return ""
    most = dates.age(born, timezone.localdate()) if born else 99
    return "" if 1 <= age <= most else f"the age is a number from 1 to {most}, which the person is now."


@transaction.atomic
def complete(*, assessment, done_on, by, version=None):
    """Finish an assessment for good, when every question that must be answered is. The same again changes nothing."""
    assessment = Assessment.objects.select_for_update(no_key=True, of=["self"]).get(pk=assessment.pk)
    if assessment.completed_at:
        return assessment
    _check_answered(assessment)
    _check_order(assessment, done_on)
    assessment.raise_version(version)
    assessment.done_on, assessment.completed_at, assessment.completed_by = done_on, timezone.now(), by
    assessment.full_clean()
    assessment.save(update_fields=["done_on", "completed_at", "completed_by", "version"])
    audit.record(
        by=by,
        action="assessment.completed",
        target=assessment,
        kind=assessment.kind,
        questions=assessment.questions,
        done_on=done_on,
        corrects=assessment.supersedes_id,
    )
    return assessment


def _check_answered(assessment):
    if missing := questions.named(assessment.questions).missing(assessments.answered(assessment)):
        count = len(missing)
        words = "1 question has" if count == 1 else f"{count} questions have"
        raise ValidationError(f"{words} to be answered first, such as “{missing[0].wording}”", code="missing")


def _check_order(assessment, done_on):
    """Triage before comprehensive before review, all within the case (domain.md 8.5)."""
    case = assessment.case
    if done_on > timezone.localdate():
        raise ValidationError({"done_on": "An assessment cannot have been done in the future."})
    if done_on < case.opened_on:
        raise ValidationError(
            {"done_on": f"The case was opened on {case.opened_on:%-d %B %Y}. Assessments come after."}
        )
    if case.closed_on and done_on > case.closed_on:
        raise ValidationError({"done_on": f"The case was closed on {case.closed_on:%-d %B %Y}."})
    for (first, one), (second, other) in pairwise(_first_days(assessment, done_on)):
        if one > other:
            days = f"{first} on {one:%-d %B %Y}, {second} on {other:%-d %B %Y}"
            raise ValidationError({"done_on": f"The {first} assessment comes before the {second} one: {days}."})


def _first_days(assessment, done_on):
    """(kind, day) of the first assessment of each kind that the case has, in order, this one being done on ``done_on``."""
    others = (
        Assessment.objects.completed().current().filter(case=assessment.case_id).exclude(pk=assessment.supersedes_id)
    )
    days = [*others.values_list("kind", "done_on"), (assessment.kind, done_on)]
    return [(kind.lower(), min(day for of, day in days if of == kind)) for kind in Kind if kind in dict(days)]
