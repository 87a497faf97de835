"""The front door: who asked, why and when, and what the duty worker decided."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models import Case, CustodySpell, Person, Prison, User
from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned


class Source(Versioned):
    """Where referrals come from (domain.md 8.2). Internal, external and self are counted apart."""

    class Group(models.TextChoices):
        INTERNAL = "INTERNAL", "Internal"
        EXTERNAL = "EXTERNAL", "External"
        SELF = "SELF", "Self"

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    group = models.CharField(max_length=8, choices=Group)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("code"), name="one_source_per_code")]

    def __str__(self):
        return self.name


class ReferralQuerySet(PersonalOnceQuerySet):
    def untriaged(self):
        """Referrals that wait for the duty worker, oldest first."""
        return self.filter(triaged_at=None).order_by("received_on", "pk")

    def waiting(self):
        """The untriaged ones that count: repeats of another are answered together with it."""
        return self.untriaged().filter(repeat_of=None)


class Referral(Once):
    """A request that the team see somebody. ``repeat_of``: the person had one open already, so it is not counted again."""

    class Urgency(models.TextChoices):
        ORDINARY = "ORDINARY", "Ordinary"
        PRIORITY = "PRIORITY", "Priority: next working day"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="referrals")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="referrals")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    referrer = models.CharField(max_length=120, blank=True)
    received_on = models.DateField()
    reason = models.TextField(max_length=2000)
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
            models.Index(fields=["prison", "person"], name="referral_of_person"),
        ]


class Triage(models.Model):
    """The initial assessment that answers a referral: what the person needs, and whether we take a case on."""

    class Outcome(models.TextChoices):
        OPEN = "OPEN", "Open a case"
        DECLINED = "DECLINED", "Person declined"
        INAPPROPRIATE = "INAPPROPRIATE", "Not for this team"
        REPEAT = "REPEAT", "Already on the caseload"
        LEFT = "LEFT", "Left before being seen"

    ASSESSED = {Outcome.OPEN, Outcome.REPEAT}

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="triage")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="triages")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=13, choices=Outcome)
    substances = models.CharField(max_length=200, blank=True)
    needs = models.TextField(max_length=5000, blank=True)
    done_on = models.DateField()
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-done_on", "-pk"]
        verbose_name_plural = "triages"
        indexes = [
            models.Index(fields=["prison", "done_on"], name="triage_of_prison"),
            models.Index(fields=["prison", "person"], name="triage_of_person"),
        ]

    @property
    def result(self):
        """The outcome as something that has happened."""
        return "Case opened" if self.outcome == self.Outcome.OPEN else self.get_outcome_display()

    @property
    def is_assessment(self):
        """Whether somebody was seen and assessed, which is what *initial assessments* counts (domain.md 7.3)."""
        return self.outcome in self.ASSESSED
