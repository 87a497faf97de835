"""What somebody agreed may be shared, with whom and for what; and the words in which he was asked."""

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from casework.models.agency import Agency
from casework.models.base import Once, OnceQuerySet, PersonalOnceQuerySet
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class ConsentWordingQuerySet(OnceQuerySet):
    def current(self, kind):
        """The version in which people are asked today."""
        return self.filter(kind=kind, from_on__lte=timezone.localdate()).order_by("-from_on", "-pk")[:1].get()

    def shown(self, kind, version):
        """The version of this name, in which somebody was asked; today's where there is none of the kind."""
        return next((row for row in self.filter(kind=kind) if row.version == version), None) or self.current(kind)

    def one_writer(self):
        """Let nobody else write a version before this transaction is over. Rows cannot be locked by who may not change them."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [self.model._meta.db_table])


class ConsentWording(Once):
    """What people are told before they are asked, by version, in every prison. A version is never changed: other words are another
    version, and the database lets nobody do otherwise.

    ``told``: a line for each point, with the point's name before a colon. ``for_staff`` is not read out.
    """

    class Kind(models.TextChoices):
        SHARING = "SHARING", "Sharing with an agency"
        NDTMS = "NDTMS", "National statistics (NDTMS)"

    version = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=7, choices=Kind)
    from_on = models.DateField()
    told = models.TextField()
    for_staff = models.TextField(blank=True)

    objects = ConsentWordingQuerySet.as_manager()

    class Meta:
        ordering = ["-from_on", "-pk"]

    def __str__(self):
        return self.version

    @property
    def points(self):
        """(name, words) of each point."""
        return [(name, words.strip()) for name, _, words in (line.partition(":") for line in self.told.splitlines())]


class ConsentQuerySet(PersonalOnceQuerySet):
    def live(self, on):
        """Consents given, not withdrawn and not run out on the day ``on``."""
        return self.filter(given=True, withdrawn_at=None, expires_on__gte=on)

    def for_handover(self):
        """Answers about the handover of care, which is what a pack needs."""
        return self.filter(purpose=Consent.Purpose.HANDOVER)


def usual_sections():
    """The parts that are told unless somebody wants it otherwise."""
    return [section for section in Consent.Section.values if section != Consent.Section.BLOOD_BORNE]


class Consent(Once):
    """An answer given by a person to whether one agency may be told for one purpose, or, without an agency, the national statistics.

    A new answer is a new row; a consent is withdrawn, never undone. The answer for NDTMS stands by itself: it lets nobody be told
    anything else, and no other answer lets the statistics have anything.
    """

    WORDING = "2026-1"

    class Purpose(models.TextChoices):
        HANDOVER = "HANDOVER", "Handover of care"
        MEETING = "MEETING", "Recovery meeting"
        WING_VISITS = "WING_VISITS", "Visits on the wing"
        NDTMS = "NDTMS", "National statistics (NDTMS)"

    class Section(models.TextChoices):
        """Parts of what may be told (which keys of a pack: partners.formats.sections). Who it is, how to reach him, the release date and
        the first appointment belong to every handover. What the blood was tested for is asked by itself (domain.md 5.2).
        """

        CUSTODY = "CUSTODY", "Custody and release"
        USE = "USE", "Drug and alcohol use"
        RISKS = "RISKS", "Risks"
        TREATMENT = "TREATMENT", "Work with the team, groups and plan"
        CLINICAL = "CLINICAL", "Prescribed treatment"
        NALOXONE = "NALOXONE", "Naloxone and harm reduction"
        BLOOD_BORNE = "BLOOD_BORNE", "Tests for blood-borne viruses"

    SHARING = (Purpose.HANDOVER, Purpose.MEETING, Purpose.WING_VISITS)

    class How(models.TextChoices):
        IN_PERSON = "IN_PERSON", "In person"
        IN_WRITING = "IN_WRITING", "In writing, signed"
        TELEPHONE = "TELEPHONE", "By telephone"
        INTERPRETER = "INTERPRETER", "Through an interpreter"

    class State(models.TextChoices):
        GIVEN = "GIVEN", "Given"
        REFUSED = "REFUSED", "Refused"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"
        EXPIRED = "EXPIRED", "Run out"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    purpose = models.CharField(max_length=11, choices=Purpose, default=Purpose.HANDOVER)
    sections = ArrayField(models.CharField(max_length=11, choices=Section), default=usual_sections, blank=True)
    given = models.BooleanField()
    how = models.CharField(max_length=11, choices=How, blank=True)
    wording = models.CharField(max_length=20, default=WORDING)
    asked_on = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    witness = models.CharField(max_length=120, blank=True)
    expires_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_how = models.CharField(max_length=11, choices=How, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison", "agency", "purpose"],
                condition=Q(given=True, withdrawn_at=None),
                nulls_distinct=False,
                name="one_live_consent_per_purpose",
                violation_error_message="There is already a consent for this. Withdraw it before recording another.",
            ),
            models.CheckConstraint(
                name="consent_names_an_agency_or_ndtms",
                condition=Q(agency=None, purpose="NDTMS") | (Q(agency__isnull=False) & ~Q(purpose="NDTMS")),
                violation_error_message="A consent names an agency, unless it is for the national statistics.",
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

    @property
    def shared(self):
        """The parts that may be told, in words, in the order of the form."""
        return [section.label for section in self.Section if section in self.sections]

    @property
    def kept_back(self):
        """The parts that may not."""
        return [section.label for section in self.Section if section not in self.sections]

    @property
    def subject(self):
        """For whom and what, in words."""
        if self.agency_id is None:
            return self.get_purpose_display()
        return f"{self.agency}, {self.get_purpose_display().lower()}"

    def state_on(self, day):
        """How the answer stands on ``day``. One that had run out before another took its place was never withdrawn."""
        if not self.given:
            return self.State.REFUSED
        ended = self.withdrawn_at and timezone.localdate(self.withdrawn_at)
        if ended and ended <= self.expires_on:
            return self.State.WITHDRAWN
        return self.State.EXPIRED if self.expires_on < day else self.State.GIVEN
