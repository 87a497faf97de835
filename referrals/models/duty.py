"""What duty workers did about a referral that waits."""

from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, User
from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet
from referrals.models.referral import Referral


class ClaimQuerySet(PersonalQuerySet):
    def live(self, day):
        """Claims that hold on ``day``: taken that day, or the person was seen since. Others lapsed when their day ended."""
        seen = Attempt.objects.filter(
            referral=models.OuterRef("referral"),
            outcome=Attempt.Outcome.SEEN,
            recorded_at__gte=models.OuterRef("from_at"),
        )
        return self.filter(until_at=None).filter(Q(from_at__date=day) | models.Exists(seen))


class Claim(models.Model):
    """A duty worker has taken a referral, so that nobody else goes to see the person; from a moment until another.

    It lapses at the end of the day unless the person was seen; a lapsed one is closed by whoever claims next.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="claims")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-from_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(until_at=None),
                name="one_open_claim_per_referral",
                violation_error_message="This referral is claimed already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "worker"], condition=Q(until_at=None), name="claim_open"),
            models.Index(fields=["prison", "person"], name="claim_of_person"),
        ]


class Attempt(Once):
    """Somebody went to see the person, and what came of it. ``on``: the day; ``note``: a few words more."""

    class Outcome(models.TextChoices):
        SEEN = "SEEN", "Seen"
        LOCKED = "LOCKED", "Not unlocked"
        ELSEWHERE = "ELSEWHERE", "Elsewhere in the prison: work, gym, visit"
        COURT = "COURT", "At court"
        HOSPITAL = "HOSPITAL", "In hospital"
        UNWELL = "UNWELL", "Unwell"
        LATER = "LATER", "Asked us to come another time"
        OTHER = "OTHER", "Another reason"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome)
    note = models.CharField(max_length=200, blank=True)
    on = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["prison", "person"], name="attempt_of_person")]


class HoldQuerySet(PersonalOnceQuerySet):
    def live(self, day):
        """Holds that stand on ``day``: not lifted by then, and their own day not yet come."""
        return self.filter(lifted_at=None, from_on__lte=day, until_on__gt=day)


class Hold(Once):
    """A referral rests until ``until_on``, and why. Its clock goes on; its stage is derived, so that nothing has to be remembered.

    ``lifted_at``: when it was ended by hand, or found to be over by the next act.
    """

    class Reason(models.TextChoices):
        COURT = "COURT", "At court"
        HOSPITAL = "HOSPITAL", "In hospital"
        ISOLATION = "ISOLATION", "Isolated by healthcare"
        ASKED = "ASKED", "The person asked for time"
        OTHER = "OTHER", "Another reason"

    LONGEST = 84  # days

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="holds")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=9, choices=Reason)
    note = models.CharField(max_length=200, blank=True)
    from_on = models.DateField()
    until_on = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(lifted_at=None),
                name="one_open_hold_per_referral",
                violation_error_message="This referral is on hold already.",
            ),
            models.CheckConstraint(
                name="hold_ends_after_start",
                condition=Q(until_on__gt=models.F("from_on")),
                violation_error_message="A hold ends on a later day than it began.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "until_on"], condition=Q(lifted_at=None), name="hold_open"),
            models.Index(fields=["prison", "person"], name="hold_of_person"),
        ]
