"""Who looked, who may be told, and what the prison's departments told."""

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from casework.access import Permission, allows
from casework.models import Consent, RecordAccess
from partners.models import (
    InwardNotice,
)
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, joined, label, of, piped

_told, _came, _purpose = map(label, [InwardNotice.Kind, InwardNotice.Outcome, Consent.Purpose])


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
        "inward-notice",
        of(InwardNotice),
        F("sent_at"),
        lambda what, more: f"{_told(what)}: {more} told us",
        what=F("kind"),
        more=F("agency__name"),
        note=F("words"),
        page="partners:notice",
    ),
    Kind(
        "inward-notice-answered",
        of(InwardNotice, outcome__gt=""),
        F("outcome_at"),
        lambda what, more: f"Notice of {more}: {_came(what).lower()}",
        who=name_of("outcome_by"),
        what=F("outcome"),
        more=F("agency__name"),
        note=F("why"),
        page="partners:notice",
    ),
]
