"""Sessions that are meant to be held with one person, and what else stands in his day."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, Room, User
from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned
from interventions.models.contact import Contact, ContactType


class AppointmentQuerySet(PersonalOnceQuerySet):
    def standing(self):
        """Appointments that were neither written up nor called off."""
        return self.filter(contact=None, called_off_at=None)

    def owed(self, appointment):
        """``appointment``, locked until the transaction is over, if it is still to be written up; else ValidationError says why not."""
        row = self.select_for_update(of=["self"], no_key=True).get(pk=appointment.pk)
        if row.contact_id:
            raise ValidationError("This session was written up already. Look at the sessions below.", code="written_up")
        if row.called_off_at:
            raise ValidationError("This session was called off. Log it without the appointment if it took place.")
        return row


class Appointment(Versioned, Once):
    """A session that somebody of the team means to hold. Until it is written up as a ``contact``, or called off, it is owed."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    type = models.ForeignKey(ContactType, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=60, blank=True)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
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
            models.Index(fields=["prison", "at"], name="appointment_of_prison"),
        ]

    @property
    def until(self):
        return self.at + timedelta(minutes=self.minutes)

    @property
    def where(self):
        """The room and the place in words; asks for the room unless that was fetched along."""
        return ", ".join(filter(None, [str(self.room) if self.room_id else "", self.place]))

    @property
    def stands(self):
        return not (self.contact_id or self.called_off_at)


class AppointmentMove(models.Model):
    """An appointment was given another time, room or worker: what it was before."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="moves")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    before_at = models.DateTimeField()
    before_minutes = models.PositiveSmallIntegerField()
    before_place = models.CharField(max_length=60, blank=True)
    before_room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    before_worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    @property
    def before_where(self):
        """The room and the place that it had; asks for the room unless that was fetched along."""
        return ", ".join(filter(None, [str(self.before_room) if self.before_room_id else "", self.before_place]))


class Commitment(Once):
    """Something else in somebody's day, as staff heard of it: a visit, healthcare, work. A wrong one is withdrawn.

    Days at court are ``CourtDate`` rows of casework.
    """

    class Kind(models.TextChoices):
        VISIT = "VISIT", "Visit"
        LEGAL = "LEGAL", "Legal visit"
        HEALTHCARE = "HEALTHCARE", "Healthcare"
        ADJUDICATION = "ADJUDICATION", "Adjudication"
        EDUCATION = "EDUCATION", "Education"
        WORK = "WORK", "Work"
        OTHER = "OTHER", "Something else"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="commitments")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    said_by = models.CharField(max_length=120)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="commitment_ends_after_start",
                condition=Q(ends_at__gt=models.F("starts_at")),
                violation_error_message="It ends after it starts.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "starts_at"], name="commitment_of_prison")]
