"""Figures that were computed for a month."""

from django.db import models
from django.db.models import Q

from casework.models import Prison, User


class MonthlyFiguresQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Figures of the prison of ``user``; partners see none."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)

    def waiting(self):
        """Months that the next sweep computes."""
        return self.filter(state=MonthlyFigures.State.WAITING, attempts__lt=5)

    def exhausted(self):
        """Months that were tried often enough."""
        return self.filter(state=MonthlyFigures.State.WAITING, attempts__gte=5)


class MonthlyFigures(models.Model):
    """The figures of one prison in one month, as last computed. ``figures``: indicator name → value and definition."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting to be computed"
        COMPUTED = "COMPUTED", "Computed"
        FAILED = "FAILED", "Could not be computed"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="months")
    month = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    figures = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    computed_at = models.DateTimeField(null=True, blank=True)

    objects = MonthlyFiguresQuerySet.as_manager()

    class Meta:
        ordering = ["-month"]
        verbose_name_plural = "monthly figures"
        constraints = [
            models.UniqueConstraint(fields=["prison", "month"], name="one_row_per_month"),
            models.CheckConstraint(name="month_is_its_first_day", condition=Q(month__day=1)),
        ]

    @property
    def is_awaited(self):
        """Whether a worker has been asked and has not answered yet."""
        return self.state == self.State.WAITING

    @property
    def progress_text(self):
        return f"{self.progress} % done." if self.progress else "The next free worker takes it, in some seconds."


class MonthlyPeople(models.Model):
    """How many records of each person a month's figures counted: indicator → part → key of the person → number.

    No user reads it. The database answers from it how many records of restricted people stand behind a number, so that whoever is not
    shown them sees that the number and its list agree.
    """

    figures = models.OneToOneField(MonthlyFigures, on_delete=models.PROTECT, related_name="people")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "monthly people"
