"""Rolls that were uploaded, and what became of them."""

import uuid

from django.db import models

from casework.models.base import OnceQuerySet
from casework.models.prison import Prison
from casework.models.staff import User


class RollImportQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Imports of the prison of ``user``."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)

    def waiting(self):
        """Imports that the next sweep takes: to preview, or confirmed and to make live."""
        return self.filter(state__in=RollImport.IN_HAND, attempts__lt=RollImport.MOST_ATTEMPTS)


class RollImport(models.Model):
    """One roll file: uploaded → previewed → confirmed → done, or refused. The content is emptied once it is done."""

    class State(models.TextChoices):
        UPLOADED = "UPLOADED", "Being read"
        PREVIEWED = "PREVIEWED", "Waiting for you to confirm"
        CONFIRMED = "CONFIRMED", "Being imported"
        DONE = "DONE", "Done"
        REFUSED = "REFUSED", "Refused"
        CANCELLED = "CANCELLED", "Cancelled"

    IN_HAND = (State.UPLOADED, State.CONFIRMED)
    MOST_ATTEMPTS = 5

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="roll_imports")
    nonce = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    filename = models.CharField(max_length=120)
    content = models.BinaryField(blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.UPLOADED)
    accept_shrink = models.BooleanField(default=False)
    progress = models.PositiveSmallIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RollImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        indexes = [models.Index(fields=["prison", "-uploaded_at"], name="roll_import_of_prison")]

    @property
    def is_in_hand(self):
        """Whether the background has yet to do something, and has not given up."""
        return self.state in self.IN_HAND and self.attempts < self.MOST_ATTEMPTS

    @property
    def is_stuck(self):
        """Whether the background has given up: a person has to look."""
        return self.state in self.IN_HAND and self.attempts >= self.MOST_ATTEMPTS
