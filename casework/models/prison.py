"""Prisons and the places in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models.base import Versioned


class PrisonQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The prison that ``user`` belongs to."""
        return self.filter(pk=user.prison_id)


class Prison(Versioned):
    """A prison that has a team. Its code is the one that prison systems use (domain.md 1.1); its timers are those of domain.md 8.4.

    ``test_percent``: of the people held, tested at random each month, and of these tests at weekends (domain.md 2.6).
    ``test_referral_kinds``: codes of the drug tests that make a referral when they are positive, as the local protocol says;
    ``notice_referral_kinds``: codes of what the prison's departments tell that makes one by itself (partners.models.InwardNotice).
    """

    code = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=100)
    triage_working_days = models.PositiveSmallIntegerField(default=5)
    priority_working_days = models.PositiveSmallIntegerField(default=1)
    structured_minutes = models.PositiveSmallIntegerField(default=20)
    reoffer_days = models.PositiveSmallIntegerField(default=28)
    first_intervention_days = models.PositiveSmallIntegerField(default=21)
    comprehensive_working_days = models.PositiveSmallIntegerField(default=10)
    clinical_first_review_days = models.PositiveSmallIntegerField(default=5)
    clinical_second_review_days = models.PositiveSmallIntegerField(default=28)
    clinical_review_weeks = models.PositiveSmallIntegerField(default=13)
    plan_review_days = models.PositiveSmallIntegerField(default=84)
    top_start_days = models.PositiveSmallIntegerField(default=14)
    top_review_from_days = models.PositiveSmallIntegerField(default=29)
    top_review_until_days = models.PositiveSmallIntegerField(default=182)
    top_exit_days = models.PositiveSmallIntegerField(default=14)
    write_up_hours = models.PositiveSmallIntegerField(default=48)
    tell_community_days = models.PositiveSmallIntegerField(default=42)
    appointment_booked_days = models.PositiveSmallIntegerField(default=14)
    appointment_within_days = models.PositiveSmallIntegerField(default=21)
    acknowledge_working_days = models.PositiveSmallIntegerField(default=2)
    sharing_review_months = models.PositiveSmallIntegerField(default=12)
    monthly_return_day = models.PositiveSmallIntegerField(default=10)
    test_percent = models.PositiveSmallIntegerField(default=5)
    test_weekend_percent = models.PositiveSmallIntegerField(default=14)
    test_referral_kinds = ArrayField(models.CharField(max_length=9), default=list, blank=True)
    notice_referral_kinds = ArrayField(models.CharField(max_length=11), default=list, blank=True)

    objects = PrisonQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="prison_code_shape",
                condition=Q(code__regex=r"^[A-Z]{2}I$"),
                violation_error_message="A prison code is two capital letters and an I, such as LPI.",
            ),
        ]

    def __str__(self):
        return self.name


class PlaceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Places of the prison that ``user`` belongs to."""
        return self.filter(prison_id=user.prison_id)

    def current(self):
        """Places still in use."""
        return self.filter(ended_on=None)


class Wing(Versioned):
    """A residential unit. Ended, never deleted.

    ``places``: on a drug-free wing, how many people may live there as its unit; ``landing``: where on the wing, if not on the whole.
    """

    class Kind(models.TextChoices):
        GENERAL = "GENERAL", "General"
        VULNERABLE = "VULNERABLE", "Vulnerable prisoners"
        DRUG_FREE = "DRUG_FREE", "Drug-free"
        FIRST_NIGHT = "FIRST_NIGHT", "First night"
        SEGREGATION = "SEGREGATION", "Segregation"
        HEALTHCARE = "HEALTHCARE", "Healthcare"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="wings")
    code = models.CharField(max_length=8)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.GENERAL)
    landing = models.CharField(max_length=10, blank=True)
    places = models.PositiveSmallIntegerField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["prison", "code"]
        constraints = [
            models.CheckConstraint(
                name="unit_is_on_a_drug_free_wing",
                condition=Q(kind="DRUG_FREE") | Q(landing="", places=None),
                violation_error_message="Only a drug-free wing has a unit with places.",
            ),
            models.UniqueConstraint(
                "prison",
                Lower("code"),
                condition=Q(ended_on=None),
                name="one_open_wing_per_code",
                violation_error_message="There is already a wing with this code.",
            ),
        ]

    def __str__(self):
        return self.name


class Room(Versioned):
    """A room where people are seen."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="rooms")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, null=True, blank=True, related_name="rooms")
    name = models.CharField(max_length=60)
    capacity = models.PositiveSmallIntegerField(default=2)
    ended_on = models.DateField(null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["prison", "name"]
        constraints = [
            models.UniqueConstraint(
                "prison",
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_room_per_name",
                violation_error_message="There is already a room with this name.",
            ),
            models.CheckConstraint(
                name="room_holds_somebody",
                condition=Q(capacity__gte=1, capacity__lte=200),
                violation_error_message="A room holds between 1 and 200 people.",
            ),
        ]

    def __str__(self):
        return self.name


class RegimeTime(Versioned):
    """One slot of the prison's core day, such as AM 08:30 to 11:30 (domain.md 6.1)."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="regime_times")
    name = models.CharField(max_length=20)
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    ended_on = models.DateField(null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["prison", "starts_at"]
        constraints = [
            models.UniqueConstraint(
                "prison",
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_regime_time_per_name",
                violation_error_message="There is already a regime time with this name.",
            ),
            models.CheckConstraint(
                name="regime_time_ends_after_start",
                condition=Q(ends_at__gt=models.F("starts_at")),
                violation_error_message="A regime time ends after it starts.",
            ),
        ]

    def __str__(self):
        return self.name
