"""The recovery plan: goals in the person's words, actions with an owner and a day."""

from django.db import models
from django.db.models import Q

from casework.models.base import Once, PersonalOnceQuerySet, Versioned
from casework.models.case import Case
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class PlanQuerySet(PersonalOnceQuerySet):
    def in_force(self):
        """Plans that were agreed and that no review has replaced."""
        return self.filter(agreed_on__isnull=False, ended_on=None)


class Plan(Versioned, Once):
    """One version of a case's recovery plan: draft → agreed by both → replaced by its review, or ended with the case.

    ``number`` counts the versions of a case from 1; a review is the next version, with the open goals copied forward.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    begun_on = models.DateField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_on = models.DateField(null=True, blank=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agreed_how = models.CharField(max_length=200, blank=True)
    reviewed = models.TextField(max_length=5000, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-number", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_plan_per_number"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(agreed_on=None, ended_on=None),
                name="one_draft_plan_per_case",
                violation_error_message="There is a draft of the plan already. Go on with that.",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(agreed_on__isnull=False, ended_on=None), name="one_plan_in_force_per_case"
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="plan_of_person")]


class Goal(Versioned, Once):
    """Something the person wants to reach, in his own words. ``carried_from``: the goal of the version before."""

    class Outcome(models.TextChoices):
        OPEN = "", "Still open"
        ACHIEVED = "ACHIEVED", "Achieved"
        MOSTLY = "MOSTLY", "Mostly achieved"
        PARTLY = "PARTLY", "Partly achieved"
        NOT_ACHIEVED = "NOT_ACHIEVED", "Not achieved"
        DROPPED = "DROPPED", "No longer wanted"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="goals")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    words = models.TextField(max_length=1000)
    area = models.CharField(max_length=20)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    outcome_on = models.DateField(null=True, blank=True)
    outcome_note = models.CharField(max_length=500, blank=True)
    carried_from = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="carried_to"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["place", "pk"]
        indexes = [models.Index(fields=["prison", "person"], name="goal_of_person")]


class Action(Versioned, Once):
    """One step towards a goal: what, who, by when. ``worker`` owns it, or the person himself, or somebody named in ``other``."""

    class Owner(models.TextChoices):
        PERSON = "PERSON", "The person"
        WORKER = "WORKER", "Somebody of the team"
        OTHER = "OTHER", "Somebody else"

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="actions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=500)
    owner = models.CharField(max_length=6, choices=Owner)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    other = models.CharField(max_length=120, blank=True)
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="action_has_its_owner",
                condition=Q(owner="PERSON", worker=None, other="")
                | Q(owner="WORKER", worker__isnull=False, other="")
                | (Q(owner="OTHER", worker=None) & ~Q(other="")),
                violation_error_message="Say who does it.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "worker", "due_on"], condition=Q(done_on=None), name="action_open"),
            models.Index(fields=["prison", "person"], name="action_of_person"),
        ]
