"""What is planned for somebody's release, and how he is supported in the weeks after it."""

from django.db import models

from casework.models import Agency, Case, Person, Prison, User
from casework.models.base import Once, PersonalOnceQuerySet, Versioned


class ReleasePlan(Versioned, Once):
    """What a handover would say if somebody walked free today: begun with the case, written on until he leaves.

    ``content`` has the shape of a handover's (``partners.operations.handovers.make``); ``agency``: where he means to go.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="release_plan")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    content = models.JSONField(default=dict, blank=True)
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    written_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalOnceQuerySet.as_manager()


class Aftercare(Once):
    """Support that the team gave somebody after his release, for eight weeks at most (domain.md 8.4)."""

    class How(models.TextChoices):
        TELEPHONE = "TELEPHONE", "By telephone"
        GATE = "GATE", "At the gate"
        IN_PERSON = "IN_PERSON", "In person"
        LETTER = "LETTER", "By letter"
        AGENCY = "AGENCY", "Through the agency"

    class Outcome(models.TextChoices):
        REACHED = "REACHED", "Reached"
        NOT_REACHED = "NOT_REACHED", "Not reached"
        DECLINED = "DECLINED", "Wants no more support"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="aftercare")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    how = models.CharField(max_length=9, choices=How)
    outcome = models.CharField(max_length=11, choices=Outcome)
    note = models.TextField(max_length=2000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["prison", "on"], name="aftercare_of_prison")]
