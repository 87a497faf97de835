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
        """Plans that were agreed, that no review has replaced, and whose case is open."""
        return self.filter(agreed_on__isnull=False, ended_on=None, case__closed_on=None)

    def drafts(self):
        """Plans that are being written, of cases that are open."""
        return self.filter(agreed_on=None, ended_on=None, case__closed_on=None)


class Plan(Versioned, Once):
    """One version of a case's recovery plan: draft → agreed by both → replaced by its review, or ended with the case.

    ``number`` counts the versions of a case from 1; a review is the next version, with the open goals and actions copied forward, and
    ``reviewed`` says what it found. ``ended_on`` is the day on which the next version was agreed or a draft was thrown away.
    """

    class How(models.TextChoices):
        SIGNED = "SIGNED", "Signed the printed plan"
        SAID = "SAID", "Said so"

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        IN_FORCE = "IN_FORCE", "In force"
        REPLACED = "REPLACED", "Replaced"
        ENDED = "ENDED", "Ended with the case"
        DISCARDED = "DISCARDED", "Thrown away"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    begun_on = models.DateField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_on = models.DateField(null=True, blank=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agreed_how = models.CharField(max_length=6, choices=How, blank=True)
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
            models.CheckConstraint(
                name="plan_says_who_agreed_and_how",
                condition=Q(agreed_on=None, agreed_by=None, agreed_how="")
                | (Q(agreed_on__isnull=False, agreed_by__isnull=False) & ~Q(agreed_how="")),
                violation_error_message="Say how the person agreed.",
            ),
            models.CheckConstraint(
                name="plan_is_agreed_after_it_was_begun",
                condition=Q(agreed_on=None) | Q(agreed_on__gte=models.F("begun_on")),
                violation_error_message="A plan is agreed on or after the day it was begun.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="plan_of_person")]

    @property
    def state(self):
        """Where the plan stands; asks for its case unless that was fetched along."""
        if self.ended_on:
            return self.State.REPLACED if self.agreed_on else self.State.DISCARDED
        if self.case.closed_on:
            return self.State.ENDED
        return self.State.IN_FORCE if self.agreed_on else self.State.DRAFT


class Goal(Versioned, Once):
    """Something the person wants to reach, in his own words. ``carried_from``: the goal of the version before."""

    class Outcome(models.TextChoices):
        OPEN = "", "Still open"
        ACHIEVED = "ACHIEVED", "Achieved"
        MOSTLY = "MOSTLY", "Mostly achieved"
        PARTLY = "PARTLY", "Partly achieved"
        NOT_ACHIEVED = "NOT_ACHIEVED", "Not achieved"
        DROPPED = "DROPPED", "No longer wanted"

    class Area(models.TextChoices):
        DRUGS = "DRUGS", "Drugs"
        ALCOHOL = "ALCOHOL", "Alcohol"
        HEALTH = "HEALTH", "Health"
        MIND = "MIND", "Feelings and thoughts"
        FAMILY = "FAMILY", "Family and friends"
        HOUSING = "HOUSING", "Somewhere to live"
        WORK = "WORK", "Work and learning"
        MONEY = "MONEY", "Money"
        OFFENDING = "OFFENDING", "Staying out of trouble"
        OTHER = "OTHER", "Something else"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="goals")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    words = models.TextField(max_length=1000)
    area = models.CharField(max_length=20, choices=Area)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    outcome_on = models.DateField(null=True, blank=True)
    outcome_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome_note = models.CharField(max_length=500, blank=True)
    carried_from = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="carried_to"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.CheckConstraint(
                name="goal_outcome_has_a_day",
                condition=Q(outcome="", outcome_on=None) | (~Q(outcome="") & Q(outcome_on__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="goal_of_person")]


class Action(Versioned, Once):
    """One step towards a goal: what, who, by when. ``worker`` owns it, or the person himself, or somebody named in ``other``.

    ``carried_from``: the action of the version before, as with goals.
    """

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
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    carried_from = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="carried_to"
    )
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

    @property
    def who(self):
        """Who does it, in words for the team; asks for the worker unless that was fetched along."""
        return str(self.worker) if self.worker_id else self.other or self.get_owner_display()
