"""The front door: who asked, why and when, and what the duty worker decided."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models import Case, CustodySpell, Person, Prison, User, Wing
from casework.models.base import Once, OnceQuerySet, PersonalOnceQuerySet, PersonalQuerySet, Versioned


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


class KioskLinkQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Links of the prison of ``user``: administrators keep them."""
        return self.filter(prison_id=user.prison_id)

    def live(self, today):
        """Links that still take slips."""
        return self.filter(revoked_at=None, expires_on__gte=today)


class KioskLink(Once):
    """An address at which the officers of a wing hand over slips without an account.

    It can write and nothing else. The token is in the address and nowhere here: only its SHA-256, in hexadecimal.
    """

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    used = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = KioskLinkQuerySet.as_manager()

    class Meta:
        ordering = ["wing__code", "-issued_at", "-pk"]
        indexes = [models.Index(fields=["prison", "revoked_at"], name="kiosk_link_of_prison")]

    def __str__(self):
        return self.label


class SlipQuerySet(PersonalOnceQuerySet):
    def waiting(self):
        """Slips that nobody has matched to a person yet, oldest first."""
        return self.filter(answered_at=None).order_by("received_at", "pk")


class Slip(Once):
    """What a wing officer handed over at a kiosk: his words. The duty worker says who is meant, and makes the referral."""

    class Urgent(models.TextChoices):
        ACCT = "ACCT", "Open ACCT, or talk of self-harm"
        DETOX = "DETOX", "Withdrawing, shaking or sick"
        UTI = "UTI", "Found under the influence"
        LEAVING = "LEAVING", "May leave in the next few days"

    class Answer(models.TextChoices):
        MATCHED = "MATCHED", "Referral made"
        NOT_FOR_US = "NOT_FOR_US", "Not for this team"
        UNKNOWN = "UNKNOWN", "Cannot be matched to anybody"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(KioskLink, on_delete=models.PROTECT, related_name="slips")
    officer = models.CharField(max_length=80)
    number = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=120, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    cell = models.CharField(max_length=20, blank=True)
    worry = models.TextField(max_length=1000)
    urgent = ArrayField(models.CharField(max_length=8, choices=Urgent), default=list, blank=True)
    asked_himself = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="slips")
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, null=True, blank=True, related_name="slip")

    objects = SlipQuerySet.as_manager()

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="slip_answer_is_whole",
                condition=Q(answer="", answered_at=None, person=None, referral=None)
                | Q(answer="MATCHED", answered_at__isnull=False, person__isnull=False, referral__isnull=False)
                | Q(answer__in=["NOT_FOR_US", "UNKNOWN"], answered_at__isnull=False, person=None, referral=None),
            ),
        ]
        indexes = [models.Index(fields=["prison", "received_at"], condition=Q(answered_at=None), name="slip_waiting")]

    @property
    def urgent_texts(self):
        """What the officer ticked as urgent, in words."""
        return [self.Urgent(code).label for code in self.urgent]
