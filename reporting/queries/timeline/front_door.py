"""The way from being referred to the answer."""

from datetime import date

from django.db.models import CharField, F
from django.db.models.functions import Cast, Coalesce, Least

from referrals.models import Attempt, Claim, Hold, Offer, Referral, Triage
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, end_of_day, joined, label, of

_outcome, _tried, _rests, _says = map(label, [Triage.Outcome, Attempt.Outcome, Hold.Reason, Offer.Answer])


KINDS = [
    Kind(
        "referral",
        of(Referral),
        Least("made_at", end_of_day("received_on")),
        lambda what, more: f"Referral: {what}{' (repeat)' if more else ''}",
        who=name_of("made_by"),
        what=F("source__name"),
        more=Coalesce(Cast("repeat_of", CharField()), NONE),
        note=F("reason"),
        page="referrals:show",
        whole_day=True,
    ),
    Kind(
        "claim",
        of(Claim),
        F("from_at"),
        lambda what, more: "Referral taken by duty",
        who=name_of("worker"),
    ),
    Kind(
        "attempt",
        of(Attempt),
        Least("recorded_at", end_of_day("on")),
        lambda what, more: (
            "Seen by duty" if what == Attempt.Outcome.SEEN else f"Duty went to see: {_tried(what).lower()}"
        ),
        who=name_of("made_by"),
        what=F("outcome"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "hold",
        of(Hold),
        F("made_at"),
        lambda what, more: f"Referral on hold until {date.fromisoformat(more):%-d %B %Y}: {_rests(what).lower()}",
        who=name_of("made_by"),
        what=F("reason"),
        more=Cast("until_on", CharField()),
        note=F("note"),
    ),
    Kind(
        "hold-lifted",
        # What an answer ended needs no telling.
        lambda prison_id: Hold.objects.filter(prison_id=prison_id, lifted_by__isnull=False).exclude(
            referral__triaged_at=F("lifted_at")
        ),
        F("lifted_at"),
        lambda what, more: "Referral off hold",
        who=name_of("lifted_by"),
    ),
    Kind(
        "triage",
        of(Triage),
        Least("recorded_at", end_of_day("done_on")),
        lambda what, more: joined(f"Triage: {_outcome(what)}", more),
        who=name_of("done_by"),
        what=F("outcome"),
        more=F("substances"),
        note=F("needs"),
        whole_day=True,
    ),
    Kind(
        "offer",
        of(Offer),
        Least("recorded_at", end_of_day("asked_on")),
        lambda what, more: f"Offered again: {_says(what).lower()}",
        who=name_of("asked_by"),
        what=F("answer"),
        note=F("note"),
        whole_day=True,
    ),
]
