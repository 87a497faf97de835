"""Protocols: the written agreements that say what may pass to an agency, or from it, and until when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.models import Agency, Prison, User
from casework.models.base import Versioned


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
    """An information-sharing agreement between a prison and an agency. Once its review date has passed nothing passes (domain.md 5.4).

    ``items``: what may pass under it, outwards or inwards; nothing else does, whoever asks. ``basis``: the lawful basis (domain.md 5.4).
    """

    class Item(models.TextChoices):
        """What may pass; the first word says in which direction."""

        OUT_HANDOVER = "OUT_HANDOVER", "Handovers for release"
        OUT_DATES = "OUT_DATES", "Release dates of people who are handed over"
        OUT_REFERRAL = "OUT_REFERRAL", "Referrals to the agency"
        OUT_MEETING = "OUT_MEETING", "What the recovery meeting says of its people"
        OUT_VISITS = "OUT_VISITS", "Who may be seen on the wing"
        IN_VISITS = "IN_VISITS", "Whom its visitors saw on the wing"
        IN_ANSWER = "IN_ANSWER", "Answers, appointments and outcomes"
        IN_POSITIVE = "IN_POSITIVE", "A positive drug test"
        IN_SEGREGATION = "IN_SEGREGATION", "A move to segregation"
        IN_DETOX = "IN_DETOX", "The start of a detoxification"
        IN_ACCT = "IN_ACCT", "An ACCT that was opened"

    class Basis(models.TextChoices):
        PUBLIC_TASK = "PUBLIC_TASK", "Public task and provision of health or social care"
        LEGITIMATE = "LEGITIMATE", "Legitimate interests and provision of health or social care"
        LEGAL = "LEGAL", "Legal obligation"
        VITAL = "VITAL", "Vital interests"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="protocols")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="protocols")
    purpose = models.CharField(max_length=200)
    items = ArrayField(models.CharField(max_length=14, choices=Item), default=list)
    basis = models.CharField(max_length=11, choices=Basis, default=Basis.PUBLIC_TASK)
    signed_by_us = models.CharField(max_length=120, blank=True)
    signed_by_them = models.CharField(max_length=120, blank=True)
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

    def allows(self, item):
        """Whether ``item`` is among what may pass."""
        return item in self.items
