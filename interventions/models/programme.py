"""Programmes, who is enrolled in them, and who finished."""

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models import Case, Person, Prison, User, Wing
from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned
from casework.models.prison import PlaceQuerySet


class Audience(models.TextChoices):
    """Who may sit together: vulnerable prisoners and the others are never in one room, nor moved together (domain.md 6.4)."""

    MAIN = "MAIN", "Everybody but vulnerable prisoners"
    VULNERABLE = "VULNERABLE", "Vulnerable prisoners only"


class ProgrammeQuerySet(PlaceQuerySet):
    def one_at_a_time(self, prison_id):
        """Wait until nobody else adds to the catalogue of this prison, so that a double click is told so."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"programmes of {prison_id}"])


class Programme(Versioned):
    """What the team offers in groups. Ended, never deleted.

    ``sessions``: how many it has, None where it never ends (mutual aid); ``needed``: how many of them somebody attends to complete it.
    """

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    told = models.TextField(max_length=2000, blank=True)
    suits = models.TextField(max_length=2000, blank=True)
    sessions = models.PositiveSmallIntegerField(null=True, blank=True)
    needed = models.PositiveSmallIntegerField(null=True, blank=True)
    weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(default=10)
    certificate = models.BooleanField(default=False)
    remand = models.BooleanField(default=True)
    link_worker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(null=True, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                "prison",
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_programme_per_name",
                violation_error_message="There is already a programme with this name.",
            ),
            models.CheckConstraint(
                name="programme_needs_no_more_than_it_has",
                condition=Q(needed=None) | Q(sessions=None) | Q(needed__lte=models.F("sessions")),
                violation_error_message="Nobody can attend more sessions than there are.",
            ),
        ]

    def __str__(self):
        return self.name


class Coverage(models.Model):
    """A wing whose people are offered a programme."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="coverage")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "wing"], condition=Q(until_on=None), name="wing_covered_once_by_a_programme"
            ),
        ]


LIVE = ["PROPOSED", "WAITING", "ALLOCATED", "ACTIVE", "SUSPENDED"]


class EnrolmentQuerySet(PersonalOnceQuerySet):
    def live(self):
        """Enrolments that have not ended."""
        return self.filter(ended_on=None)


class Enrolment(Versioned, Once):
    """Somebody in a programme, from the day he is proposed (domain.md 8.3). ``reason``: why it ended or never began, by its code."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        WAITING = "WAITING", "Waiting"
        ALLOCATED = "ALLOCATED", "Has a place"
        ACTIVE = "ACTIVE", "Attending"
        SUSPENDED = "SUSPENDED", "Suspended"
        COMPLETED = "COMPLETED", "Completed"
        NOT_COMPLETED = "NOT_COMPLETED", "Not completed"
        NOT_STARTED = "NOT_STARTED", "Did not start"
        RELEASED = "RELEASED", "Released"
        TRANSFERRED = "TRANSFERRED", "Transferred"

    # The one table of what may follow what (domain.md 8.3). A place may be given back, or nobody could leave a series that never began.
    MOVES = {
        State.PROPOSED: [State.WAITING, State.NOT_STARTED, State.RELEASED, State.TRANSFERRED],
        State.WAITING: [State.ALLOCATED, State.NOT_STARTED, State.RELEASED, State.TRANSFERRED],
        State.ALLOCATED: [State.ACTIVE, State.WAITING, State.NOT_STARTED, State.RELEASED, State.TRANSFERRED],
        State.ACTIVE: [State.SUSPENDED, State.COMPLETED, State.NOT_COMPLETED, State.RELEASED, State.TRANSFERRED],
        State.SUSPENDED: [State.ACTIVE, State.COMPLETED, State.NOT_COMPLETED, State.RELEASED, State.TRANSFERRED],
        State.COMPLETED: [],
        State.NOT_COMPLETED: [],
        State.NOT_STARTED: [],
        State.RELEASED: [],
        State.TRANSFERRED: [],
    }

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="enrolments")
    series = models.ForeignKey(
        "interventions.Series", on_delete=models.PROTECT, null=True, blank=True, related_name="enrolments"
    )
    state = models.CharField(max_length=13, choices=State, default=State.PROPOSED)
    proposed_on = models.DateField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    suits_why = models.CharField(max_length=500, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=4, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["proposed_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "programme"],
                condition=Q(ended_on=None),
                name="one_live_enrolment_per_programme",
                violation_error_message="This person is in this programme already.",
            ),
            models.CheckConstraint(
                name="enrolment_ends_when_its_state_does",
                condition=Q(ended_on=None, state__in=LIVE) | (Q(ended_on__isnull=False) & ~Q(state__in=LIVE)),
            ),
            models.CheckConstraint(
                name="enrolment_not_before_proposed",
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("proposed_on")),
                violation_error_message="It cannot end before it was proposed.",
            ),
            models.CheckConstraint(
                name="enrolment_given_up_for_a_reason",
                condition=~Q(state__in=["NOT_COMPLETED", "NOT_STARTED"]) | ~Q(reason=""),
                violation_error_message="Say why.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "programme", "state", "proposed_on"], name="enrolment_of_programme"),
            models.Index(fields=["prison", "person"], name="enrolment_of_person"),
        ]

    @property
    def is_live(self):
        """Whether it has not ended."""
        return self.ended_on is None


def _steps():
    """What a row of moves may say: that somebody was proposed, or a step of ``Enrolment.MOVES``."""
    allowed = Q(before="", after="PROPOSED")
    for before, afters in Enrolment.MOVES.items():
        if afters:
            allowed |= Q(before=str(before), after__in=[str(after) for after in afters])
    return allowed


class EnrolmentMove(models.Model):
    """One step of an enrolment from a state to the next. ``overruled``: what spoke against it and was set aside, by its code.

    The database refuses a step that ``Enrolment.MOVES`` does not have, and a change of state that is not the last step written here.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="moves")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=13, choices=Enrolment.State, blank=True)
    after = models.CharField(max_length=13, choices=Enrolment.State)
    reason = models.CharField(max_length=4, blank=True)
    note = models.CharField(max_length=500, blank=True)
    overruled = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(name="enrolment_move_is_allowed", condition=_steps())]


class Certificate(Versioned, Once):
    """What somebody who completed a programme is given, under the name that he wants on it."""

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="certificate")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    issued_on = models.DateField()
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "-pk"]

    @property
    def number(self):
        """What is printed on it, such as LPI-2026-0042."""
        return f"{self.prison.code}-{self.issued_on.year}-{self.pk:04d}"
