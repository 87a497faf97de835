"""What was handed over at a kiosk."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, User, Wing
from casework.models.base import Once, PersonalOnceQuerySet
from referrals.models.kiosk import KioskLink
from referrals.models.referral import Referral


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
