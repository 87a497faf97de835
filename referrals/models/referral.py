"""Who asked for somebody to be seen, why and when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from casework.models import Case, CustodySpell, Person, Prison, User, Wing
from casework.models.base import Once, PersonalOnceQuerySet
from referrals.models.source import Source


class ReferralQuerySet(PersonalOnceQuerySet):
    def untriaged(self):
        """Referrals that wait for the duty worker, oldest first."""
        return self.filter(triaged_at=None).order_by("received_on", "pk")

    def waiting(self):
        """The untriaged ones that count: repeats of another are answered together with it."""
        return self.untriaged().filter(repeat_of=None)


class Referral(Once):
    """A request that the team see somebody. ``repeat_of``: the person had one open already, so it is not counted again.

    ``wants`` and ``signs`` hold codes of what was ticked. ``wing`` and ``cell`` say where the person was on the day it was received,
    ``office`` which office outside it came from. ``urgency`` is what was said then; what raises it since is derived at reading.
    """

    class Urgency(models.TextChoices):
        ORDINARY = "ORDINARY", "Ordinary"
        PRIORITY = "PRIORITY", "Priority: next working day"

    class Stage(models.TextChoices):
        """How far it has come, derived from claims, attempts and triage."""

        RECEIVED = "RECEIVED", "Received"
        CLAIMED = "CLAIMED", "Taken by duty"
        CONTACTED = "CONTACTED", "Seen, outcome to come"
        ANSWERED = "ANSWERED", "Answered"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="referrals")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="referrals")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    referrer = models.CharField(max_length=120, blank=True)
    received_on = models.DateField()
    reason = models.TextField(max_length=2000)
    wants = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    signs = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cell = models.CharField(max_length=30, blank=True)
    office = models.CharField(max_length=120, blank=True)
    urgency = models.CharField(max_length=8, choices=Urgency, default=Urgency.ORDINARY)
    repeat_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="repeats")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="referrals")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    triaged_at = models.DateTimeField(null=True, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(triaged_at=None, repeat_of=None),
                name="one_referral_waiting_per_person",
                violation_error_message="This person already has a referral waiting for triage.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "received_on"], condition=Q(triaged_at=None), name="referral_untriaged"),
            models.Index(fields=["prison", "received_on"], name="referral_of_prison"),
            models.Index(fields=["prison", "triaged_at"], name="referral_triaged"),
            models.Index(fields=["prison", "person"], name="referral_of_person"),
        ]

    @property
    def came_from(self):
        """Where it came from, in plain words: the office outside, or the wing and cell of that day; nothing where nobody said."""
        place = [self.wing.name if self.wing else "", f"cell {self.cell}" if self.cell else ""]
        return self.office or ", ".join(part for part in place if part)
