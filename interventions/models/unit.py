"""The drug-free unit: its places, compacts, breaches and reviews."""

from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, User, Wing
from casework.models.base import Once, PersonalOnceQuerySet, Versioned


class UnitStayQuerySet(PersonalOnceQuerySet):
    def live(self):
        """Stays of those who wait for a place or have one."""
        return self.filter(left_on=None)


class UnitStay(Versioned, Once):
    """Somebody who asked for a place on a drug-free wing, from the day he asked until the day he left it or was turned down.

    ``compact``: the version of the terms that he signed. A breach is not a disciplinary charge (domain.md 2.5).
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting for a place"
        LIVING = "LIVING", "On the unit"
        LEFT = "LEFT", "Left"

    class Left(models.TextChoices):
        RELEASED = "RELEASED", "Released"
        TRANSFERRED = "TRANSFERRED", "Transferred"
        COURT = "COURT", "Did not come back from court"
        OWN_WISH = "OWN_WISH", "Own wish"
        BREACH = "BREACH", "Breach of the compact"
        SECURITY = "SECURITY", "Moved by security"
        HEALTH = "HEALTH", "Health"
        TURNED_DOWN = "TURNED_DOWN", "Not suitable"
        WITHDREW = "WITHDREW", "No longer wants a place"
        OTHER = "OTHER", "Another reason"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="unit_stays")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    asked_on = models.DateField()
    joined_on = models.DateField(null=True, blank=True)
    compact = models.CharField(max_length=10, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    left_why = models.CharField(max_length=11, choices=Left, blank=True)
    left_note = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = UnitStayQuerySet.as_manager()

    class Meta:
        ordering = ["asked_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(left_on=None),
                name="one_unit_stay_at_a_time",
                violation_error_message="This person waits for a place, or has one, already.",
            ),
            models.CheckConstraint(
                name="unit_stay_in_order",
                condition=(Q(joined_on=None) | Q(joined_on__gte=models.F("asked_on")))
                & (Q(left_on=None) | Q(left_on__gte=models.F("asked_on"))),
                violation_error_message="These dates are out of order.",
            ),
            models.CheckConstraint(
                name="unit_stay_left_for_a_reason",
                condition=Q(left_on=None, left_why="") & ~Q(state="LEFT")
                | Q(left_on__isnull=False, state="LEFT") & ~Q(left_why=""),
            ),
        ]
        indexes = [models.Index(fields=["prison", "wing", "state"], name="unit_stay_of_wing")]


class CompactTerms(Once):
    """What somebody signs who comes to live on a drug-free wing, by version. A version is never changed."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=10)
    from_on = models.DateField()
    told = models.TextField(max_length=6000)

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["prison", "version"], name="one_compact_per_version")]


class Breach(Once):
    """Something that the compact does not allow, and what the team did about it."""

    class What(models.TextChoices):
        POSITIVE = "POSITIVE", "Positive test"
        MISSED_TEST = "MISSED_TEST", "Missed or refused a test"
        MISSED_SESSION = "MISSED_SESSION", "Missed sessions"
        DRUGS = "DRUGS", "Drugs or alcohol found"
        BEHAVIOUR = "BEHAVIOUR", "Behaviour towards others"
        OTHER = "OTHER", "Something else"

    class Response(models.TextChoices):
        TALKED = "TALKED", "Talked it through"
        WARNING = "WARNING", "Written warning"
        MORE_TESTS = "MORE_TESTS", "More tests"
        REVIEW = "REVIEW", "Called a review"
        LEAVES = "LEAVES", "Leaves the unit"

    stay = models.ForeignKey(UnitStay, on_delete=models.PROTECT, related_name="breaches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    what = models.CharField(max_length=14, choices=What)
    response = models.CharField(max_length=10, choices=Response)
    note = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "breaches"
        ordering = ["-on", "-pk"]


class UnitReview(Once):
    """A review of a stay: how it goes, and when the next one is."""

    stay = models.ForeignKey(UnitStay, on_delete=models.PROTECT, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    agreed = models.TextField(max_length=2000)
    next_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
