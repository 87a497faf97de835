"""What somebody agreed may be shared, with whom."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from casework.models.agency import Agency
from casework.models.base import Once, PersonalOnceQuerySet
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class ConsentQuerySet(PersonalOnceQuerySet):
    def live(self, on):
        """Consents given, not withdrawn and not run out on the day ``on``."""
        return self.filter(given=True, withdrawn_at=None, expires_on__gte=on)


class Consent(Once):
    """An answer given by a person to whether one agency may be told. A new answer is a new row; a consent is withdrawn, never undone."""

    WORDING = "2026-1"

    class State(models.TextChoices):
        GIVEN = "GIVEN", "Given"
        REFUSED = "REFUSED", "Refused"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"
        EXPIRED = "EXPIRED", "Run out"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    given = models.BooleanField()
    wording = models.CharField(max_length=20, default=WORDING)
    asked_on = models.DateField()
    expires_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison", "agency"],
                condition=Q(given=True, withdrawn_at=None),
                name="one_live_consent_per_agency",
                violation_error_message="There is already a consent for this agency. Withdraw it before recording another.",
            ),
            models.CheckConstraint(
                name="consent_expires_after_asking",
                condition=Q(expires_on__gt=models.F("asked_on")),
                violation_error_message="A consent runs out after the day it was given.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "person"], name="consent_of_person"),
            models.Index(fields=["agency", "person"], name="consent_of_agency"),
        ]

    def state_on(self, day):
        """How the answer stands on ``day``. One that had run out before another took its place was never withdrawn."""
        if not self.given:
            return self.State.REFUSED
        ended = self.withdrawn_at and timezone.localdate(self.withdrawn_at)
        if ended and ended <= self.expires_on:
            return self.State.WITHDRAWN
        return self.State.EXPIRED if self.expires_on < day else self.State.GIVEN
