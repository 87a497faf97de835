"""Who looked, who may be told, and what was handed over."""

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Coalesce

from casework.access import Permission, allows
from casework.models import Consent, RecordAccess
from partners.models import Aftercare, Handover, HandoverAppointment, HandoverMove, ReleaseMove
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, day_and_time, day_of, joined, label, of, piped

_state, _purpose = map(label, [Handover.State, Consent.Purpose])
_how, _outcome = map(label, [Aftercare.How, Aftercare.Outcome])


def _supported(what, more):
    outcome, _, day = more.partition("|")
    return f"Support after release, {_how(what).lower()}: {_outcome(outcome).lower()}, {day}"


def _answered(answer, agency, purpose):
    return f"Consent {answer}: {joined(agency, _purpose(purpose).lower() if agency else _purpose(purpose))}"


KINDS = [
    Kind(
        "record-opened",
        of(RecordAccess),
        F("from_at"),
        lambda what, more: "Record opened outside own work",
        who=name_of("user"),
        note=F("reason"),
        only=lambda user: Q() if allows(user, Permission.READ_OPENINGS) else Q(pk__in=[]),
    ),
    Kind(
        "consent",
        of(Consent),
        F("recorded_at"),
        lambda what, more: _answered("given" if more.startswith("t") else "refused", what, more.partition("|")[2]),
        who=name_of("recorded_by"),
        what=Coalesce(F("agency__name"), NONE),
        more=piped("given", "purpose"),
    ),
    Kind(
        "consent-withdrawn",
        of(Consent, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: _answered("withdrawn", what, more),
        who=name_of("withdrawn_by"),
        what=Coalesce(F("agency__name"), NONE),
        more=F("purpose"),
    ),
    Kind(
        "handover",
        of(Handover),
        F("made_at"),
        lambda what, more: f"Handover begun: {what}",
        who=name_of("made_by"),
        what=F("agency__name"),
    ),
    Kind(
        "handover-move",
        lambda prison_id: HandoverMove.objects.filter(prison_id=prison_id).exclude(before=""),
        F("at"),
        lambda what, more: f"Handover to {more}: {_state(what).lower()}",
        who=name_of("by"),
        what=F("after"),
        more=F("handover__agency__name"),
        note=F("words"),
        person="handover__person",
    ),
    Kind(
        "handover-appointment",
        of(HandoverAppointment),
        F("offered_at"),
        lambda what, more: f"Appointment after release: {what}, {more}",
        who=name_of("offered_by"),
        what=day_and_time("at"),
        more=F("handover__agency__name"),
        person="handover__person",
    ),
    Kind(
        "release-move",
        of(ReleaseMove),
        F("at"),
        lambda what, more: f"Release moved from {what}" + (f" to {more}" if more else ": no date is known now"),
        what=day_of("before_on"),
        more=Coalesce(day_of("after_on"), NONE),
        person="handover__person",
    ),
    Kind(
        "aftercare",
        of(Aftercare),
        F("recorded_at"),
        _supported,
        who=name_of("by"),
        what=F("how"),
        more=Func(Value("|"), F("outcome"), day_of("on"), function="concat_ws", output_field=CharField()),
        note=F("note"),
    ),
]
