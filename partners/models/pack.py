"""The typeset packs of handovers."""

from django.db import models
from django.db.models import Q

from casework.models import Agency, Prison, User
from partners.models.handover import Handover


class PackQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Packs of the handovers that ``user`` may see; to a partner those that were sent, never one that was set aside."""
        seen = self.filter(handover__in=Handover.objects.visible_to(user))
        return seen.filter(state__in=Pack.SENT) if user.is_partner else seen

    def waiting(self):
        """Packs that the next sweep builds, or gives up."""
        return self.filter(state=Pack.State.WAITING)

    def current(self):
        """The packs that stand, and the amendments of them that are being built."""
        return self.exclude(state__in=[Pack.State.STALE, Pack.State.AMENDED])

    def without_bytes(self):
        """Packs for pages that only speak of them."""
        return self.defer("pdf", "content")


class Pack(models.Model):
    """The typeset pack of a handover. Its bytes never change once built; a handover that is written again has a new number.

    A handover that was sent is amended by another pack, which takes the place of the one before once it is built; its agency reads
    both. ``changed``: what is different from the one before.
    """

    MOST_ATTEMPTS = 5

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting to be built"
        BUILT = "BUILT", "Built"
        FAILED = "FAILED", "Could not be built"
        STALE = "STALE", "Set aside"
        AMENDED = "AMENDED", "Replaced by an amendment"

    SENT = (State.BUILT, State.AMENDED)

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="packs")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    content = models.JSONField(default=dict)
    changed = models.TextField(blank=True)
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
                condition=Q(state="BUILT"),
                name="one_current_pack_per_handover",
                violation_error_message="This handover has a pack already.",
            ),
            models.UniqueConstraint(
                fields=["handover"],
                condition=Q(state__in=["WAITING", "FAILED"]),
                name="one_pack_being_built_per_handover",
                violation_error_message="A pack of this handover is being built already.",
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
