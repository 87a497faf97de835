"""Handovers: the passing of one person to one agency, from the draft to the first appointment after release."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from casework.models import Agency, Case, Consent, Person, Prison, User
from casework.models.base import Once, OnceQuerySet, Versioned, hidden_from
from casework.models.consent import usual_sections


class HandoverQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Handovers of the prison of ``user``; to a partner those sent to his agency whose protocol and consent hold now.

        What holds now is computed in one place, the database function that row security asks as well.
        """
        if not user.is_partner:
            return self.filter(prison_id=user.prison_id).exclude(person_id__in=hidden_from(user))
        shared = RawSQL("SELECT ww.shared_handovers(%s)", [user.agency_id])
        return self.filter(agency_id=user.agency_id, pk__in=shared)

    def shared(self):
        """Those that their agencies may see now. For the system, which may ask for any agency."""
        return self.filter(pk__in=RawSQL("SELECT ww.shared_handovers(partners_handover.agency_id)", []))

    def with_asked_at(self):
        """Each with ``asked_at``: when it last came to wait for its agency, at first or after a query or a refusal; None before that."""
        sent = HandoverMove.objects.filter(handover=OuterRef("pk"), after=Handover.State.SENT).order_by("-at", "-pk")
        return self.annotate(asked_at=Coalesce(Subquery(sent.values("at")[:1]), "sent_at"))

    def with_booked_at(self):
        """Each with ``booked_at``: when the appointment is that was offered and has no outcome yet; None where there is none."""
        return self.annotate(
            booked=models.FilteredRelation("appointments", condition=Q(appointments__outcome=""))
        ).annotate(booked_at=F("booked__at"))

    def waiting_after(self, line):
        """Those that no agency answered and that have waited since before the moment ``line``."""
        return self.filter(state=Handover.State.SENT).with_asked_at().filter(asked_at__lt=line)


class Handover(Once, Versioned):
    """The passing of one person to one agency for his release. ``content`` is what the writer chose to say, section by section.

    Its shape is told by ``partners.operations.handovers.make``. It is written while the handover is a draft; afterwards it changes by an
    amendment, which is a new pack, and parts are taken out that the person no longer shares. ``sections``: the parts that it may hold;
    the agency sees it while the person agrees to all of them (docs/adr/0013).
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        READY = "READY", "Ready to send"
        SENT = "SENT", "Sent"
        ACKNOWLEDGED = "ACKNOWLEDGED", "Acknowledged"
        QUERIED = "QUERIED", "Queried"
        REFUSED = "REFUSED", "Refused"
        OFFERED = "OFFERED", "Appointment offered"
        KEPT = "KEPT", "First appointment kept"
        MISSED = "MISSED", "First appointment missed"
        CLOSED = "CLOSED", "Closed"
        RECALLED = "RECALLED", "Recalled"

    class Side(models.TextChoices):
        """Who may take a step."""

        PRISON = "PRISON", "The prison’s team"
        AGENCY = "AGENCY", "The agency"

    class Refusal(models.TextChoices):
        """Why an agency does not take somebody on."""

        OTHER_AREA = "OTHER_AREA", "Goes to another area"
        OTHER_SERVICE = "OTHER_SERVICE", "Another service is the right one"
        KNOWN = "KNOWN", "In treatment with us already"
        TOO_LITTLE = "TOO_LITTLE", "Too little is said to take this on"
        NO_PLACE = "NO_PLACE", "No place in time"
        RISK = "RISK", "We cannot see this person safely"
        OTHER = "OTHER", "Another reason"

    class Closed(models.TextChoices):
        KEPT = "KEPT", "The first appointment was kept"
        REFUSED = "REFUSED", "The refusal was accepted"
        MISSED = "MISSED", "Was not reached after missed appointments"
        UNKNOWN = "UNKNOWN", "The outcome was asked for and not told"
        ELSEWHERE = "ELSEWHERE", "Taken on by another agency"
        NOT_OUT = "NOT_OUT", "Was not released"
        DIED = "DIED", "Died"

    # The one table of what may follow what, and who may take the step (domain.md 8.3). An appointment that is rearranged is offered
    # again. A refusal is accepted, which closes the handover, or sent back.
    MOVES = {
        State.DRAFT: {State.READY: "PRISON", State.RECALLED: "PRISON"},
        State.READY: {State.DRAFT: "PRISON", State.SENT: "PRISON", State.RECALLED: "PRISON"},
        State.SENT: {
            State.ACKNOWLEDGED: "AGENCY", State.QUERIED: "AGENCY", State.REFUSED: "AGENCY", State.RECALLED: "PRISON"
        },
        State.QUERIED: {
            State.SENT: "PRISON", State.ACKNOWLEDGED: "AGENCY", State.REFUSED: "AGENCY", State.RECALLED: "PRISON"
        },
        State.REFUSED: {State.SENT: "PRISON", State.CLOSED: "PRISON", State.RECALLED: "PRISON"},
        State.ACKNOWLEDGED: {
            State.OFFERED: "AGENCY", State.QUERIED: "AGENCY", State.CLOSED: "PRISON", State.RECALLED: "PRISON"
        },
        State.OFFERED: {
            State.OFFERED: "AGENCY", State.KEPT: "AGENCY", State.MISSED: "AGENCY", State.CLOSED: "PRISON", State.RECALLED: "PRISON"
        },
        State.MISSED: {State.OFFERED: "AGENCY", State.CLOSED: "PRISON"},
        State.KEPT: {State.CLOSED: "PRISON"},
        State.CLOSED: {},
        State.RECALLED: {},
    }  # fmt: skip
    # Those in which the agency sees it: ``ww.shared_handovers`` names the same.
    SHARED = [
        State.SENT,
        State.ACKNOWLEDGED,
        State.QUERIED,
        State.REFUSED,
        State.OFFERED,
        State.KEPT,
        State.MISSED,
        State.CLOSED,
    ]
    # Those in which what was sent may be amended.
    AMENDABLE = [State.SENT, State.ACKNOWLEDGED, State.QUERIED, State.REFUSED, State.OFFERED, State.MISSED]

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="handovers")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="handovers")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="handovers")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    release_on = models.DateField()
    content = models.JSONField(default=dict)
    sections = ArrayField(models.CharField(max_length=11, choices=Consent.Section), default=usual_sections, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_why = models.CharField(max_length=11, choices=Closed, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"],
                condition=~Q(state__in=["RECALLED", "CLOSED"]),
                name="one_live_handover_per_agency",
                violation_error_message="There is already a handover to this agency for this case.",
            ),
            models.CheckConstraint(
                name="handover_sent_has_time",
                condition=Q(state__in=["DRAFT", "READY", "RECALLED"]) | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(name="handover_closed_for_a_reason", condition=Q(state="CLOSED") ^ Q(closed_why="")),
        ]
        indexes = [
            models.Index(fields=["prison", "person"], name="handover_of_person"),
            models.Index(fields=["prison", "release_on"], name="handover_of_prison"),
            models.Index(fields=["agency", "release_on"], name="handover_of_agency"),
        ]

    @property
    def may_be_recalled(self):
        return self.State.RECALLED in self.MOVES[self.state]

    @property
    def may_be_amended(self):
        return self.state in self.AMENDABLE

    @property
    def reference(self):
        """What is printed on its pack, such as LPI-2026-0042; one that is not made yet has no number."""
        if self.pk is None:
            return f"{self.prison.code}, not sent"
        return f"{self.prison.code}-{timezone.localtime(self.made_at).year}-{self.pk:04d}"

    @property
    def identity(self):
        """Name, number and date of birth as they were when it was written: all that a partner may know of who it is."""
        return {"name": "Name not given", **self.content.get("person", {})}


class HandoverMove(models.Model):
    """A change of a handover's state: from what, to what, who, when, and the words given with it.

    ``reason``: a code, where an agency refuses. ``by`` an account, or by a ``link``: an agency without accounts took the step.
    """

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="moves")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=12, choices=Handover.State, blank=True)
    after = models.CharField(max_length=12, choices=Handover.State)
    reason = models.CharField(max_length=13, choices=Handover.Refusal, blank=True)
    words = models.TextField(max_length=2000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    link = models.ForeignKey(
        "partners.HandoverLink", on_delete=models.PROTECT, null=True, blank=True, related_name="moves"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="handover_refused_for_a_reason", condition=Q(after="REFUSED") ^ Q(reason="")),
            models.CheckConstraint(
                name="move_by_account_or_link",
                condition=Q(by__isnull=True, link__isnull=False) | Q(by__isnull=False, link__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "handover"], name="move_of_prison"),
            models.Index(fields=["agency", "handover"], name="move_of_agency"),
        ]

    WORDS = {
        ("", "DRAFT"): "Begun",
        ("READY", "DRAFT"): "Taken back to a draft",
        ("DRAFT", "READY"): "Made ready",
        ("QUERIED", "SENT"): "Query answered",
        ("REFUSED", "SENT"): "Refusal not accepted and sent back",
        ("OFFERED", "OFFERED"): "Appointment rearranged",
        ("MISSED", "OFFERED"): "Another appointment offered",
        ("OFFERED", "KEPT"): "Appointment recorded as kept",
        ("OFFERED", "MISSED"): "Appointment recorded as missed",
    }

    @property
    def what(self):
        """What happened, in words."""
        return self.WORDS.get((self.before, self.after), self.get_after_display())


class OfHandover(OnceQuerySet):
    """Rows that hang on a handover and are seen with it."""

    def visible_to(self, user):
        return self.filter(handover__in=Handover.objects.visible_to(user))


class HandoverAppointment(Once):
    """A first appointment that the agency offers, and what came of it. One that is rearranged is followed by another.

    ``offered_by`` is nobody where it was offered by a link: the move of that moment names it.
    """

    class Outcome(models.TextChoices):
        KEPT = "KEPT", "Kept"
        MISSED = "MISSED", "Missed"
        REARRANGED = "REARRANGED", "Rearranged"

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="appointments")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    where = models.CharField(max_length=200)
    whom = models.CharField(max_length=120, blank=True)
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    offered_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["handover"], condition=Q(outcome=""), name="one_open_appointment_per_handover"
            ),
            models.CheckConstraint(
                name="appointment_outcome_has_time", condition=Q(outcome="", outcome_at=None) | ~Q(outcome="")
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "at"], name="handover_appointment_of_prison"),
            models.Index(fields=["agency", "at"], name="handover_appointment_of_agency"),
        ]

    @property
    def days_after(self):
        """How many days after the release it is; fewer than none before it."""
        return (timezone.localdate(self.at) - self.handover.release_on).days


class HandoverReminder(models.Model):
    """That somebody was reminded of a handover: what is due, the day on which it was, and to whom it went. Once for each."""

    class Kind(models.TextChoices):
        ACKNOWLEDGE = "ACKNOWLEDGE", "Asked to acknowledge"
        TELL_MANAGER = "TELL_MANAGER", "Our manager told that nobody acknowledged"
        APPOINTMENT = "APPOINTMENT", "Asked for an appointment"
        OUTCOME = "OUTCOME", "Asked for the outcome"

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="reminders")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    due_on = models.DateField()
    at = models.DateTimeField()

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "kind", "due_on"], name="one_reminder_of_each_kind_and_day")
        ]


class ReleaseMove(models.Model):
    """A release date that the roll moved after a handover was begun, until somebody looked at it."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="release_moves")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    before_on = models.DateField()
    after_on = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
