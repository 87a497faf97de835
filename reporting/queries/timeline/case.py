"""The case: how it begins, and what becomes of it until it closes."""

from django.db.models import DateTimeField, F, OuterRef, Q, Subquery
from django.db.models.functions import Least

from casework.models import Allocation, Case, CoWorker, JointReview, Strand, Suspension
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import Kind, end_of_day, label, of

_close, _strand, _rest = map(label, [Case.Close, Strand.Kind, Suspension.Reason])
# The psychosocial strand begins with its case, and strands end with it: the case tells both.
_begun = ~Q(kind=Strand.Kind.PSYCHOSOCIAL, started_on=F("case__opened_on"))
_ended = Q(ended_on__isnull=False) & ~Q(end_why=Strand.CASE_CLOSED)
_first_allocation = Subquery(
    Allocation.objects.filter(case=OuterRef("pk")).order_by("from_at").values("from_at")[:1], DateTimeField()
)


BEGINNING = [
    Kind(
        "case-opened",
        of(Case),
        Least(_first_allocation, end_of_day("opened_on")),
        lambda what, more: "Case opened",
        who=name_of("opened_by"),
        whole_day=True,
    ),
    Kind(
        "allocation",
        of(Allocation),
        F("from_at"),
        lambda what, more: f"Case allocated to {what}",
        who=name_of("made_by"),
        what=name_of("worker"),
        note=F("reason"),
        person="case__person",
    ),
]

LIFE = [
    Kind(
        "strand-started",
        lambda prison_id: Strand.objects.filter(_begun, prison_id=prison_id),
        Least("recorded_at", end_of_day("started_on")),
        lambda what, more: f"Strand started: {_strand(what)}{' (said by ' + more + ')' if more else ''}",
        who=name_of("recorded_by"),
        what=F("kind"),
        more=F("said_by"),
        note=F("detail"),
        whole_day=True,
    ),
    Kind(
        "joint-review",
        of(JointReview),
        Least("recorded_at", end_of_day("done_on")),
        lambda what, more: f"Joint review with {more}: {_strand(what)}",
        who=name_of("recorded_by"),
        what=F("strand__kind"),
        more=F("clinician"),
        note=F("summary"),
        whole_day=True,
    ),
    Kind(
        "strand-ended",
        lambda prison_id: Strand.objects.filter(_ended, prison_id=prison_id),
        end_of_day("ended_on"),
        lambda what, more: f"Strand ended: {_strand(what)}{' (said by ' + more + ')' if more else ''}",
        who=name_of("ended_by"),
        what=F("kind"),
        more=F("end_said_by"),
        note=F("end_why"),
        whole_day=True,
    ),
    Kind(
        "co-worker",
        of(CoWorker),
        F("from_at"),
        lambda what, more: f"{what} joined as co-worker",
        who=name_of("made_by"),
        what=name_of("worker"),
        note=F("reason"),
    ),
    Kind(
        "co-worker-ended",
        of(CoWorker, until_at__isnull=False),
        F("until_at"),
        lambda what, more: f"{what} is no longer co-worker",
        who=name_of("ended_by"),
        what=name_of("worker"),
    ),
    Kind(
        "suspension",
        of(Suspension),
        Least("made_at", end_of_day("from_on")),
        lambda what, more: f"Case suspended: {_rest(what).lower()}",
        who=name_of("made_by"),
        what=F("reason"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "resumption",
        of(Suspension, until_on__isnull=False),
        end_of_day("until_on"),
        lambda what, more: "Case resumed",
        who=name_of("ended_by"),
        whole_day=True,
    ),
    Kind(
        "closing",
        of(Case, closing_from__isnull=False),
        end_of_day("closing_from"),
        lambda what, more: "Closing of the case begun",
        who=name_of("closing_by"),
        note=F("closing_why"),
        whole_day=True,
    ),
    Kind(
        "case-closed",
        of(Case, closed_on__isnull=False),
        end_of_day("closed_on"),
        lambda what, more: f"Case closed: {_close(what).replace(': ', ', ').lower()}",
        who=name_of("closed_by"),
        what=F("close_reason"),
        whole_day=True,
    ),
]
