"""What passes through the gate: plans for release, handovers, packs, visits, referrals, support afterwards."""

from django.db.models import Case, CharField, F, Func, Value, When
from django.db.models.functions import Coalesce, Least

from partners.models import (
    Aftercare,
    ClinicalPart,
    Handover,
    HandoverAppointment,
    HandoverLink,
    HandoverMove,
    Meeting,
    MeetingAction,
    MeetingItem,
    OutwardReferral,
    Pack,
    ReleaseMove,
    ReleasePlan,
    WingVisitLine,
    WordsLeft,
)
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, day_and_time, day_of, end_of_day, joined, label, of

_how, _outcome, _state, _visit, _outward = map(
    label, [Aftercare.How, Aftercare.Outcome, Handover.State, WingVisitLine.What, OutwardReferral.State]
)


def _supported(what, more):
    outcome, _, day = more.partition("|")
    return f"Support after release, {_how(what).lower()}: {_outcome(outcome).lower()}, {day}"


KINDS = [
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
        "meeting",
        of(MeetingItem, removed_at=None, meeting__state__in=[Meeting.State.HELD, Meeting.State.CLOSED]),
        F("meeting__starts_at"),
        lambda what, more: "Talked about at the recovery meeting",
        who=name_of("meeting__made_by"),
        note=F("said"),
        page="partners:meeting_item",
    ),
    Kind(
        "meeting-action",
        of(MeetingAction, item__removed_at=None),
        F("made_at"),
        lambda what, more: f"Action agreed at the recovery meeting: {what}",
        who=name_of("made_by"),
        what=Coalesce(F("agency__name"), F("worker__full_name")),
        note=F("what"),
    ),
    Kind(
        "meeting-action-done",
        of(MeetingAction, item__removed_at=None, done_on__isnull=False),
        end_of_day("done_on"),
        lambda what, more: f"Action of the recovery meeting done: {what}",
        who=name_of("done_by"),
        what=F("what"),
        note=F("note"),
        whole_day=True,
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
