"""Protocols: the written agreements that say what may pass to an agency, or from it, and until when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value

from casework.models import Agency, Prison, User
from casework.models.base import Versioned, one_key

_DAYS = Func(F("starts_on"), F("review_on"), Value("[]"), function="daterange")


class ProtocolQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Protocols of the prison of ``user``; a partner sees those of his agency."""
        if user.is_partner:
            return self.filter(agency_id=user.agency_id)
        return self.filter(prison_id=user.prison_id)

    def in_force(self, on):
        """Protocols that have started, and neither lapsed nor been ended, on the day ``on``."""
        return self.filter(starts_on__lte=on, review_on__gte=on, ended_on=None)

    def standing(self, on):
        """Protocols that were not ended, and that no renewal has taken over from by the day ``on``."""
        return self.filter(ended_on=None).exclude(pk__in=_renewals().filter(starts_on__lte=on).values("renews"))

    def unrenewed(self):
        """Protocols that nothing follows."""
        return self.exclude(Exists(_renewals().filter(renews=OuterRef("pk"))))


def _renewals():
    return Protocol.objects.filter(ended_on=None, renews__isnull=False).order_by()


class Protocol(Versioned):
    """An information-sharing agreement between a prison and an agency. Once its review date has passed nothing passes (domain.md 5.4).

    ``items``: what may pass under it, outwards or inwards; nothing else does, whoever asks. ``basis``: the lawful basis (domain.md 5.4).
    ``renews``: the one after whose last day it begins. A protocol is renewed while it is still in force, so that nothing stops in between;
    no two that were not ended hold on the same day.
    """

    class Item(models.TextChoices):
        """What may pass; the first word says in which direction."""

        # The release date is a part of them: it says when the agency has to be ready, so a handover without it would be none.
        OUT_HANDOVER = "OUT_HANDOVER", "Handovers for release, with the release date"
        OUT_REFERRAL = "OUT_REFERRAL", "Referrals to the agency"
        OUT_MEETING = "OUT_MEETING", "What the recovery meeting says of its people"
        OUT_VISITS = "OUT_VISITS", "Who may be seen on the wing"
        IN_VISITS = "IN_VISITS", "Whom its visitors saw on the wing"
        IN_ANSWER = "IN_ANSWER", "Answers, appointments and outcomes"
        IN_POSITIVE = "IN_POSITIVE", "A positive drug test"
        IN_SEGREGATION = "IN_SEGREGATION", "A move to segregation"
        IN_DETOX = "IN_DETOX", "The start of a detoxification"
        IN_ACCT = "IN_ACCT", "An ACCT that was opened"

    # What a department of the prison may have in its protocol, and what every other agency may.
    TOLD = [Item.IN_POSITIVE, Item.IN_SEGREGATION, Item.IN_DETOX, Item.IN_ACCT]
    SHARED = [item for item in Item if item not in {"IN_POSITIVE", "IN_SEGREGATION", "IN_DETOX", "IN_ACCT"}]

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
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewals")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            ExclusionConstraint(
                name="one_protocol_per_agency_and_day",
                expressions=[
                    (one_key("prison"), RangeOperators.OVERLAPS),
                    (one_key("agency"), RangeOperators.OVERLAPS),
                    (_DAYS, RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_on=None),
                violation_error_message="There is a protocol with this agency on some of these days already. Renew it, or end it first.",
            ),
            models.UniqueConstraint(
                fields=["renews"],
                condition=Q(ended_on=None),
                name="one_renewal_per_protocol",
                violation_error_message="This protocol has been renewed already.",
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

    @property
    def outwards(self):
        """What may pass to the agency, in words."""
        return [item.label for item in self.Item if item in self.items and item.startswith("OUT_")]

    @property
    def inwards(self):
        """What may pass to us, in words."""
        return [item.label for item in self.Item if item in self.items and item.startswith("IN_")]

    def state_on(self, day):
        """A word for how it stands on ``day``, for the tag."""
        if self.ended_on:
            return "Ended"
        if self.review_on < day:
            return "Lapsed: nothing passes"
        return "Not started" if self.starts_on > day else "In force"

    def allows(self, item):
        """Whether ``item`` is among what may pass."""
        return item in self.items


class ProtocolEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What happened to the protocols of the prison of ``user``; a partner is shown none of it."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)


class ProtocolEvent(models.Model):
    """Something that happened to a protocol: who did it, when, and what changed. ``changes``: field → [what it said, what it says].

    A warning that it lapses is one too, with the ``review_on`` that it named: each is given once.
    """

    class Kind(models.TextChoices):
        AGREED = "AGREED", "Agreed"
        CHANGED = "CHANGED", "Changed"
        RENEWED = "RENEWED", "Renewed"
        ENDED = "ENDED", "Ended"
        WARNED_28 = "WARNED_28", "Both sides told, four weeks ahead"
        WARNED_7 = "WARNED_7", "Both sides told, a week ahead"

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="events")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    review_on = models.DateField()
    changes = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ProtocolEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "kind", "review_on"],
                condition=Q(kind__in=["WARNED_28", "WARNED_7"]),
                name="protocol_warned_once",
            )
        ]
        indexes = [models.Index(fields=["prison", "protocol"], name="protocol_event_of_prison")]
