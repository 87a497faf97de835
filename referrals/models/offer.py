"""Asking again whoever declined."""

from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, User
from casework.models.base import Once, PersonalOnceQuerySet
from referrals.models.referral import Referral
from referrals.models.triage import Triage


class Offer(Once):
    """Somebody who had declined (``triage``) was asked again, and what he said. ``referral``: the one that a yes made."""

    class Answer(models.TextChoices):
        ACCEPTED = "ACCEPTED", "Wants to be seen"
        DECLINED = "DECLINED", "Does not want to now"
        NEVER = "NEVER", "Does not want to be asked again"

    triage = models.ForeignKey(Triage, on_delete=models.PROTECT, related_name="offers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer)
    note = models.CharField(max_length=200, blank=True)
    asked_on = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, null=True, blank=True, related_name="offer")

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="accepted_offer_has_a_referral",
                condition=Q(answer="ACCEPTED", referral__isnull=False) | (~Q(answer="ACCEPTED") & Q(referral=None)),
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="offer_of_person")]
