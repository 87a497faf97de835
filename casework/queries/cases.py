"""Where a case stands, worked out from its facts by one rule for a single case and for a page of them; and what its page shows."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case as Choice
from django.db.models import CharField, Exists, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from casework import events
from casework.models import (
    Assessment,
    Case,
    CustodySpell,
    JointReview,
    Location,
    Note,
    Person,
    Plan,
    Stage,
    Strand,
    Suspension,
)
from casework.queries import strands

End = CustodySpell.End
# How a case closes when somebody leaves, by how he left.
LEFT = {
    End.RELEASED: Case.Close.RELEASED,
    End.RELEASED_COURT: Case.Close.RELEASED_COURT,
    End.RELEASED_HOSPITAL: Case.Close.WITHDRAWN,
    End.TRANSFERRED: Case.Close.TRANSFERRED,
    End.DIED: Case.Close.DIED,
    End.MERGED: Case.Close.MERGED,
}


def staged(cases):
    """``cases``, each with ``stage`` and ``rest``: why the work rests now (a key of ``Suspension.RESTS``), else "". No query of its own.

    Suspended is who has an open suspension or whom the roll has at court or absent; in plan, who has a plan in force; assessed, who
    has a completed comprehensive assessment. A closing case stays one while the person is out.
    """
    suspension = Suspension.objects.filter(case=OuterRef("pk"), until_on=None)
    out = Location.objects.filter(spell=OuterRef("spell_id"), until_at=None).exclude(whereabouts="IN")
    planned = Plan.objects.in_force().filter(case=OuterRef("pk"))
    assessed = Assessment.objects.completed().filter(case=OuterRef("pk"), kind=Assessment.Kind.COMPREHENSIVE)
    why = [Subquery(suspension.values("reason")[:1]), Subquery(out.values("whereabouts")[:1]), Value("")]
    return cases.annotate(rest=Coalesce(*why, output_field=CharField())).annotate(
        stage=Choice(
            When(closed_on__isnull=False, then=Value(Stage.CLOSED.value)),
            When(closing_from__isnull=False, then=Value(Stage.CLOSING.value)),
            When(~Q(rest=""), then=Value(Stage.SUSPENDED.value)),
            When(Exists(planned), then=Value(Stage.IN_PLAN.value)),
            When(Exists(assessed), then=Value(Stage.ASSESSED.value)),
            default=Value(Stage.TRIAGED.value),
            output_field=CharField(),
        )
    )


def referred(people, user):
    """Those of ``people`` (keys), none with an open case, who are at the stage REFERRED: key → address of the referral that waits."""
    answers = events.waiting_asked.send(sender=Person, people=people, user=user) if people else []
    return {person: address for _, found in answers for person, address in found.items()}


def with_strands(cases):
    """``cases``, each with ``strand_kinds``: its open strands, the oldest first. No query of its own."""
    running = Strand.objects.filter(case=OuterRef("pk"), ended_on=None).order_by("started_on", "pk")
    return cases.annotate(strand_kinds=ArraySubquery(running.values("kind")))


def close_reason(spell):
    """The coded reason that fits how somebody left, or None while he is here."""
    return LEFT.get(spell.end) if spell.ended_at else None


@dataclass(frozen=True)
class Event:
    """One line in the life of a case. ``at``: a day, or a moment where that is known."""

    at: date | datetime
    title: str
    who: str = ""
    note: str = ""

    @property
    def day(self):
        return timezone.localdate(self.at) if self.whole_day is False else self.at

    @property
    def whole_day(self):
        return not isinstance(self.at, datetime)


@dataclass
class CasePage:
    """Everything about one case. ``events``: newest first; ``previous``, ``next``: the cases of the same person before and after it."""

    case: Case
    previous: Case | None
    next: Case | None
    allocations: list
    co_workers: list
    suspension: Suspension | None
    strands: list
    events: list
    assessments: int
    plans: int
    notes: int

    @property
    def works_beside(self):
        return [row for row in self.co_workers if row.until_at is None]


def page(case_id, user):
    """The page of a case that ``user`` may see, or None. The same number of queries whatever the case's history."""
    seen = Case.objects.visible_to(user)
    people = ["opened_by", "closed_by", "closing_by", "spell", "prison", "previous"]
    case = staged(seen).select_related(*people).filter(pk=case_id).first()
    if case is None:
        return None
    allocations = list(case.allocations.select_related("worker", "made_by", "suggested"))
    co_workers = list(case.co_workers.select_related("worker", "made_by", "ended_by"))
    suspensions = list(case.suspensions.select_related("made_by", "ended_by"))
    reviews = Prefetch("reviews", JointReview.objects.select_related("recorded_by"))
    found = list(case.strands.select_related("recorded_by", "ended_by").prefetch_related(reviews))
    today = timezone.localdate()
    for strand in found:
        strand.next_review_on = strands.next_review_on(strand, strand.reviews.all(), case.prison)
        strand.is_late = bool(strand.next_review_on) and strand.next_review_on < today
    assessments = list(Assessment.objects.visible_to(user).filter(case=case).select_related("completed_by"))
    plans = list(Plan.objects.visible_to(user).filter(case=case).select_related("agreed_by"))
    return CasePage(
        case=case,
        previous=case.previous,
        next=seen.filter(previous=case).first(),
        allocations=allocations,
        co_workers=co_workers,
        suspension=next((row for row in suspensions if row.until_on is None), None),
        strands=found,
        events=_life(case, allocations, co_workers, suspensions, found, assessments, plans),
        assessments=len(assessments),
        plans=len(plans),
        notes=Note.objects.visible_to(user).filter(case=case).count(),
    )


def _life(case, allocations, co_workers, suspensions, strands, assessments, plans):
    """What happened in a case, newest first; on one day, in the order in which such things follow each other."""
    events = [
        *_beginning(case),
        *(event for strand in strands for event in _of_strand(strand)),
        *(Event(row.from_at, f"Allocated to {row.worker}", str(row.made_by), row.reason) for row in allocations),
        *(event for row in co_workers for event in _of_co_worker(row)),
        *(event for row in assessments for event in _of_assessment(row)),
        *(Event(row.agreed_on, f"Plan {row.number} agreed", str(row.agreed_by)) for row in plans if row.agreed_on),
        *(event for row in suspensions for event in _of_suspension(row)),
        *_end(case),
    ]
    return [event for _, event in sorted(enumerate(events), key=lambda each: (each[1].day, each[0]), reverse=True)]


def _beginning(case):
    yield Event(case.opened_on, "Case opened", str(case.opened_by))


def _end(case):
    if case.closing_from:
        yield Event(case.closing_from, "Closing begun", str(case.closing_by or ""), case.closing_why)
    if case.closed_on:
        yield Event(case.closed_on, f"Case closed: {case.get_close_reason_display()}", str(case.closed_by))


def _of_strand(strand):
    kind = strand.get_kind_display()
    said = f"Said by {strand.said_by} on {strand.said_on:%-d %B %Y}." if strand.is_clinical else ""
    yield Event(
        strand.started_on, f"Strand started: {kind}", str(strand.recorded_by), f"{said} {strand.detail}".strip()
    )
    for review in strand.reviews.all():
        note = f"With {review.clinician}. {review.summary}".strip()
        yield Event(review.done_on, f"Joint review: {kind}", str(review.recorded_by), note)
    if strand.ended_on:
        said = f"Said by {strand.end_said_by}. " if strand.end_said_by else ""
        yield Event(strand.ended_on, f"Strand ended: {kind}", str(strand.ended_by or ""), f"{said}{strand.end_why}")


def _of_co_worker(row):
    yield Event(row.from_at, f"{row.worker} joined as co-worker", str(row.made_by), row.reason)
    if row.until_at:
        yield Event(row.until_at, f"{row.worker} is no longer co-worker", str(row.ended_by or ""))


def _of_assessment(row):
    if row.completed_at:
        yield Event(row.done_on, row.get_kind_display(), str(row.completed_by))


def _of_suspension(row):
    why = row.get_reason_display()
    yield Event(row.from_on, f"Suspended: {why.lower()}", str(row.made_by), row.note)
    if row.until_on:
        yield Event(row.until_on, "Resumed", str(row.ended_by or ""))
