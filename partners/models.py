"""What passes to partner agencies: the protocol that allows it, the handover, its pack, and how the agency answered."""

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from casework.models import Agency, Case, Consent, Person, Prison, User
from casework.models.base import Once, OnceQuerySet, Versioned, hidden_from


class ProtocolQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Protocols of the prison of ``user``; a partner sees those of his agency."""
        if user.is_partner:
            return self.filter(agency_id=user.agency_id)
        return self.filter(prison_id=user.prison_id)

    def in_force(self, on):
        """Protocols that have started, and neither lapsed nor been ended, on the day ``on``."""
        return self.filter(starts_on__lte=on, review_on__gte=on, ended_on=None)


class Protocol(Versioned):
    """An information-sharing agreement between a prison and an agency. Once its review date has passed nothing passes (domain.md 5.4)."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="protocols")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="protocols")
    purpose = models.CharField(max_length=200)
    starts_on = models.DateField()
    review_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["prison", "agency"],
                condition=Q(ended_on=None),
                name="one_open_protocol_per_agency",
                violation_error_message="There is already a protocol with this agency. End it before adding another.",
            ),
            models.CheckConstraint(
                name="protocol_review_after_start",
                condition=Q(review_on__gt=F("starts_on")),
                violation_error_message="The review date is after the start.",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "prison"], name="protocol_of_agency"),
            models.Index(fields=["prison"], name="protocol_of_prison"),
        ]


class HandoverQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Handovers of the prison of ``user``; to a partner those sent to his agency whose protocol and consent hold now.

        What holds now is computed in one place, the database function that row security asks as well.
        """
        if not user.is_partner:
            return self.filter(prison_id=user.prison_id).exclude(person_id__in=hidden_from(user))
        shared = RawSQL("SELECT ww.shared_handovers(%s)", [user.agency_id])
        return self.filter(agency_id=user.agency_id, pk__in=shared)


class Handover(Once, Versioned):
    """The passing of one person to one agency for his release. ``content`` is what the writer chose to say, section by section.

    Its shape is told by ``partners.operations.handovers.make``. It is written while the handover is a draft and never afterwards.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        READY = "READY", "Ready to send"
        SENT = "SENT", "Sent"
        ACKNOWLEDGED = "ACKNOWLEDGED", "Acknowledged"
        QUERIED = "QUERIED", "Queried"
        RECALLED = "RECALLED", "Recalled"

    MOVES = {
        State.DRAFT: {State.READY, State.RECALLED},
        State.READY: {State.DRAFT, State.SENT, State.RECALLED},
        State.SENT: {State.ACKNOWLEDGED, State.QUERIED, State.RECALLED},
        State.QUERIED: {State.ACKNOWLEDGED, State.RECALLED},
        State.ACKNOWLEDGED: {State.RECALLED},
        State.RECALLED: set(),
    }

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="handovers")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="handovers")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="handovers")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    release_on = models.DateField()
    content = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"],
                condition=~Q(state="RECALLED"),
                name="one_live_handover_per_agency",
                violation_error_message="There is already a handover to this agency for this case.",
            ),
            models.CheckConstraint(
                name="handover_sent_has_time",
                condition=Q(state__in=["DRAFT", "READY", "RECALLED"]) | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "person"], name="handover_of_person"),
            models.Index(fields=["prison", "release_on"], name="handover_of_prison"),
            models.Index(fields=["agency", "release_on"], name="handover_of_agency"),
        ]

    @property
    def reference(self):
        """What is printed on its pack, such as LPI-2026-0042."""
        return f"{self.prison.code}-{timezone.localtime(self.made_at).year}-{self.pk:04d}"

    @property
    def identity(self):
        """Name, number and date of birth as they were when it was written: all that a partner may know of who it is."""
        return {"name": "Name not given", **self.content.get("person", {})}


class HandoverMove(models.Model):
    """A change of a handover's state: from what, to what, who, when, and the words given with it."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="moves")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=12, choices=Handover.State, blank=True)
    after = models.CharField(max_length=12, choices=Handover.State)
    words = models.TextField(max_length=2000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["prison", "handover"], name="move_of_prison"),
            models.Index(fields=["agency", "handover"], name="move_of_agency"),
        ]


class PackQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Packs of the handovers that ``user`` may see; to a partner the one that was sent, never an earlier one."""
        seen = self.filter(handover__in=Handover.objects.visible_to(user))
        return seen.filter(state=Pack.State.BUILT) if user.is_partner else seen

    def waiting(self):
        """Packs that the next sweep builds, or gives up."""
        return self.filter(state=Pack.State.WAITING)

    def current(self):
        """The packs that have not been set aside: one for each handover at most."""
        return self.exclude(state=Pack.State.STALE)

    def without_bytes(self):
        """Packs for pages that only speak of them."""
        return self.defer("pdf", "content")


class Pack(models.Model):
    """The typeset pack of a handover. Its bytes never change once built; a handover that is written again has a new number."""

    MOST_ATTEMPTS = 5

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting to be built"
        BUILT = "BUILT", "Built"
        FAILED = "FAILED", "Could not be built"
        STALE = "STALE", "Set aside"

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="packs")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    content = models.JSONField(default=dict)
    pdf = models.BinaryField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    built_at = models.DateTimeField(null=True, blank=True)

    objects = PackQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "number"], name="one_pack_per_number"),
            models.UniqueConstraint(
                fields=["handover"],
                condition=~Q(state="STALE"),
                name="one_current_pack_per_handover",
                violation_error_message="This handover has a pack already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "handover"], name="pack_of_prison"),
            models.Index(fields=["agency", "handover"], name="pack_of_agency"),
        ]

    @property
    def person_id(self):
        """Whom it is about, for the trail. Fetch packs with their handover where this is asked."""
        return self.handover.person_id
