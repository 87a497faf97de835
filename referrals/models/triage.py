"""What the duty worker decided."""

from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, User
from casework.models.base import PersonalQuerySet
from referrals.models.referral import Referral


class Triage(models.Model):
    """The initial assessment that answers a referral: what the person needs, and whether we take a case on.

    ``ask_again``: somebody who declined may be offered again after the prison's period (domain.md 8.3).
    """

    class Outcome(models.TextChoices):
        OPEN = "OPEN", "Open a case"
        DECLINED = "DECLINED", "Person declined"
        INAPPROPRIATE = "INAPPROPRIATE", "Not for this team"
        REPEAT = "REPEAT", "Already on the caseload"
        LEFT = "LEFT", "Left before being seen"

    ASSESSED = {Outcome.OPEN, Outcome.REPEAT}

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="triage")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="triages")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=13, choices=Outcome)
    substances = models.CharField(max_length=200, blank=True)
    needs = models.TextField(max_length=5000, blank=True)
    ask_again = models.BooleanField(default=True)
    done_on = models.DateField()
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-done_on", "-pk"]
        verbose_name_plural = "triages"
        indexes = [
            models.Index(fields=["prison", "done_on"], name="triage_of_prison"),
            models.Index(fields=["prison", "person"], name="triage_of_person"),
            models.Index(fields=["prison", "done_on"], condition=Q(outcome="DECLINED"), name="triage_declined"),
        ]

    @property
    def result(self):
        """The outcome as something that has happened."""
        return "Case opened" if self.outcome == self.Outcome.OPEN else self.get_outcome_display()

    @property
    def is_assessment(self):
        """Whether somebody was seen and assessed, which is what *initial assessments* counts (domain.md 7.3)."""
        return self.outcome in self.ASSESSED
