"""Who looked, who may be told, and what was handed over."""

from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce

from casework.access import Permission, allows
from casework.models import Consent, RecordAccess
from partners.models import Handover, HandoverLink, HandoverMove
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, joined, label, of, piped

_state, _purpose = map(label, [Handover.State, Consent.Purpose])


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
        who=Case(When(by=None, then=F("agency__name")), default=name_of("by")),  # by a link
        what=F("after"),
        more=F("handover__agency__name"),
        note=F("words"),
        person="handover__person",
    ),
    Kind(
        "link-sent",
        of(HandoverLink),
        F("made_at"),
        lambda what, more: f"Link without an account sent: {what}",
        who=name_of("made_by"),
        what=F("agency__name"),
        person="handover__person",
    ),
    Kind(
        "link-opened",
        of(HandoverLink, first_used_at__isnull=False),
        F("first_used_at"),
        lambda what, more: f"Link without an account opened: {what}",
        who=F("agency__name"),
        what=F("agency__name"),
        person="handover__person",
    ),
    Kind(
        "link-revoked",
        of(HandoverLink, revoked_at__isnull=False),
        F("revoked_at"),
        lambda what, more: f"Link without an account revoked: {what}",
        who=name_of("revoked_by"),
        what=F("agency__name"),
        person="handover__person",
    ),
]
