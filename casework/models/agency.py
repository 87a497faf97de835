"""The address book: organisations outside the team that people are handed over to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models.base import Versioned


class AgencyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Every agency to staff; to a partner his own."""
        return self.filter(pk=user.agency_id) if user.agency_id else self.all()

    def current(self):
        """Agencies still in the book."""
        return self.filter(ended_on=None)

    def with_current_areas(self):
        """Each agency with ``current_areas``: those it still covers."""
        areas = AgencyArea.objects.filter(ended_on=None)
        return self.prefetch_related(models.Prefetch("areas", areas, to_attr="current_areas"))

    def with_contact(self):
        """Each agency with ``contacts``: its point of contact, if it has one."""
        return self.prefetch_related(models.Prefetch("people", AgencyPerson.objects.contacts(), to_attr="contacts"))


class Agency(Versioned):
    """An organisation that may receive handovers, once there is a protocol with it."""

    class Kind(models.TextChoices):
        DIP = "DIP", "Community drug and alcohol team"
        PROBATION = "PROBATION", "Probation"
        VOLUNTARY = "VOLUNTARY", "Voluntary service"
        CLINICAL = "CLINICAL", "Clinical service"
        TESTING = "TESTING", "Drug testing, in this prison"
        SEGREGATION = "SEGREGATION", "Segregation unit, in this prison"
        SAFER = "SAFER", "Safer custody, in this prison"
        HEALTHCARE = "HEALTHCARE", "Healthcare, in this prison"
        OTHER = "OTHER", "Other"

    # Departments of the prison itself: they tell the team something, and see no more than whether it was seen.
    INWARD = [Kind.TESTING, Kind.SEGREGATION, Kind.SAFER, Kind.HEALTHCARE]

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.DIP)
    mailbox = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    address = models.TextField(blank=True)
    opening = models.CharField(max_length=300, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_agency_per_name",
                violation_error_message="There is already an agency with this name.",
            ),
        ]

    @property
    def is_department(self):
        """Whether it is a department of the prison itself."""
        return self.kind in self.INWARD

    def __str__(self):
        return self.name


class AgencyArea(models.Model):
    """A local authority that an agency covers, from a day until it is ended."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="areas")
    area = models.CharField(max_length=60)
    from_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["area"]
        constraints = [
            models.UniqueConstraint(
                "agency",
                Lower("area"),
                condition=Q(ended_on=None),
                name="one_open_area_per_agency",
                violation_error_message="The agency covers this area already.",
            ),
        ]

    def __str__(self):
        return self.area


class AgencyPersonQuerySet(models.QuerySet):
    def current(self):
        """People who still work there."""
        return self.filter(ended_on=None)

    def contacts(self):
        """The one point of contact of each agency."""
        return self.current().filter(is_contact=True)


class AgencyPerson(Versioned):
    """Somebody who works at an agency. ``is_contact``: the one point of contact; what goes to the mailbox is for him."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="people")
    name = models.CharField(max_length=120)
    post = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    is_contact = models.BooleanField(default=False)
    ended_on = models.DateField(null=True, blank=True)

    objects = AgencyPersonQuerySet.as_manager()

    class Meta:
        ordering = ["-is_contact", "name"]
        verbose_name_plural = "agency people"
        constraints = [
            models.UniqueConstraint(
                "agency",
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_name_per_agency",
                violation_error_message="The agency has somebody of this name already.",
            ),
            models.UniqueConstraint(
                fields=["agency"],
                condition=Q(ended_on=None, is_contact=True),
                name="one_contact_per_agency",
                violation_error_message="The agency has a point of contact already.",
            ),
        ]

    def __str__(self):
        return self.name
