"""Cases and who holds them."""

from django.db import models
from django.db.models import Q

from casework.models.base import Once, OnceQuerySet
from casework.models.custody import CustodySpell
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class CaseQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Cases of the prison of ``user``; partners see none."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)

    def open(self):
        """Cases that are not closed."""
        return self.filter(closed_on=None)

    def held_by(self, user):
        """Cases that ``user`` holds now."""
        return self.filter(allocations__worker=user, allocations__until_at=None)


class Case(Once):
    """The team's work with a person in one spell of custody. A returner gets a new case that names the previous one."""

    class Close(models.TextChoices):
        COMPLETED = "COMPLETED", "Work completed"
        RELEASED = "RELEASED", "Left: planned release"
        RELEASED_COURT = "RELEASED_COURT", "Left: released from court"
        TRANSFERRED = "TRANSFERRED", "Left: transferred"
        WITHDREW = "WITHDREW", "Person withdrew"
        WITHDRAWN = "WITHDRAWN", "Withdrawn by the team"
        DIED = "DIED", "Died"
        MERGED = "MERGED", "Recorded under another number"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="cases")
    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="cases")
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="next")
    opened_on = models.DateField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    close_reason = models.CharField(max_length=14, choices=Close, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(closed_on=None),
                name="one_open_case_per_person",
                violation_error_message="This person already has an open case.",
            ),
            models.CheckConstraint(
                name="case_close_has_day_and_reason",
                condition=Q(closed_on=None, close_reason="") | (Q(closed_on__isnull=False) & ~Q(close_reason="")),
            ),
            models.CheckConstraint(
                name="case_closes_after_opening",
                condition=Q(closed_on=None) | Q(closed_on__gte=models.F("opened_on")),
                violation_error_message="A case closes on or after the day it was opened.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "opened_on", "closed_on"], name="case_of_prison"),
            models.Index(fields=["prison", "person"], name="case_of_person"),
        ]


class Allocation(models.Model):
    """Who holds a case, from a moment until another. A case has one open allocation at most: the database sees to it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="allocations")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="allocations")
    reason = models.CharField(max_length=200, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-from_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(until_at=None),
                name="one_open_allocation_per_case",
                violation_error_message="This case is already allocated.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "worker"], condition=Q(until_at=None), name="allocation_open")]
