"""Everything that happened to a person, newest first, in one query however much it is.

Each kind of event is a query with the same columns; their union is paged by the key (moment, kind, id). Events that are known by the
day only stand at the moment they were recorded, if that was the same day, else at the end of their day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Case as Choose
from django.db.models import CharField, DateTimeField, Exists, F, Func, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Least, Left
from django.urls import reverse

from casework.access import Permission, allows
from casework.formats import instruments, reference
from casework.formats.movement import TOLD
from casework.formats.movement import Movement as Moved
from casework.models import (
    Alert,
    Allocation,
    Assessment,
    Attachment,
    Case,
    Consent,
    CourtDate,
    CoWorker,
    Goal,
    JointReview,
    Location,
    Movement,
    Note,
    OutcomesProfile,
    Plan,
    RecordAccess,
    Score,
    Strand,
    Suspension,
)
from interventions.formats import reasons
from interventions.models import (
    Appointment,
    AppointmentMove,
    Breach,
    Commitment,
    Contact,
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
from partners.models import Handover, HandoverMove
from referrals.models import Attempt, Claim, Hold, Offer, Referral, Triage
from reporting.queries.staff import name_of

SIZE = 25
CUT = 400  # letters of a note in the timeline; the whole stands on the event's own page
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_DAY = "((%(expressions)s + 1)::timestamp AT TIME ZONE 'Europe/London' - interval '1 microsecond')"
_NONE = Value("", CharField())


@dataclass(frozen=True)
class Kind:
    """A kind of event. ``rows``: what there is of it in a prison; the rest: columns. ``title``: words made from ``what`` and ``more``.

    ``only``: of these rows, what a user may see of them; row security asks the same.
    """

    name: str
    rows: Callable
    moment: object
    title: Callable
    who: object = _NONE
    what: object = _NONE
    more: object = _NONE
    note: object = _NONE
    person: str = "person"
    page: str = ""  # the URL name of its own page, by its key
    whole_day: bool = False
    only: Callable = lambda user: Q()


@dataclass(frozen=True)
class Event:
    """One entry of the timeline. ``cut``: the note goes on."""

    kind: Kind
    moment: datetime
    pk: int
    title: str
    who: str
    note: str
    cut: bool
    person_id: int

    @property
    def url(self):
        """The page of the event, where it has one or where its note goes on."""
        if self.kind.page:
            return reverse(self.kind.page, args=[self.pk])
        return reverse("reporting:event", args=[self.person_id, self.kind.name, self.pk]) if self.cut else ""

    @property
    def key(self):
        since = (self.moment - _EPOCH) // timedelta(microseconds=1)
        return f"{since}-{KINDS.index(self.kind)}-{self.pk}"


@dataclass(frozen=True)
class Page:
    events: list
    after: str | None


def _end_of_day(field):
    return Func(F(field), template=_END_OF_DAY, output_field=DateTimeField())


def _day_and_time(field):
    template = "to_char(%(expressions)s AT TIME ZONE 'Europe/London', 'FMDD FMMonth YYYY, HH24:MI')"
    return Func(F(field), template=template, output_field=CharField())


def _of(model, **given):
    return lambda prison_id: model.objects.filter(prison_id=prison_id, **given)


def _label(choices):
    return lambda value: dict(choices.choices).get(value, value)


def _joined(*parts):
    return ", ".join(part for part in parts if part)


_outcome, _close, _state = _label(Triage.Outcome), _label(Case.Close), _label(Handover.State)
_assessment, _stage = _label(Assessment.Kind), _label(OutcomesProfile.Stage)
_contact, _tried, _rests, _says = map(_label, [Contact.Outcome, Attempt.Outcome, Hold.Reason, Offer.Answer])
_enrolled = _label(Enrolment.State)
_strand, _rest = _label(Strand.Kind), _label(Suspension.Reason)
# The psychosocial strand begins with its case, and strands end with it: the case tells both.
_begun = ~Q(kind=Strand.Kind.PSYCHOSOCIAL, started_on=F("case__opened_on"))
_ended = Q(ended_on__isnull=False) & ~Q(end_why=Strand.CASE_CLOSED)
_reached, _file = _label(Goal.Outcome), _label(Attachment.Kind)
_level = _label(Note.Level)
_left, _broke, _answer, _peer = map(_label, [UnitStay.Left, Breach.What, Breach.Response, PeerStep.What])
_purpose = _label(Consent.Purpose)
_purpose, _commitment = _label(Consent.Purpose), _label(Commitment.Kind)
_first_allocation = Subquery(
    Allocation.objects.filter(case=OuterRef("pk")).order_by("from_at").values("from_at")[:1], DateTimeField()
)
_moves = Movement.objects.exclude(kind=Moved.CELL_MOVE)
_told = Exists(_moves.filter(spell=OuterRef("spell"), at=OuterRef("from_at"), detail=OuterRef("cell")))


# Alerts that staff may see; of an ACCT that moves on, the next state tells what became of the one before.
_SECRET = [code for code in reference.alerts() if reference.alert_type(code) == "D"]
_next_state = Exists(
    Alert.objects.acct().filter(person=OuterRef("person"), prison=OuterRef("prison"), from_at=OuterRef("until_at"))
)
_ACCT = {"HA": "ACCT opened", "HA1": "ACCT in post-closure", "HA2": "ACCT closed"}


def _alerts(prison_id):
    return Alert.objects.filter(prison_id=prison_id).exclude(Q(kind="D") | Q(code__in=_SECRET))


def _alerts_over(prison_id):
    return _alerts(prison_id).filter(until_at__isnull=False).exclude(Q(code__in=_ACCT) & Q(_next_state))


def _by_hand(words):
    """``words`` of what staff noted. On what the roll says they are of a later day: of its review."""
    return Choose(When(source=Alert.Source.HAND, then=words), default=_NONE, output_field=CharField())


def _alert(code):
    known = reference.alerts().get(code)
    return known.label if known else f"Alert {code}"


def _for(level):
    return "" if level == Note.Level.TEAM else f" ({_level(level).lower()})"


def _session(what, more):
    outcome, minutes, place = more.split("|", 2)
    if outcome != Contact.Outcome.TOOK_PLACE:
        return f"{what}: did not take place ({_contact(outcome).lower()})"
    return _joined(f"{what}: {minutes} minutes", place)


def _put_right(what, before, after):
    if before == after:
        return f"Register of {what}: the line changed"
    return f"Register of {what} changed: {register.WORDS[before].lower()} → {register.WORDS[after].lower()}"


def _step(what, more):
    after, _, reason = what.partition("|")
    return _joined(f"{more}: {_enrolled(after).lower()}", reason and reasons.label(reason).lower())


def _scored(what, more):
    total, about, band = more.split("|", 2)
    name = instruments.current()[what].name
    drug = reference.substances().get(about, about)
    return _joined(f"{name}{f' about {drug.lower()}' if drug else ''}: {total}", band.lower())


def _answered(answer, agency, purpose):
    return f"Consent {answer}: {_joined(agency, _purpose(purpose).lower() if agency else _purpose(purpose))}"


# Of events at the same moment the later kind stands above the earlier one. A cell move is told by the location, any other change of
# cell by the movement that names it.
KINDS = [
    Kind(
        "movement",
        lambda prison_id: _moves.filter(prison_id=prison_id),
        F("at"),
        lambda what, more: TOLD.get(what, what.replace("_", " ").capitalize()),
        what=F("kind"),
        note=F("detail"),
        person="spell__person",
    ),
    Kind(
        "location",
        lambda prison_id: Location.objects.filter(prison_id=prison_id, whereabouts=Location.Whereabouts.IN).exclude(
            _told
        ),
        F("from_at"),
        lambda what, more: f"Located in cell {what}" if what else "Located in the prison",
        what=F("cell"),
        person="spell__person",
    ),
    Kind(
        "alert",
        _alerts,
        F("from_at"),
        lambda what, more: _joined(_ACCT.get(what) or f"Alert: {_alert(what)}", more and f"as {more} said"),
        who=_by_hand(name_of("recorded_by")),
        what=F("code"),
        more=_by_hand(F("said_by")),
        note=_by_hand(F("note")),
    ),
    Kind(
        "alert-ended",
        _alerts_over,
        F("until_at"),
        lambda what, more: _joined(f"No longer: {_alert(what)}", more and f"as {more} said"),
        who=name_of("ended_by"),
        what=F("code"),
        more=F("end_said_by"),
        note=F("end_why"),
    ),
    Kind(
        "referral",
        _of(Referral),
        Least("made_at", _end_of_day("received_on")),
        lambda what, more: f"Referral: {what}{' (repeat)' if more else ''}",
        who=name_of("made_by"),
        what=F("source__name"),
        more=Coalesce(Cast("repeat_of", CharField()), _NONE),
        note=F("reason"),
        page="referrals:show",
        whole_day=True,
    ),
    Kind(
        "claim",
        _of(Claim),
        F("from_at"),
        lambda what, more: "Referral taken by duty",
        who=name_of("worker"),
    ),
    Kind(
        "attempt",
        _of(Attempt),
        Least("recorded_at", _end_of_day("on")),
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
        _of(Hold),
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
        _of(Triage),
        Least("recorded_at", _end_of_day("done_on")),
        lambda what, more: _joined(f"Triage: {_outcome(what)}", more),
        who=name_of("done_by"),
        what=F("outcome"),
        more=F("substances"),
        note=F("needs"),
        whole_day=True,
    ),
    Kind(
        "offer",
        _of(Offer),
        Least("recorded_at", _end_of_day("asked_on")),
        lambda what, more: f"Offered again: {_says(what).lower()}",
        who=name_of("asked_by"),
        what=F("answer"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "case-opened",
        _of(Case),
        Least(_first_allocation, _end_of_day("opened_on")),
        lambda what, more: "Case opened",
        who=name_of("opened_by"),
        whole_day=True,
    ),
    Kind(
        "allocation",
        _of(Allocation),
        F("from_at"),
        lambda what, more: f"Case allocated to {what}",
        who=name_of("made_by"),
        what=name_of("worker"),
        note=F("reason"),
        person="case__person",
    ),
    Kind(
        "session",
        _of(Contact),
        F("at"),
        _session,
        who=name_of("worker"),
        what=F("type__name"),
        more=Func(Value("|"), F("outcome"), F("minutes"), F("place"), function="concat_ws", output_field=CharField()),
        note=F("note"),
        page="interventions:show",
    ),
    Kind(
        "register-changed",
        _of(RegisterChange),
        F("at"),
        lambda what, more: _put_right(what, *more.split("|")),
        who=name_of("by"),
        what=F("seat__session__name"),
        more=Func(Value("|"), F("before"), F("after"), function="concat_ws", output_field=CharField()),
    ),
    Kind(
        "planned",
        _of(Appointment, contact=None),
        F("made_at"),
        lambda what, more: f"Session planned: {what}, {more}",
        who=name_of("made_by"),
        what=F("type__name"),
        more=_day_and_time("at"),
    ),
    Kind(
        "called-off",
        _of(Appointment, called_off_at__isnull=False),
        F("called_off_at"),
        lambda what, more: f"Session called off: {what}",
        who=name_of("called_off_by"),
        what=F("type__name"),
        note=F("called_off_why"),
    ),
    Kind(
        "seat",
        _of(Seat, contact=None),
        F("added_at"),
        lambda what, more: f"Expected at {what}, {more}",
        who=name_of("added_by"),
        what=F("session__name"),
        more=_day_and_time("session__period__startswith"),
        note=F("despite"),
    ),
    Kind(
        "seat-removed",
        _of(Seat, removed_at__isnull=False),
        F("removed_at"),
        lambda what, more: f"No longer expected at {what}, {more}",
        who=name_of("removed_by"),
        what=F("session__name"),
        more=_day_and_time("session__period__startswith"),
        note=F("removed_why"),
    ),
    Kind(
        "programme",
        _of(EnrolmentMove),
        F("at"),
        _step,
        who=name_of("by"),
        what=Func(Value("|"), F("after"), F("reason"), function="concat_ws", output_field=CharField()),
        more=F("enrolment__programme__name"),
        note=F("note"),
    ),
    Kind(
        "appointment-moved",
        _of(AppointmentMove),
        F("at"),
        lambda what, more: f"Session moved: {what}, was {more}",
        who=name_of("by"),
        what=F("appointment__type__name"),
        more=_day_and_time("before_at"),
        note=F("why"),
    ),
    Kind(
        "commitment",
        _of(Commitment),
        F("recorded_at"),
        lambda what, more: f"{_commitment(what)} noted: {more}",
        who=name_of("recorded_by"),
        what=F("kind"),
        more=_day_and_time("starts_at"),
    ),
    Kind(
        "commitment-withdrawn",
        _of(Commitment, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: f"{_commitment(what)} taken back: {more}",
        who=name_of("withdrawn_by"),
        what=F("kind"),
        more=_day_and_time("starts_at"),
    ),
    Kind(
        "court-date",
        _of(CourtDate),
        F("recorded_at"),
        lambda what, more: _joined(f"Court date noted: {what}", more),
        who=name_of("recorded_by"),
        what=Func(F("on"), Value("FMDD FMMonth YYYY"), function="to_char", output_field=CharField()),
        more=F("court"),
    ),
    Kind(
        "court-date-withdrawn",
        _of(CourtDate, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: f"Court date taken back: {what}",
        who=name_of("withdrawn_by"),
        what=Func(F("on"), Value("FMDD FMMonth YYYY"), function="to_char", output_field=CharField()),
    ),
    Kind(
        "assessment",
        _of(Assessment, completed_at__isnull=False),
        Least("completed_at", _end_of_day("done_on")),
        lambda what, more: f"{_assessment(what)}{' (corrected)' if more else ' completed'}",
        who=name_of("completed_by"),
        what=F("kind"),
        more=Coalesce(Cast("supersedes", CharField()), _NONE),
        page="casework:assessment",
        whole_day=True,
    ),
    Kind(
        "score",
        _of(Score),
        Least("recorded_at", _end_of_day("asked_on")),
        _scored,
        who=name_of("asked_by"),
        what=F("tool"),
        more=Func(Value("|"), F("total"), F("about"), F("band"), function="concat_ws", output_field=CharField()),
        page="casework:score",
        whole_day=True,
    ),
    Kind(
        "outcomes",
        _of(OutcomesProfile),
        Least("recorded_at", _end_of_day("done_on")),
        lambda what, more: f"Outcomes profile: {_stage(what).lower()}",
        who=name_of("done_by"),
        what=F("stage"),
        page="casework:profile",
        whole_day=True,
    ),
    Kind(
        "plan-reviewed",
        lambda prison_id: Plan.objects.filter(prison_id=prison_id, number__gt=1).exclude(
            agreed_on=None, ended_on__isnull=False
        ),
        _end_of_day("begun_on"),
        lambda what, more: f"Recovery plan reviewed: version {what} begun",
        who=name_of("begun_by"),
        what=Cast("number", CharField()),
        note=F("reviewed"),
        page="casework:plan_version",
        whole_day=True,
    ),
    Kind(
        "goal-outcome",
        lambda prison_id: Goal.objects.filter(prison_id=prison_id, removed_at=None).exclude(outcome=""),
        _end_of_day("outcome_on"),
        lambda what, more: f"Goal: {_reached(what).lower()}",
        who=name_of("outcome_by"),
        what=F("outcome"),
        note=F("words"),
        whole_day=True,
    ),
    Kind(
        "plan-agreed",
        _of(Plan, agreed_on__isnull=False),
        _end_of_day("agreed_on"),
        lambda what, more: f"Recovery plan agreed: version {what}",
        who=name_of("agreed_by"),
        what=Cast("number", CharField()),
        page="casework:plan_version",
        whole_day=True,
    ),
    Kind(
        "note",
        _of(Note),
        F("written_at"),
        lambda what, more: f"Note{' added to' if more else ''}{_for(what)}",
        who=name_of("written_by"),
        what=F("level"),
        more=Coalesce(Cast("amends", CharField()), _NONE),
        note=F("text"),
        page="casework:note",
        only=lambda user: Q(level__in=Note.levels_of(user)),
    ),
    Kind(
        "file",
        _of(Attachment),
        F("added_at"),
        lambda what, more: f"File: {what} ({_file(more).lower()})",
        who=name_of("added_by"),
        what=F("title"),
        more=F("kind"),
    ),
    Kind(
        "file-withdrawn",
        _of(Attachment, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: f"File withdrawn: {what}",
        who=name_of("withdrawn_by"),
        what=F("title"),
        note=F("withdrawn_why"),
    ),
    Kind(
        "unit-asked",
        _of(UnitStay),
        Least("made_at", _end_of_day("asked_on")),
        lambda what, more: f"Asked for a place on the drug-free unit: {what}",
        who=name_of("made_by"),
        what=F("wing__name"),
        whole_day=True,
    ),
    Kind(
        "unit-joined",
        _of(UnitStay, joined_on__isnull=False),
        _end_of_day("joined_on"),
        lambda what, more: f"Came to live on the drug-free unit: {what}",
        what=F("wing__name"),
        whole_day=True,
    ),
    Kind(
        "unit-breach",
        _of(Breach),
        Least("recorded_at", _end_of_day("on")),
        lambda what, more: f"Breach of the compact, no charge: {_broke(what).lower()}, {_answer(more).lower()}",
        who=name_of("recorded_by"),
        what=F("what"),
        more=F("response"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "unit-review",
        _of(UnitReview),
        Least("recorded_at", _end_of_day("on")),
        lambda what, more: "Reviewed on the drug-free unit",
        who=name_of("recorded_by"),
        note=F("agreed"),
        whole_day=True,
    ),
    Kind(
        "unit-left",
        _of(UnitStay, left_on__isnull=False),
        _end_of_day("left_on"),
        lambda what, more: (
            f"{'Left' if more else 'No longer waits for a place on'} the drug-free unit: {_left(what).lower()}"
        ),
        what=F("left_why"),
        more=Coalesce(Cast("joined_on", CharField()), _NONE),
        note=F("left_note"),
        whole_day=True,
    ),
    Kind(
        "peer",
        _of(PeerStep),
        Least("at", _end_of_day("on")),
        lambda what, more: _joined(_peer(what), more and f"as {more} said"),
        who=name_of("by"),
        what=F("what"),
        more=F("said_by"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "supervision",
        _of(Supervision),
        Least("recorded_at", _end_of_day("on")),
        lambda what, more: "Supervised as a peer supporter",
        who=name_of("by"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "record-opened",
        _of(RecordAccess),
        F("from_at"),
        lambda what, more: "Record opened outside own work",
        who=name_of("user"),
        note=F("reason"),
        only=lambda user: Q() if allows(user, Permission.READ_OPENINGS) else Q(pk__in=[]),
    ),
    Kind(
        "consent",
        _of(Consent),
        F("recorded_at"),
        lambda what, more: _answered("given" if more.startswith("t") else "refused", what, more.partition("|")[2]),
        who=name_of("recorded_by"),
        what=Coalesce(F("agency__name"), _NONE),
        more=Func(Value("|"), F("given"), F("purpose"), function="concat_ws", output_field=CharField()),
    ),
    Kind(
        "consent-withdrawn",
        _of(Consent, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: _answered("withdrawn", what, more),
        who=name_of("withdrawn_by"),
        what=Coalesce(F("agency__name"), _NONE),
        more=F("purpose"),
    ),
    Kind(
        "handover",
        _of(Handover),
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
        "strand-started",
        lambda prison_id: Strand.objects.filter(_begun, prison_id=prison_id),
        Least("recorded_at", _end_of_day("started_on")),
        lambda what, more: f"Strand started: {_strand(what)}{' (said by ' + more + ')' if more else ''}",
        who=name_of("recorded_by"),
        what=F("kind"),
        more=F("said_by"),
        note=F("detail"),
        whole_day=True,
    ),
    Kind(
        "joint-review",
        _of(JointReview),
        Least("recorded_at", _end_of_day("done_on")),
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
        _end_of_day("ended_on"),
        lambda what, more: f"Strand ended: {_strand(what)}{' (said by ' + more + ')' if more else ''}",
        who=name_of("ended_by"),
        what=F("kind"),
        more=F("end_said_by"),
        note=F("end_why"),
        whole_day=True,
    ),
    Kind(
        "co-worker",
        _of(CoWorker),
        F("from_at"),
        lambda what, more: f"{what} joined as co-worker",
        who=name_of("made_by"),
        what=name_of("worker"),
        note=F("reason"),
    ),
    Kind(
        "co-worker-ended",
        _of(CoWorker, until_at__isnull=False),
        F("until_at"),
        lambda what, more: f"{what} is no longer co-worker",
        who=name_of("ended_by"),
        what=name_of("worker"),
    ),
    Kind(
        "suspension",
        _of(Suspension),
        Least("made_at", _end_of_day("from_on")),
        lambda what, more: f"Case suspended: {_rest(what).lower()}",
        who=name_of("made_by"),
        what=F("reason"),
        note=F("note"),
        whole_day=True,
    ),
    Kind(
        "resumption",
        _of(Suspension, until_on__isnull=False),
        _end_of_day("until_on"),
        lambda what, more: "Case resumed",
        who=name_of("ended_by"),
        whole_day=True,
    ),
    Kind(
        "closing",
        _of(Case, closing_from__isnull=False),
        _end_of_day("closing_from"),
        lambda what, more: "Closing of the case begun",
        who=name_of("closing_by"),
        note=F("closing_why"),
        whole_day=True,
    ),
    Kind(
        "case-closed",
        _of(Case, closed_on__isnull=False),
        _end_of_day("closed_on"),
        lambda what, more: f"Case closed: {_close(what).replace(': ', ', ').lower()}",
        who=name_of("closed_by"),
        what=F("close_reason"),
        whole_day=True,
    ),
]


def page(person, user, after="", *, size=SIZE):
    """The events of ``person`` that follow the key ``after``, as ``user`` may see them."""
    last = _read(after)
    branches = [_branch(kind, person, user, last)[: size + 1] for kind in KINDS]
    union = branches[0].union(*branches[1:], all=True).order_by("-moment", "-sort", "-key")[: size + 1]
    events = [_event(row, person) for row in union]
    return Page(events[:size], events[size - 1].key if len(events) > size else None)


def event(person, user, name, pk):
    """One event with the whole of its note, or None."""
    kind = next((kind for kind in KINDS if kind.name == name), None)
    row = kind and _columns(kind, person, user, whole=True).filter(key=pk).first()
    return _event(row, person, whole=True) if row else None


def _columns(kind, person, user, *, whole=False):
    text = Cast(kind.note, CharField())
    return (
        kind.rows(user.prison_id)
        .filter(kind.only(user), **{kind.person: person})
        .annotate(
            moment=kind.moment,
            sort=Value(KINDS.index(kind), IntegerField()),
            key=F("pk"),
            performer=Cast(kind.who, CharField()),
            matter=Cast(kind.what, CharField()),
            aside=Cast(kind.more, CharField()),
            said=text if whole else Left(text, CUT + 1),
        )
        .values_list("moment", "sort", "key", "performer", "matter", "aside", "said")
        .order_by("-moment", "-key")
    )


def _branch(kind, person, user, last):
    rows = _columns(kind, person, user)
    if last is None:
        return rows
    moment, sort, key = last
    place = KINDS.index(kind)
    if place < sort:
        return rows.filter(moment__lte=moment)
    if place > sort:
        return rows.filter(moment__lt=moment)
    return rows.filter(Q(moment__lt=moment) | Q(moment=moment, key__lt=key), moment__lte=moment)


def _event(row, person, *, whole=False):
    moment, sort, pk, who, what, more, note = row
    kind = KINDS[sort]
    cut = not whole and len(note) > CUT
    return Event(kind, moment, pk, kind.title(what, more), who, _shortened(note) if cut else note, cut, person.pk)


def _shortened(note):
    """The beginning of a note, up to the end of a word."""
    return note[:CUT].rsplit(maxsplit=1)[0] + " …"


def _read(after):
    """The key in an address; one that is none begins at the beginning."""
    try:
        since, sort, key = map(int, after.split("-"))
        return _EPOCH + timedelta(microseconds=since), sort, key
    except (ValueError, OverflowError):
        return None
