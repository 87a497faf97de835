"""Mandatory and compact-based drug tests (domain.md 2.5 and 2.6). Whose result it is, is for those who have the duty."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, User
from casework.models.base import Once, PersonalOnceQuerySet, Versioned
from interventions.models.group import OfPrison
from interventions.models.unit import UnitStay


class TestList(Versioned, Once):
    """The random tests of one month: so many people drawn for the main list, and an ordered reserve list. Fixed once drawn.

    ``population``: average number of people held over the twelve months before.
    """

    __test__ = False

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    population = models.PositiveSmallIntegerField()
    percent = models.PositiveSmallIntegerField(default=5)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = OfPrison.as_manager()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["prison", "month"],
                name="one_test_list_per_month",
                violation_error_message="There is a list for this month already.",
            )
        ]


class DrugTestQuerySet(PersonalOnceQuerySet):
    def visible_to(self, user):
        """Tests, names and all, to those with the duty; to others none."""
        return super().visible_to(user) if user.has_duty(User.Duty.TESTS) else self.none()


class DrugTest(Versioned, Once):
    """Somebody chosen for a test, and what came of it. A refusal is no result; a prescribed drug may explain a positive one."""

    class Kind(models.TextChoices):
        RANDOM = "RANDOM", "Mandatory: random"
        SUSPICION = "SUSPICION", "Mandatory: suspicion"
        RISK = "RISK", "Mandatory: risk assessment"
        FREQUENT = "FREQUENT", "Mandatory: frequent"
        RECEPTION = "RECEPTION", "Mandatory: on reception"
        COMPACT = "COMPACT", "Compact-based"

    class Part(models.TextChoices):
        MAIN = "MAIN", "Main list"
        RESERVE = "RESERVE", "Reserve list"

    class State(models.TextChoices):
        SELECTED = "SELECTED", "Not started"
        SAMPLED = "SAMPLED", "Sample taken"
        REFUSED = "REFUSED", "Refused"
        UNABLE = "UNABLE", "Unable to test"

    class Result(models.TextChoices):
        NEGATIVE = "NEGATIVE", "Negative"
        POSITIVE = "POSITIVE", "Positive"
        MITIGATED = "MITIGATED", "Positive, explained by a prescription"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="drug_tests")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    test_list = models.ForeignKey(TestList, on_delete=models.PROTECT, null=True, blank=True, related_name="tests")
    part = models.CharField(max_length=7, choices=Part, blank=True)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    stay = models.ForeignKey(UnitStay, on_delete=models.PROTECT, null=True, blank=True, related_name="tests")
    selected_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.SELECTED)
    unable_why = models.CharField(max_length=12, blank=True)
    sampled_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=9, choices=Result, blank=True)
    groups = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    mitigation = models.CharField(max_length=200, blank=True)
    adjudicated = models.BooleanField(default=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = DrugTestQuerySet.as_manager()

    class Meta:
        ordering = ["-selected_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["test_list", "part", "number"],
                condition=Q(test_list__isnull=False),
                name="one_place_on_a_test_list",
            ),
            models.UniqueConstraint(
                fields=["test_list", "person"], condition=Q(test_list__isnull=False), name="once_on_a_test_list"
            ),
            models.CheckConstraint(
                name="test_sampled_has_its_moment",
                condition=Q(state="SAMPLED", sampled_at__isnull=False)
                | ~Q(state="SAMPLED") & Q(sampled_at=None, result=""),
            ),
            models.CheckConstraint(
                name="test_unable_has_its_reason",
                condition=Q(state="UNABLE") & ~Q(unable_why="") | ~Q(state="UNABLE") & Q(unable_why=""),
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "kind", "selected_on"], name="test_of_prison"),
            models.Index(fields=["prison", "person"], name="test_of_person"),
        ]
