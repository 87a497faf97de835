"""Groups and drop-ins: when they meet, who runs them, who is expected and who came."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models import Person, Prison, RegimeTime, Room, User, Wing
from casework.models.base import Once, OnceQuerySet, PersonalOnceQuerySet, PersonalQuerySet, Versioned, one_key
from casework.models.prison import PlaceQuerySet
from interventions.models.contact import Contact
from interventions.models.programme import Audience, Enrolment, Programme

LATE = "LATE"  # the mark of somebody who came, but late


class OfPrison(OnceQuerySet):
    def visible_to(self, user):
        """Rows of the prison of ``user``; they name nobody who is held there."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)


class GroupSessionQuerySet(OfPrison):
    def open(self):
        """Sessions that neither were held nor could not run."""
        return self.filter(state__in=[GroupSession.State.PLANNED, GroupSession.State.CONFIRMED])

    def one_at_a_time(self, prison_id):
        """Wait until nobody else plans a room, a worker or a place in this prison, and be the one who does until the transaction ends.

        Two who insert rows that exclude each other would else wait for one another until the database ends one of the two.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"groups of {prison_id}"])


class Series(Versioned, Once):
    """One run of a programme, or an open door: the same weekdays, regime time, room and workers from week to week."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="series")
    name = models.CharField(max_length=80)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.MAIN)
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    regime_time = models.ForeignKey(RegimeTime, on_delete=models.PROTECT, related_name="+")
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    from_on = models.DateField()
    capacity = models.PositiveSmallIntegerField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)

    objects = OfPrison.as_manager()

    class Meta:
        verbose_name_plural = "series"
        ordering = ["-from_on", "-pk"]

    def __str__(self):
        return self.name


class GroupSession(Versioned, Once):
    """One meeting of a group, or one drop-in. ``number``: its place in the series; ``stands_for``: the meeting it catches up with."""

    class Kind(models.TextChoices):
        GROUP = "GROUP", "Group"
        DROP_IN = "DROP_IN", "Drop-in"

    class State(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        CONFIRMED = "CONFIRMED", "Confirmed"
        HELD = "HELD", "Held"
        CANCELLED = "CANCELLED", "Could not run"

    class Why(models.TextChoices):
        """Why it could not run; the first word says whose reason it was (domain.md 6.2)."""

        TEAM_NO_ROOM = "TEAM_NO_ROOM", "Team: no room"
        TEAM_ABSENT = "TEAM_ABSENT", "Team: worker absent"
        REGIME_NOT_UNLOCKED = "REGIME_NOT_UNLOCKED", "Prison: not unlocked or no escort"
        REGIME_CURTAILED = "REGIME_CURTAILED", "Prison: regime curtailed"
        OTHER_GUEST = "OTHER_GUEST", "Other: the guest did not come"
        OTHER_NOBODY = "OTHER_NOBODY", "Other: nobody came"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    stands_for = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="catch_ups")
    name = models.CharField(max_length=80)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.MAIN)
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    regime_time = models.ForeignKey(RegimeTime, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    period = DateTimeRangeField()
    capacity = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.PLANNED)
    cancelled_why = models.CharField(max_length=19, choices=Why, blank=True)
    cancelled_note = models.CharField(max_length=200, blank=True)
    head_count = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(max_length=4000, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = GroupSessionQuerySet.as_manager()

    class Meta:
        ordering = ["period", "pk"]
        constraints = [
            ExclusionConstraint(
                name="room_held_once_at_a_time",
                expressions=[(one_key("room"), RangeOperators.OVERLAPS), ("period", RangeOperators.OVERLAPS)],
                condition=~Q(state="CANCELLED") & Q(room__isnull=False),
                violation_error_message="The room is taken at this time.",
            ),
            models.UniqueConstraint(
                fields=["series", "number"],
                condition=~Q(state="CANCELLED") & Q(number__isnull=False) & Q(stands_for=None),
                name="one_session_per_number",
            ),
            models.CheckConstraint(
                name="session_cancelled_for_a_reason",
                condition=Q(state="CANCELLED") & ~Q(cancelled_why="") | ~Q(state="CANCELLED") & Q(cancelled_why=""),
            ),
            models.CheckConstraint(
                name="session_closed_when_held", condition=Q(closed_at=None) | Q(state__in=["HELD", "CANCELLED"])
            ),
        ]
        indexes = [models.Index(fields=["prison", "kind", "period"], name="group_session_of_prison")]

    def __str__(self):
        return self.name

    @property
    def starts_at(self):
        return self.period.lower

    @property
    def ends_at(self):
        return self.period.upper

    @property
    def is_open(self):
        """Whether it is still to be held."""
        return self.state in {self.State.PLANNED, self.State.CONFIRMED}


class Facilitator(models.Model):
    """A worker who runs a session. ``period`` is the session's, so that the database refuses somebody in two at one time."""

    session = models.ForeignKey(GroupSession, on_delete=models.PROTECT, related_name="facilitators")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()
    stood_down_at = models.DateTimeField(null=True, blank=True)

    objects = OfPrison.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="facilitator_in_one_session_at_a_time",
                expressions=[(one_key("worker"), RangeOperators.OVERLAPS), ("period", RangeOperators.OVERLAPS)],
                condition=Q(stood_down_at=None),
                violation_error_message="The worker runs another session at this time.",
            ),
        ]


class SeriesWorker(models.Model):
    """A worker who usually runs the sessions of a series."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="workers")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    until_at = models.DateTimeField(null=True, blank=True)

    objects = OfPrison.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "worker"], condition=Q(until_at=None), name="worker_once_in_a_series"
            )
        ]


class SeatQuerySet(PersonalOnceQuerySet):
    def expected(self):
        """Seats of those who are to come, or came: not taken out again."""
        return self.filter(removed_at=None)


class Seat(Versioned, Once):
    """Somebody who is expected at a session, and, once the register is written, what came of it: the contact.

    ``skipped``: the note waits to be added. ``period`` is the session's, and follows it (``interventions/sql/separation.sql``), at a
    drop-in the time he stayed: nobody sits in two sessions at one time. ``despite``: why he is expected all the same, whatever stood
    against it: ``accepted``, by code (``queries.separation``).
    """

    session = models.ForeignKey(GroupSession, on_delete=models.PROTECT, related_name="seats")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, blank=True, related_name="seats")
    period = DateTimeRangeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_why = models.CharField(max_length=200, blank=True)
    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="seat")
    skipped = models.BooleanField(default=False)
    despite = models.CharField(max_length=200, blank=True)
    accepted = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"], condition=Q(removed_at=None), name="one_seat_for_each_person"
            ),
            ExclusionConstraint(
                name="person_in_one_session_at_a_time",
                expressions=[(one_key("person"), RangeOperators.OVERLAPS), ("period", RangeOperators.OVERLAPS)],
                condition=Q(removed_at=None),
                violation_error_message="This person is expected elsewhere at this time.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="seat_of_person")]

    @property
    def mark(self):
        """What the register says: the outcome, LATE for somebody who came late, nothing while unmarked."""
        if self.contact is None:
            return ""
        return LATE if self.contact.late else self.contact.outcome


class RegisterChange(models.Model):
    """What a register said of somebody was changed: the mark and the note before, and what they became.

    A mark is an outcome of the contact, or LATE for somebody who came late.
    """

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="changes")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=19)
    after = models.CharField(max_length=19)
    before_note = models.TextField(max_length=10000, blank=True)
    after_note = models.TextField(max_length=10000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]


class GuestQuerySet(PlaceQuerySet, OnceQuerySet):
    """Guests of a prison, made by a form with a nonce."""


class Guest(Versioned, Once):
    """Somebody from outside who speaks at a session. ``vetted_until``: how long security lets him in."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    organisation = models.CharField(max_length=120, blank=True)
    vetted_until = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = GuestQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                "prison",
                Lower("name"),
                Lower("organisation"),
                condition=Q(ended_on=None),
                name="one_open_guest_per_name",
                violation_error_message="There is already a guest with this name from there.",
            ),
        ]

    def __str__(self):
        return self.name

    def is_vetted_on(self, day):
        """Whether security lets the guest in on ``day``."""
        return self.vetted_until is not None and self.vetted_until >= day


class GuestVisit(models.Model):
    """A guest at a session."""

    session = models.ForeignKey(GroupSession, on_delete=models.PROTECT, related_name="guests")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, related_name="visits")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = OfPrison.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "guest"], condition=Q(removed_at=None), name="guest_once_at_a_session"
            )
        ]


class FeedbackSheet(Once):
    """One sheet that came back. Nobody's name is on it. ``quotable``: its words may stand in a report."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(GroupSession, on_delete=models.PROTECT, null=True, blank=True, related_name="sheets")
    month = models.DateField()
    useful = models.PositiveSmallIntegerField(null=True, blank=True)
    understood = models.PositiveSmallIntegerField(null=True, blank=True)
    respected = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.TextField(max_length=2000, blank=True)
    quotable = models.BooleanField(default=False)
    chosen_at = models.DateTimeField(null=True, blank=True)
    chosen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfPrison.as_manager()

    class Meta:
        ordering = ["-month", "-pk"]
        constraints = [
            models.CheckConstraint(
                name=f"{name}_is_one_to_five",
                condition=Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": 5}),
                violation_error_message="Choose 1 to 5.",
            )
            for name in ["useful", "understood", "respected"]
        ]
