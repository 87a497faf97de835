"""Who looked, who may be told, and what was handed over."""

from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, Least

from casework.access import Permission, allows
from casework.models import Consent, RecordAccess
from partners.models import (
    ClinicalPart,
    Handover,
    HandoverLink,
    HandoverMove,
    InwardNotice,
    OutwardReferral,
    Pack,
    ReleasePlan,
    WingVisitLine,
    WordsLeft,
)
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, end_of_day, joined, label, of, piped

_told, _came = map(label, [InwardNotice.Kind, InwardNotice.Outcome])
_state, _purpose, _visit, _outward = map(
    label, [Handover.State, Consent.Purpose, WingVisitLine.What, OutwardReferral.State]
)


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
    Kind(
        "release-plan",
        of(ReleasePlan, written_at__isnull=False),
        F("written_at"),
        lambda what, more: joined("Release plan written", what),
        who=name_of("written_by"),
        what=Coalesce(F("agency__name"), NONE),
    ),
    Kind(
        "clinical-confirmed",
        of(ClinicalPart),
        F("at"),
        lambda what, more: f"Clinical part of the handover to {what} confirmed",
        who=name_of("by"),
        what=F("handover__agency__name"),
        person="handover__person",
    ),
    Kind(
        "words-left",
        of(WordsLeft),
        F("at"),
        lambda what, more: f"Words left in the handover to {what}",
        who=name_of("by"),
        what=F("handover__agency__name"),
        note=F("reason"),
        person="handover__person",
    ),
    Kind(
        "handover-amended",
        lambda prison_id: Pack.objects.filter(prison_id=prison_id).exclude(changed="").exclude(state="STALE"),
        F("asked_at"),
        lambda what, more: f"Handover to {what} amended",
        who=name_of("asked_by"),
        what=F("handover__agency__name"),
        note=F("changed"),
        person="handover__person",
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
    Kind(
        "visit",
        of(WingVisitLine, person__isnull=False),
        Least("visit__recorded_at", end_of_day("visit__on")),
        lambda what, more: f"Wing visit of {more}: {_visit(what)[0].lower()}{_visit(what)[1:]}",
        who=F("visit__visitor__name"),
        what=F("what"),
        more=F("agency__name"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "outward",
        of(OutwardReferral),
        F("made_at"),
        lambda what, more: f"Referred to {what}",
        who=name_of("made_by"),
        what=F("agency__name"),
        note=F("why"),
    ),
    Kind(
        "outward-answer",
        of(OutwardReferral, answered_at__isnull=False),
        F("answered_at"),
        lambda what, more: f"Referral to {more}: {_outward(what).lower()}",
        who=name_of("answered_by"),
        what=F("state"),
        more=F("agency__name"),
        note=F("answer"),
    ),
]
