"""What the team does with people. Every face-to-face piece of work is one row per person, and all activity figures come from it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models import Case, Person, Prison, User
from casework.models.base import Once, PersonalOnceQuerySet, Versioned


class ContactType(Versioned):
    """A kind of contact. ``counted`` ones are interventions; ``structured`` ones are booked and follow the care plan."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    structured = models.BooleanField(default=False)
    counted = models.BooleanField(default=True)
    group = models.BooleanField(default=False)
    usual_minutes = models.PositiveSmallIntegerField(default=30)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("code"), name="one_contact_type_per_code")]

    def __str__(self):
        return self.name


class AppointmentQuerySet(PersonalOnceQuerySet):
    def standing(self):
        """Appointments that were neither written up nor called off."""
        return self.filter(contact=None, called_off_at=None)


class ContactQuerySet(PersonalOnceQuerySet):
    def took_place(self):
        """Contacts that happened, whatever their kind."""
        return self.filter(outcome=Contact.Outcome.TOOK_PLACE)


class Contact(Once):
    """One person seen, or not seen and why. The reason says whose it was: the person's, the prison's or ours (domain.md 6.2)."""

    class Outcome(models.TextChoices):
        TOOK_PLACE = "TOOK_PLACE", "Took place"
        PERSON_REFUSED = "PERSON_REFUSED", "Person: refused"
        PERSON_ILL = "PERSON_ILL", "Person: ill"
        PERSON_CLASH = "PERSON_CLASH", "Person: visit, court or work"
        REGIME_NOT_UNLOCKED = "REGIME_NOT_UNLOCKED", "Prison: not unlocked or no escort"
        REGIME_CURTAILED = "REGIME_CURTAILED", "Prison: regime curtailed"
        REGIME_MOVED = "REGIME_MOVED", "Prison: moved away"
        TEAM_NO_ROOM = "TEAM_NO_ROOM", "Team: no room"
        TEAM_ABSENT = "TEAM_ABSENT", "Team: worker absent"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contacts")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="contacts")
    type = models.ForeignKey(ContactType, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=19, choices=Outcome, default=Outcome.TOOK_PLACE)
    note = models.TextField(max_length=10000, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_minutes_in_range",
                condition=Q(minutes__gte=1, minutes__lte=480),
                violation_error_message="Minutes are between 1 and 480.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["prison", "at"], include=["type", "outcome", "minutes", "person"], name="contact_of_prison"
            ),
            models.Index(fields=["prison", "person", "at"], name="contact_of_person"),
            models.Index(fields=["prison", "worker", "at"], name="contact_of_worker"),
        ]


class Appointment(Once):
    """A session that somebody of the team means to hold. Until it is written up as a ``contact``, or called off, it is owed."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    type = models.ForeignKey(ContactType, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=60, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="appointment")
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    called_off_why = models.CharField(max_length=200, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="appointment_minutes_in_range",
                condition=Q(minutes__gte=1, minutes__lte=480),
                violation_error_message="Minutes are between 1 and 480.",
            ),
            models.CheckConstraint(
                name="appointment_written_up_or_called_off",
                condition=Q(contact=None) | Q(called_off_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["prison", "worker", "at"],
                condition=Q(contact=None, called_off_at=None),
                name="appointment_standing",
            ),
            models.Index(fields=["prison", "person", "at"], name="appointment_of_person"),
        ]
