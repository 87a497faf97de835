"""What was asked and answered: assessments, substances, scores of instruments, the outcomes profile. Every administration is kept."""

from django.db import models
from django.db.models import Q

from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned
from casework.models.case import Case
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class AssessmentQuerySet(PersonalOnceQuerySet):
    def completed(self):
        """Assessments that are finished."""
        return self.filter(completed_at__isnull=False)

    def current(self):
        """Assessments that no later finished one corrects."""
        return self.filter(Q(superseded_by=None) | Q(superseded_by__completed_at=None))


class Assessment(Versioned, Once):
    """Answers to one version of a question set, kept as they are given. A finished one is corrected by another that ``supersedes`` it."""

    class Kind(models.TextChoices):
        TRIAGE = "TRIAGE", "Triage assessment"
        COMPREHENSIVE = "COMPREHENSIVE", "Comprehensive assessment"
        REVIEW = "REVIEW", "Review assessment"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=13, choices=Kind)
    questions = models.CharField(max_length=40)
    answers = models.JSONField(default=dict, blank=True)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_on = models.DateField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(completed_at=None),
                name="one_unfinished_assessment_per_kind",
                violation_error_message="There is an unfinished one already. Go on with that.",
            ),
            models.CheckConstraint(
                name="finished_assessment_has_a_day",
                condition=Q(completed_at=None) | Q(done_on__isnull=False, completed_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "person", "kind"], name="assessment_of_person"),
            models.Index(fields=["prison", "done_on"], name="assessment_of_prison"),
        ]


class SubstanceUse(models.Model):
    """One substance in an assessment, the most troublesome first."""

    class Route(models.TextChoices):
        SWALLOWED = "SWALLOWED", "Swallowed"
        SMOKED = "SMOKED", "Smoked or vaped"
        SNORTED = "SNORTED", "Snorted"
        INJECTED = "INJECTED", "Injected"
        OTHER = "OTHER", "Another way"

    class Frequency(models.TextChoices):
        DAILY = "DAILY", "Every day"
        WEEKLY = "WEEKLY", "Every week"
        MONTHLY = "MONTHLY", "Every month"
        OCCASIONAL = "OCCASIONAL", "Now and then"
        NOT_USED = "NOT_USED", "Not used"

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="substances")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()
    substance = models.CharField(max_length=30)
    route = models.CharField(max_length=9, choices=Route)
    age_first_used = models.PositiveSmallIntegerField(null=True, blank=True)
    before_custody = models.CharField(max_length=10, choices=Frequency)
    now = models.CharField(max_length=10, choices=Frequency)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["assessment", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "rank"], condition=Q(ended_at=None), name="one_substance_per_rank"
            ),
            models.UniqueConstraint(
                fields=["assessment", "substance"],
                condition=Q(ended_at=None),
                name="each_substance_once",
                violation_error_message="This substance is named already.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="substance_of_person")]


class Score(Once):
    """One administration of an instrument: the items as answered, the total as computed from them. Never changed, never dropped.

    ``about``: the one drug that was asked about. ``safer_custody_note`` says why safer custody was not told.
    """

    class SaferCustody(models.TextChoices):
        NOT_NEEDED = "", "Not needed"
        TOLD = "TOLD", "Safer custody was told"
        NOT_TOLD = "NOT_TOLD", "Safer custody was not told"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="scores")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    tool = models.CharField(max_length=12)
    tool_version = models.CharField(max_length=12)
    about = models.CharField(max_length=30, blank=True)
    items = models.JSONField()
    total = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=60, blank=True)
    asked_on = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    safer_custody = models.CharField(max_length=8, choices=SaferCustody, blank=True, default="")
    safer_custody_whom = models.CharField(max_length=120, blank=True)
    safer_custody_at = models.DateTimeField(null=True, blank=True)
    safer_custody_note = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="score_says_who_was_told_or_why_not",
                condition=Q(safer_custody="")
                | (Q(safer_custody="TOLD", safer_custody_at__isnull=False) & ~Q(safer_custody_whom=""))
                | (Q(safer_custody="NOT_TOLD") & ~Q(safer_custody_note="")),
            ),
        ]
        indexes = [models.Index(fields=["prison", "person", "tool", "asked_on"], name="score_of_person")]


class OutcomesProfile(Once):
    """One treatment outcomes profile (TOP, domain.md 4.1): it has no total.

    The answers are about the days from ``period_from`` to ``period_until``. ``outside_why``: why it was made outside its window.
    """

    class Stage(models.TextChoices):
        START = "START", "Start"
        REVIEW = "REVIEW", "Review"
        EXIT = "EXIT", "Exit"
        POST_EXIT = "POST_EXIT", "After exit"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="outcomes_profiles")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=9, choices=Stage)
    done_on = models.DateField()
    period_from = models.DateField()
    period_until = models.DateField()
    outside_why = models.CharField(max_length=200, blank=True)
    answers = models.JSONField()
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-done_on", "-pk"]
        verbose_name = "outcomes profile"
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(stage="START"),
                name="one_start_profile_per_case",
                violation_error_message="This case has its start profile already.",
            ),
            models.CheckConstraint(
                name="outcomes_period_ends_after_start", condition=Q(period_until__gte=models.F("period_from"))
            ),
        ]
        indexes = [models.Index(fields=["prison", "person", "done_on"], name="outcomes_of_person")]
