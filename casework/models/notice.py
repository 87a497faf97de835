"""What a worker must know before he meets somebody, and which changes he has taken note of."""

from django.db import models
from django.db.models import Q

from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class KeepApartQuerySet(PersonalOnceQuerySet):
    def visible_to(self, user):
        """Keep-aparts, names and all, to those who plan rooms and groups; to others none."""
        return super().visible_to(user) if user.has_duty(User.Duty.SCHEDULE) else self.none()

    def current(self):
        """Keep-aparts that have not ended."""
        return self.filter(ended_on=None)

    def of(self, person):
        """Keep-aparts of ``person``, whichever of the two he is."""
        return self.filter(Q(person=person) | Q(other=person))


class KeepApart(Once):
    """Two people who must not meet (domain.md 6.3). Written once for both: ``person`` is the one with the lower key."""

    class Scope(models.TextChoices):
        CELL = "CELL", "Not in one cell"
        LANDING = "LANDING", "Not on one landing"
        WING = "WING", "Not on one wing"
        ROOM = "ROOM", "Not in one room or group"

    class Reason(models.TextChoices):
        BULLYING = "BULLYING", "Bullying"
        GANG = "GANG", "Gang"
        ORGANISED = "ORGANISED", "Organised crime"
        LEGAL = "LEGAL", "Police or legal request"
        THREAT = "THREAT", "Threat"
        VIOLENCE = "VIOLENCE", "Violence"
        OTHER = "OTHER", "Other"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=7, choices=Scope)
    reason = models.CharField(max_length=9, choices=Reason)
    said_by = models.CharField(max_length=120)
    from_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    end_said_by = models.CharField(max_length=120, blank=True)
    end_why = models.CharField(max_length=200, blank=True)

    objects = KeepApartQuerySet.as_manager()

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="keep_apart_names_two_people",
                condition=Q(person__lt=models.F("other")),
                violation_error_message="Choose two different people.",
            ),
            models.CheckConstraint(
                name="keep_apart_ends_after_start",
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("from_on")),
                violation_error_message="It ends on or after the day from which they were kept apart.",
            ),
            models.UniqueConstraint(
                fields=["person", "other", "prison"],
                condition=Q(ended_on=None),
                name="one_open_keep_apart_per_pair",
                violation_error_message="These two are kept apart already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "person"], condition=Q(ended_on=None), name="keep_apart_of_person"),
            models.Index(fields=["prison", "other"], condition=Q(ended_on=None), name="keep_apart_of_other"),
        ]

    def other_than(self, person):
        """The key of the one of the two who is not ``person``."""
        return self.other_id if self.person_id == person.pk else self.person_id


class AcknowledgementQuerySet(PersonalQuerySet):
    def standing(self):
        """Acknowledgements that were not taken back."""
        return self.filter(withdrawn_at=None)


class Acknowledgement(models.Model):
    """A worker has taken note of one change: ``kind`` and ``key`` name the row that tells it. What was noted together has one ``at``."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    key = models.BigIntegerField()
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "key"], condition=Q(withdrawn_at=None), name="one_acknowledgement_per_change"
            )
        ]
        indexes = [
            models.Index(fields=["prison", "person"], name="acknowledgement_of_person"),
            models.Index(fields=["user", "-at"], condition=Q(withdrawn_at=None), name="acknowledgement_standing"),
        ]
