"""Cases and who holds them."""

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet
from casework.models.custody import CustodySpell
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class Stage(models.TextChoices):
    """How far the work with somebody is (domain.md 8.3). Worked out from facts by ``queries.cases.staged``, never stored.

    REFERRED is somebody without an open case who waits at the front door (``queries.cases.referred``); a case begins as TRIAGED.
    """

    REFERRED = "REFERRED", "Referred"
    TRIAGED = "TRIAGED", "Triaged"
    ASSESSED = "ASSESSED", "Assessed"
    IN_PLAN = "IN_PLAN", "In plan"
    SUSPENDED = "SUSPENDED", "Suspended"
    CLOSING = "CLOSING", "Closing"
    CLOSED = "CLOSED", "Closed"


class CaseQuerySet(PersonalOnceQuerySet):
    def open(self):
        """Cases that are not closed."""
        return self.filter(closed_on=None)

    def held_by(self, user):
        """Cases that ``user`` holds now."""
        return self.filter(allocations__worker=user, allocations__until_at=None)

    def worked_by(self, user):
        """Cases that ``user`` (or his key) holds or works beside who holds them, now."""
        holds = Allocation.objects.filter(worker=user, until_at=None).values("case")
        helps = CoWorker.objects.filter(worker=user, until_at=None).values("case")
        return self.filter(Q(pk__in=holds) | Q(pk__in=helps))

    def with_treatment_start(self):
        """Cases with ``treated_from``: the day of their first strand, or of the case itself where none was recorded.

        A strand is what the national return calls an intervention (domain.md 3.2), and the start of the first is where the window of the
        start profile is counted from (domain.md 3.7 and 8.4).
        """
        first = Strand.objects.filter(case=OuterRef("pk")).order_by("started_on").values("started_on")[:1]
        return self.annotate(treated_from=Coalesce(Subquery(first), "opened_on"))


class Case(Once):
    """The team's work with a person in one spell of custody. A returner gets a new case that names the previous one."""

    class Close(models.TextChoices):
        COMPLETED = "COMPLETED", "Work completed"
        RELEASED = "RELEASED", "Left: planned release"
        RELEASED_COURT = "RELEASED_COURT", "Left: released from court"
        TRANSFERRED = "TRANSFERRED", "Left: transferred"
        WITHDREW = "WITHDREW", "Person withdrew"
        WITHDRAWN = "WITHDRAWN", "Withdrawn by the team"
        DIED = "DIED", "Died"
        MERGED = "MERGED", "Recorded under another number"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="cases")
    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="cases")
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="next")
    opened_on = models.DateField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    closing_from = models.DateField(null=True, blank=True)
    closing_why = models.CharField(max_length=200, blank=True)
    closing_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    close_reason = models.CharField(max_length=14, choices=Close, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(closed_on=None),
                name="one_open_case_per_person",
                violation_error_message="This person already has an open case.",
            ),
            models.CheckConstraint(
                name="case_close_has_day_and_reason",
                condition=Q(closed_on=None, close_reason="") | (Q(closed_on__isnull=False) & ~Q(close_reason="")),
            ),
            models.CheckConstraint(
                name="case_closes_after_opening",
                condition=Q(closed_on=None) | Q(closed_on__gte=models.F("opened_on")),
                violation_error_message="A case closes on or after the day it was opened.",
            ),
            models.CheckConstraint(
                name="case_closing_begins_after_opening",
                condition=Q(closing_from=None) | Q(closing_from__gte=models.F("opened_on")),
                violation_error_message="Closing begins on or after the day the case was opened.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "opened_on", "closed_on"], name="case_of_prison"),
            models.Index(fields=["prison", "person"], name="case_of_person"),
        ]

    def get_absolute_url(self):
        return reverse("casework:case", args=[self.pk])

    @property
    def standing(self):
        """The stage in words, with why the work rests. For cases that came by ``queries.cases.staged``; asks no query."""
        rest = "" if self.closed_on else Suspension.RESTS.get(self.rest, "")
        return f"{Stage(self.stage).label}{', ' if rest else ''}{rest}"

    @property
    def strand_names(self):
        """Its open strands in a word each. For cases that came by ``queries.cases.with_strands``; asks no query."""
        return [Strand.Kind(kind).short for kind in self.strand_kinds]


class Allocation(models.Model):
    """Who holds a case, from a moment until another. A case has one open allocation at most: the database sees to it.

    ``suggested``: whom the product proposed then; where it is somebody else than ``worker``, ``reason`` says why.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="allocations")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="allocations")
    suggested = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-from_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(until_at=None),
                name="one_open_allocation_per_case",
                violation_error_message="This case is already allocated.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "worker"], condition=Q(until_at=None), name="allocation_open")]


class CoWorker(models.Model):
    """Somebody who works a case beside its keyworker, from a moment until another."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="co_workers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="co_worked")
    reason = models.CharField(max_length=200, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-from_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "worker"],
                condition=Q(until_at=None),
                name="one_open_co_worker_per_case",
                violation_error_message="This worker is on the case already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "worker"], condition=Q(until_at=None), name="co_worker_open"),
            models.Index(fields=["prison", "person"], name="co_worker_of_person"),
        ]


class Suspension(Once):
    """A time in which the work of a case rests, and why. What the roll says of court and hospital is known without it."""

    class Reason(models.TextChoices):
        COURT = "COURT", "At court"
        HOSPITAL = "HOSPITAL", "In hospital"
        SEGREGATION = "SEGREGATION", "Segregation"
        OTHER = "OTHER", "Another reason"

    # Why the work rests, in the middle of a sentence: by a row of ours, or because the roll has somebody out.
    RESTS = {
        "COURT": "at court",
        "HOSPITAL": "in hospital",
        "SEGREGATION": "in segregation",
        "OTHER": "for another reason",
        "ABSENT": "temporarily absent",
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="suspensions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=11, choices=Reason)
    note = models.CharField(max_length=200, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(until_on=None),
                name="one_open_suspension_per_case",
                violation_error_message="This case is suspended already.",
            ),
            models.CheckConstraint(
                name="suspension_ends_after_start",
                condition=Q(until_on=None) | Q(until_on__gte=models.F("from_on")),
                violation_error_message="A suspension ends on or after the day it began.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="suspension_of_person")]


class Strand(Once):
    """A kind of work inside a case, with its own start and end. A clinical one is what the clinical team said: ``said_by``, ``said_on``."""

    class Kind(models.TextChoices):
        PSYCHOSOCIAL = "PSYCHOSOCIAL", "Psychosocial"
        STABILISATION = "STABILISATION", "Clinical: stabilisation"
        DETOX = "DETOX", "Clinical: detox"
        MAINTENANCE = "MAINTENANCE", "Clinical: maintenance"

        @property
        def short(self):
            """The kind in one word."""
            return self.label.removeprefix("Clinical: ").capitalize()

    CLINICAL = (Kind.STABILISATION, Kind.DETOX, Kind.MAINTENANCE)
    CASE_CLOSED = "The case closed"  # why a strand ended that ended with its case

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="strands")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=13, choices=Kind)
    detail = models.CharField(max_length=200, blank=True)
    started_on = models.DateField()
    said_by = models.CharField(max_length=120, blank=True)
    said_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    end_said_by = models.CharField(max_length=120, blank=True)
    end_why = models.CharField(max_length=200, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(ended_on=None),
                name="one_open_strand_per_kind",
                violation_error_message="This strand is open already.",
            ),
            models.CheckConstraint(
                name="strand_ends_after_start",
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("started_on")),
                violation_error_message="A strand ends on or after the day it started.",
            ),
            models.CheckConstraint(
                name="clinical_strand_says_who_said_so",
                condition=Q(kind="PSYCHOSOCIAL") | (~Q(said_by="") & Q(said_on__isnull=False)),
                violation_error_message="Say who in the clinical team said so, and when.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "kind"], condition=Q(ended_on=None), name="strand_open"),
            models.Index(fields=["prison", "person"], name="strand_of_person"),
        ]

    @property
    def is_clinical(self):
        """Whether it is the clinical team's work, which only the clinical team can speak of."""
        return self.kind in self.CLINICAL


class JointReview(Once):
    """A review of a clinical strand by clinical and psychosocial staff together (domain.md 2.9: day 5, day 28, then every 13 weeks)."""

    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    done_on = models.DateField()
    clinician = models.CharField(max_length=120)
    summary = models.TextField(max_length=5000, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-done_on", "-pk"]
        indexes = [models.Index(fields=["prison", "person"], name="joint_review_of_person")]
