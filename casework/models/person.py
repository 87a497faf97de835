"""A person, once, whatever numbers he was given."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from casework.models.base import Versioned, hidden_from


class PersonQuerySet(models.QuerySet):
    def visible_to(self, user):
        """People whom the prison of ``user`` holds or held and who are not hidden from him.

        Partners reach people through handovers, never through this.
        """
        if user.is_partner:
            return self.none()
        return self._of_prison(user).filter(merged_into=None)

    def merged_away(self, user):
        """Numbers that were merged into another; ``visible_to`` shows the record that was kept."""
        return self.none() if user.is_partner else self._of_prison(user).exclude(merged_into=None)

    def _of_prison(self, user):
        return self.filter(prison_ids__contains=[user.prison_id]).exclude(pk__in=hidden_from(user))


class Person(Versioned):
    """Somebody who is or was in prison. Prison numbers merge, so the number is an attribute and not the key (domain.md 8.8).

    ``roll_values`` keeps what the roll last said of each field: a field that differs from it was edited by staff, and the
    next roll leaves it alone. ``prison_ids`` is the scope of row security: every prison that ever held the person.
    """

    class Sex(models.TextChoices):
        MALE = "M", "Male"
        FEMALE = "F", "Female"
        NOT_KNOWN = "NK", "Not known"
        NOT_SPECIFIED = "NS", "Not specified"

    number = models.CharField(max_length=7, unique=True)
    surname = models.CharField(max_length=60)
    forenames = models.CharField(max_length=80)
    surname_key = models.CharField(max_length=80, db_collation="C")
    forenames_key = models.CharField(max_length=100, db_collation="C")
    surname_sound = models.CharField(max_length=40, blank=True, default="", db_collation="C")
    date_of_birth = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=2, choices=Sex, default=Sex.NOT_KNOWN)
    ethnicity = models.CharField(max_length=60, blank=True)
    pnc = models.CharField(max_length=16, blank=True)
    cro = models.CharField(max_length=16, blank=True)
    roll_values = models.JSONField(default=dict, blank=True)
    prison_ids = ArrayField(models.BigIntegerField(), default=list)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["surname_key", "forenames_key", "pk"]
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(name="person_number_shape", condition=Q(number__regex=r"^[A-Z]\d{4}[A-Z]{2}$")),
        ]
        indexes = [
            GinIndex(fields=["prison_ids"], name="person_prisons"),
            models.Index(fields=["surname_key", "forenames_key"], name="person_surname"),
            models.Index(fields=["forenames_key"], name="person_forenames"),
            models.Index(fields=["surname_sound"], name="person_sound"),
            models.Index(fields=["date_of_birth"], name="person_birth"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        """Forenames and surname as they are shown."""
        return f"{self.forenames} {self.surname}"

    @property
    def list_name(self):
        """Surname first, as it stands in lists."""
        return f"{self.surname}, {self.forenames}"


class FormerNumber(models.Model):
    """A number that was merged away and still finds the person."""

    number = models.CharField(max_length=7, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="former_numbers")
    prison_ids = ArrayField(models.BigIntegerField(), default=list)
    since = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(fields=["prison_ids"], name="former_number_prisons")]
