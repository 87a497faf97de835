"""What is done together with others: programmes, groups, the drug-free unit, peer support."""

from django.db.models import CharField, F, Q
from django.db.models.functions import Cast, Coalesce, Least

from casework.models import User
from interventions.formats import reasons
from interventions.models import (
    Breach,
    CompactSigned,
    Enrolment,
    EnrolmentMove,
    PeerStep,
    RegisterChange,
    Seat,
    Supervision,
    UnitReview,
    UnitStay,
)
from interventions.queries import register
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, day_and_time, end_of_day, joined, label, of, piped

_enrolled, _peer = map(label, [Enrolment.State, PeerStep.What])
_left, _broke, _answer = map(label, [UnitStay.Left, Breach.What, Breach.Response])


def _put_right(what, before, after):
    if before == after:
        return f"Register of {what}: the line changed"
    return f"Register of {what} changed: {register.WORDS[before].lower()} → {register.WORDS[after].lower()}"


def _step(what, more):
    after, _, reason = what.partition("|")
    return joined(f"{more}: {_enrolled(after).lower()}", reason and reasons.label(reason).lower())


KINDS = [
    Kind(
        "programme",
        of(EnrolmentMove),
        F("at"),
        _step,
        who=name_of("by"),
        what=piped("after", "reason"),
        more=F("enrolment__programme__name"),
        note=F("note"),
    ),
    Kind(
        "seat",
        of(Seat, contact=None),
        F("added_at"),
        lambda what, more: f"Expected at {what}, {more}",
        who=name_of("added_by"),
        what=F("session__name"),
        more=day_and_time("session__period__startswith"),
        note=F("despite"),
    ),
    Kind(
        "seat-removed",
        of(Seat, removed_at__isnull=False, contact=None),  # whose contact was taken back is told by that
        F("removed_at"),
        lambda what, more: f"No longer expected at {what}, {more}",
        who=name_of("removed_by"),
        what=F("session__name"),
        more=day_and_time("session__period__startswith"),
        note=F("removed_why"),
    ),
    Kind(
        "register-changed",
        of(RegisterChange),
        F("at"),
        lambda what, more: _put_right(what, *more.split("|")),
        who=name_of("by"),
        what=F("seat__session__name"),
        more=piped("before", "after"),
    ),
    Kind(
        "unit-asked",
        of(UnitStay),
        Least("made_at", end_of_day("asked_on")),
        lambda what, more: f"Asked for a place on the drug-free unit: {what}",
        who=name_of("made_by"),
        what=F("wing__name"),
        whole_day=True,
    ),
    Kind(
        "unit-joined",
        of(UnitStay, joined_on__isnull=False),
        end_of_day("joined_on"),
        lambda what, more: f"Came to live on the drug-free unit: {what}",
        what=F("wing__name"),
        whole_day=True,
    ),
    Kind(
        "unit-signed",
        of(CompactSigned),
        Least("at", end_of_day("on")),
        lambda what, more: f"Signed the compact of the drug-free unit, version {what}",
        who=name_of("by"),
        what=F("version"),
        whole_day=True,
    ),
    Kind(
        "unit-breach",
        of(Breach),
        Least("recorded_at", end_of_day("on")),
        lambda what, more: f"Breach of the compact, no charge: {_broke(what).lower()}, {_answer(more).lower()}",
        who=name_of("recorded_by"),
        what=F("what"),
        more=F("response"),
        note=F("note"),
        whole_day=True,
        only=lambda user: Q() if user.has_duty(User.Duty.TESTS) else ~Q(what__in=Breach.OF_TESTS),
    ),
    Kind(
        "unit-review",
        of(UnitReview),
        Least("recorded_at", end_of_day("on")),
        lambda what, more: "Reviewed on the drug-free unit",
        who=name_of("recorded_by"),
        note=F("agreed"),
        whole_day=True,
    ),
    Kind(
        "unit-left",
        of(UnitStay, left_on__isnull=False),
        end_of_day("left_on"),
        lambda what, more: (
            f"{'Left' if more else 'No longer waits for a place on'} the drug-free unit: {_left(what).lower()}"
        ),
        what=F("left_why"),
        more=Coalesce(Cast("joined_on", CharField()), NONE),
        note=F("left_note"),
        whole_day=True,
    ),
    Kind(
        "peer",
        of(PeerStep),
        Least("at", end_of_day("on")),
        lambda what, more: joined(_peer(what), more and f"as {more} said"),
        who=name_of("by"),
        what=F("what"),
        more=F("said_by"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "supervision",
        of(Supervision),
        Least("recorded_at", end_of_day("on")),
        lambda what, more: "Supervised as a peer supporter",
        who=name_of("by"),
        note=F("note"),
        whole_day=True,
    ),
]
