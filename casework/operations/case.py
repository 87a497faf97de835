"""The life of a case: opened, suspended and resumed, closing, closed. A closed case is never opened again."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.models import Assessment, Case, CustodySpell, JointReview, Plan, Strand, Suspension
from casework.operations import allocation


@transaction.atomic
def open(*, person, spell, opened_on, by, worker=None, suggested=None, reason=None, nonce=None):
    """Open a case for ``person`` in ``spell`` with its psychosocial strand, linked to his previous case here.

    Held by ``worker`` where one is named; ``suggested`` and ``reason`` as in ``allocation.allocate``.
    """
    nonce = nonce or uuid.uuid4()
    if made := Case.objects.made_once(nonce):
        return made
    spell = CustodySpell.objects.select_for_update(no_key=True).get(pk=spell.pk, person=person)
    previous = Case.objects.filter(person=person, prison_id=spell.prison_id).first()
    _check_spell(spell, opened_on)
    _check_previous(previous, opened_on)
    case = Case(
        person=person,
        prison_id=spell.prison_id,
        spell=spell,
        previous=previous,
        opened_on=opened_on,
        opened_by=by,
        nonce=nonce,
    )
    case.full_clean()
    case.save()
    Strand.objects.create(
        case=case,
        person=person,
        prison_id=spell.prison_id,
        kind=Strand.Kind.PSYCHOSOCIAL,
        started_on=opened_on,
        recorded_by=by,
        recorded_at=timezone.now(),
    )
    audit.record(by=by, action="case.opened", target=case, opened_on=opened_on, previous=case.previous_id)
    if worker:
        allocation.allocate(case=case, worker=worker, suggested=suggested, reason=reason, by=by)
    events.case_opened.send(sender=Case, case=case, by=by)
    return case


def _check_spell(spell, opened_on):
    if spell.ended_at:
        raise ValidationError("This person has left the prison, so no case can be opened.")
    if opened_on < spell.received_on:
        day = f"{spell.received_on:%-d %B %Y}"
        raise ValidationError({"opened_on": f"A case opens on or after the day the person was received, {day}."})
    if opened_on > timezone.localdate():
        raise ValidationError({"opened_on": "A case cannot open in the future."})


def _check_previous(previous, opened_on):
    if previous and previous.closed_on and opened_on < previous.closed_on:
        day = f"{previous.closed_on:%-d %B %Y}"
        raise ValidationError({"opened_on": f"A new case opens on or after the day the one before it closed, {day}."})


@transaction.atomic
def suspend(*, case, reason, from_on, by, note="", nonce=None):
    """Let the work of ``case`` rest from a day on, for a coded ``reason``. What the roll says of court needs no such row."""
    nonce = nonce or uuid.uuid4()
    if made := Suspension.objects.made_once(nonce):
        return made
    case = _open_case(case)
    if case.suspensions.filter(until_on=None).exists():
        raise ValidationError("This case is suspended already.")
    _check_day("from_on", from_on, case.opened_on, "A suspension begins on or after the day the case was opened")
    if last := case.suspensions.order_by("-until_on").first():
        _check_day("from_on", from_on, last.until_on, "A suspension begins on or after the day the last one ended")
    suspension = Suspension(
        case=case,
        person_id=case.person_id,
        prison_id=case.prison_id,
        reason=reason,
        note=note,
        from_on=from_on,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
    )
    suspension.full_clean()
    suspension.save()
    audit.record(by=by, action="case.suspended", target=suspension, case=case.pk, reason=reason, from_on=from_on)
    return suspension


@transaction.atomic
def resume(*, suspension, until_on, by):
    """The work goes on from ``until_on``. The same again changes nothing."""
    _open_case(suspension.case)
    suspension = Suspension.objects.select_for_update(no_key=True).get(pk=suspension.pk)
    if suspension.until_on:
        if suspension.until_on == until_on:
            return suspension
        raise ValidationError(f"The work was already resumed, on {suspension.until_on:%-d %B %Y}.")
    _check_day("until_on", until_on, suspension.from_on, "The work resumes on or after the day it was suspended")
    suspension.until_on, suspension.ended_by = until_on, by
    suspension.save(update_fields=["until_on", "ended_by"])
    audit.record(by=by, action="case.resumed", target=suspension, case=suspension.case_id, until_on=until_on)
    return suspension


@transaction.atomic
def begin_closing(*, case, closing_from, closing_why, by):
    """The work with somebody comes to its end, and why. The same again changes nothing."""
    case = _open_case(case)
    if case.closing_from:
        if (case.closing_from, case.closing_why) == (closing_from, closing_why):
            return case
        raise ValidationError(f"This case is closing already, since {case.closing_from:%-d %B %Y}.")
    _check_day("closing_from", closing_from, case.opened_on, "Closing begins on or after the day the case was opened")
    case.closing_from, case.closing_why, case.closing_by = closing_from, closing_why, by
    case.full_clean()
    case.save(update_fields=["closing_from", "closing_why", "closing_by"])
    audit.record(by=by, action="case.closing_begun", target=case, closing_from=closing_from)
    return case


@transaction.atomic
def keep_open(*, case, by):
    """The case does not close after all; the trail keeps that it was to. Where it is not closing this changes nothing."""
    case = _open_case(case)
    if case.closing_from:
        was = case.closing_from
        case.closing_from, case.closing_why, case.closing_by = None, "", None
        case.save(update_fields=["closing_from", "closing_why", "closing_by"])
        audit.record(by=by, action="case.kept_open", target=case, closing_from=was)
    return case


@transaction.atomic
def close(*, case, reason, closed_on, by):
    """Close ``case`` for a coded ``reason``, with its strands, plan and suspension; nobody holds it any more.

    The same again changes nothing. What happened in the case happened before it closes (domain.md 8.5).
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        if (case.closed_on, case.close_reason) == (closed_on, reason):
            return case
        raise ValidationError(f"This case was already closed, on {case.closed_on:%-d %B %Y}.")
    _check_day(
        "closed_on",
        closed_on,
        case.opened_on,
        "A case closes on or after the day it was opened",
        ahead="A case cannot close in the future.",
    )
    for day, what in _days(case):
        _check_day("closed_on", closed_on, day, f"A case closes on or after {what}")
    case.closed_on, case.close_reason, case.closed_by = closed_on, reason, by
    case.full_clean()
    case.save(update_fields=["closed_on", "close_reason", "closed_by"])
    case.suspensions.filter(until_on=None).update(until_on=closed_on, ended_by=by)
    case.strands.filter(ended_on=None).update(ended_on=closed_on, end_why=Strand.CASE_CLOSED, ended_by=by)
    Plan.objects.filter(case=case, ended_on=None).update(ended_on=closed_on)
    case.allocations.filter(until_at=None).update(until_at=timezone.now())
    case.co_workers.filter(until_at=None).update(until_at=timezone.now(), ended_by=by)
    audit.record(by=by, action="case.closed", target=case, closed_on=closed_on, reason=reason)
    return case


def _days(case):
    """The last days on which something happened in ``case``, with what it was."""
    reviews = JointReview.objects.filter(strand__case=case)
    assessments = Assessment.objects.completed().filter(case=case)
    days = [
        (case.closing_from, "the day its closing began"),
        *((day, "the day it was suspended") for day in case.suspensions.values_list("from_on", flat=True)),
        *((day, "the day it was resumed") for day in case.suspensions.values_list("until_on", flat=True)),
        *((day, "the start of each strand") for day in case.strands.values_list("started_on", flat=True)),
        *((day, "the end of each strand") for day in case.strands.values_list("ended_on", flat=True)),
        *((day, "each joint review") for day in reviews.values_list("done_on", flat=True)),
        *((day, "each assessment") for day in assessments.values_list("done_on", flat=True)),
        *(
            (day, "the day its plan was agreed")
            for day in Plan.objects.filter(case=case).values_list("agreed_on", flat=True)
        ),
    ]
    return [(day, what) for day, what in days if day]


def _open_case(case):
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if case.closed_on:
        raise ValidationError(f"This case was closed on {case.closed_on:%-d %B %Y} and stays as it is.")
    return case


def _check_day(name, day, earliest, words, *, ahead="This day is still to come. Enter today or an earlier day."):
    if day < earliest:
        raise ValidationError({name: f"{words}, {earliest:%-d %B %Y}."})
    if day > timezone.localdate():
        raise ValidationError({name: ahead})
