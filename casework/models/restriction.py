"""Whose record is restricted and who may see it all the same; who opened a record outside his own work, and why."""

from django.db import models
from django.db.models import Q

from casework.access import Role
from casework.models.base import Once, OnceQuerySet, PersonalOnceQuerySet
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class RestrictionQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Restrictions in the prison of ``user``: managers keep them, others are shown none."""
        return self.filter(prison_id=user.prison_id) if user.role == Role.MANAGER else self.none()

    def open(self):
        """Restrictions that have not been lifted."""
        return self.filter(lifted_at=None)


class Restriction(Once):
    """The record of a relative of staff, or of somebody in the public eye: hidden from everybody but the staff named here."""

    class Kind(models.TextChoices):
        STAFF_RELATIVE = "STAFF_RELATIVE", "Relative or friend of staff"
        HIGH_PROFILE = "HIGH_PROFILE", "In the public eye"
        OTHER = "OTHER", "Another reason"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="restrictions")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=7)
    kind = models.CharField(max_length=14, choices=Kind)
    reason = models.CharField(max_length=500)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lifted_why = models.CharField(max_length=500, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(lifted_at=None),
                name="one_open_restriction_per_person",
                violation_error_message="This record is restricted already.",
            ),
        ]
        indexes = [models.Index(fields=["prison"], condition=Q(lifted_at=None), name="restriction_open")]


class RestrictionAccess(models.Model):
    """Somebody who may see a restricted record, from a moment until another. ``reason``: why a manager named himself."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="accesses")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["from_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["restriction", "user"],
                condition=Q(until_at=None),
                name="one_open_access_per_user",
                violation_error_message="This person is named already.",
            ),
        ]


class RecordAccessQuerySet(PersonalOnceQuerySet):
    def live(self, at):
        """Accesses that still open the record at the moment ``at``."""
        return self.filter(from_at__lte=at, until_at__gt=at)


class RecordAccess(Once):
    """A record opened outside one's own work, with the reason given: it opens for three hours, and a manager reads it next day."""

    HOURS = 3

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = RecordAccessQuerySet.as_manager()

    class Meta:
        ordering = ["-from_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "person", "until_at"], name="record_access_of_user"),
            models.Index(fields=["prison", "-from_at"], name="record_access_of_prison"),
        ]
