"""The people who use the system, what they cover and when they are away."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from casework.access import Role
from casework.models.agency import Agency
from casework.models.base import Versioned
from casework.models.prison import Prison, Wing


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Accounts of the same prison; a partner sees those of his own agency."""
        if user.agency_id:
            return self.filter(agency_id=user.agency_id)
        return self.filter(prison_id=user.prison_id)

    def active(self):
        """Accounts that may sign in."""
        return self.filter(is_active=True)

    def kept_by(self, lead):
        """Accounts that the lead of an agency changes: his own, and those of people who lead nothing (casework/sql/accounts.sql)."""
        return self.filter(Q(is_lead=False) | Q(pk=lead.pk))

    def caseworkers(self):
        """People who may hold cases."""
        return self.active().filter(role__in=[Role.KEYWORKER, Role.MANAGER])

    def away_on(self, day):
        """Accounts whose owner is away on ``day``."""
        return self.filter(
            absences__withdrawn_at=None, absences__from_on__lte=day, absences__until_on__gte=day
        ).distinct()

    def with_absences_on(self, day):
        """Each account with ``away_until``: the last day of an absence that covers ``day``, or None."""
        away = Absence.objects.filter(user=OuterRef("pk"), withdrawn_at=None, from_on__lte=day, until_on__gte=day)
        return self.annotate(away_until=Subquery(away.values("until_on")[:1]))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username):
        return self.get(username__iexact=username)

    def system(self):
        """The account that scheduled work acts as, which nobody can sign in with. Known without a query: the first migration made it."""
        return User(
            pk=1,
            username="system",
            full_name="Wingwalk",
            role=Role.SYSTEM,
            employer=User.Employer.SYSTEM,
            is_active=False,
        )


class User(Versioned, AbstractBaseUser):
    """An account. Made by an administrator, deactivated when somebody leaves, never deleted.

    ``is_lead``: keeps the accounts of his own agency. ``second_factor_at``: since when a code is asked at each sign-in; the database
    forgets the secret behind it with this (casework/sql/accounts.sql).
    """

    class Employer(models.TextChoices):
        CHARITY = "CHARITY", "Charity"
        PRISON = "PRISON", "Prison service"
        AGENCY = "AGENCY", "Partner agency"
        SYSTEM = "SYSTEM", "None"

    class Duty(models.TextChoices):
        CLINICAL = "CLINICAL", "Reads and writes clinical notes"
        SCHEDULE = "SCHEDULE", "Plans rooms and groups, and sees who is kept apart"
        TESTS = "TESTS", "Records drug tests, and sees whose result is whose"

    username = models.CharField(max_length=60, unique=True)
    full_name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=13, choices=Role)
    employer = models.CharField(max_length=7, choices=Employer)
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, null=True, blank=True, related_name="staff")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="staff")
    duties = ArrayField(models.CharField(max_length=8, choices=Duty), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(default=25)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    is_lead = models.BooleanField(default=False)
    second_factor_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["full_name"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="one_account_per_username", violation_error_message="This user name is taken."
            ),
            models.CheckConstraint(
                name="everybody_has_a_prison",
                condition=Q(role=Role.SYSTEM, prison=None) | (~Q(role=Role.SYSTEM) & Q(prison__isnull=False)),
            ),
            models.CheckConstraint(
                name="partners_and_only_partners_have_an_agency",
                condition=Q(role=Role.PARTNER, agency__isnull=False) | (~Q(role=Role.PARTNER) & Q(agency=None)),
                violation_error_message="A partner has an agency, and nobody else has.",
            ),
            models.CheckConstraint(
                name="partners_lead_their_agency",
                condition=Q(is_lead=False) | Q(role=Role.PARTNER),
                violation_error_message="Only somebody of an agency keeps its accounts.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "full_name"], name="staff_of_prison"),
            models.Index(fields=["agency"], name="staff_of_agency"),
        ]

    def __str__(self):
        return self.full_name

    def get_full_name(self):
        return self.full_name

    def get_session_auth_hash(self):
        """Changes with the password, the second factor, the role, the prison and the agency: a session ends when any of them does."""
        return self._standing_hash()

    def get_session_auth_fallback_hash(self):
        return []

    def _standing_hash(self):
        standing = f"{self.password}|{self.role}|{self.prison_id}|{self.agency_id}|{self.is_active}"
        standing += f"|{self.second_factor_at.timestamp()}" if self.second_factor_at else ""
        return salted_hmac("casework.standing", standing, algorithm="sha256").hexdigest()

    @property
    def is_partner(self):
        return self.role == Role.PARTNER

    @property
    def needs_second_factor(self):
        """Whether he may go nowhere before he has set up codes: partners come from outside the prison."""
        return self.is_partner and self.second_factor_at is None

    def has_duty(self, duty):
        """Whether the administrator gave this account ``duty``; managers have them all."""
        return self.role == Role.MANAGER or duty in self.duties


class WingCover(models.Model):
    """A wing that somebody covers, from a day until another."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="wing_cover")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="cover")
    from_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "wing"], condition=Q(ended_on=None), name="one_open_cover_per_wing"
            ),
        ]


class Absence(models.Model):
    """Days on which somebody is away, both included."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["from_on"]
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_start",
                condition=Q(until_on__gte=models.F("from_on")),
                violation_error_message="The last day away is on or after the first.",
            ),
        ]
