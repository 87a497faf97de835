"""The recovery inclusion meeting: who is invited, whom it talks about, what it agrees."""

from datetime import timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.expressions import RawSQL

from casework.models import Agency, Case, Person, Prison, Room, User
from casework.models.base import Once, OnceQuerySet, Versioned, hidden_from
from partners.models.visit import OfAgency

LENGTH = 90  # minutes, where nobody said otherwise
LONGEST = 480
LENGTHS = [
    MinValueValidator(15, "Give between 15 and 480 minutes."),
    MaxValueValidator(LONGEST, "Give between 15 and 480 minutes."),
]


class MeetingSeriesQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Standing meetings of the prison of ``user``; partners see single meetings only."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)


class MeetingSeries(Versioned, Once):
    """A standing meeting: every so many weeks from a day on. The next one is made from the last, with the agencies invited to that."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    weeks = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    at = models.TimeField()
    length = models.PositiveSmallIntegerField(default=LENGTH, validators=LENGTHS)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)

    objects = MeetingSeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "meeting series"
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["prison"],
                condition=Q(ended_on=None),
                name="one_standing_meeting",
                violation_error_message="There is a standing meeting already. End it before another begins.",
            ),
            models.CheckConstraint(
                name="meeting_every_one_to_thirteen_weeks",
                condition=Q(weeks__range=(1, 13)),
                violation_error_message="Give between 1 and 13 weeks.",
            ),
        ]

    def day_after(self, day):
        """The first day of its rhythm that comes after ``day``, be it a holiday or not."""
        gone = max((day - self.from_on).days // (7 * self.weeks) + 1, 0)
        return self.from_on + timedelta(weeks=self.weeks * gone)


class MeetingQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Meetings of the prison of ``user``; to a partner those to which his agency is invited, while its protocol lets them pass."""
        if user.is_partner:
            return self.filter(pk__in=RawSQL("SELECT ww.shared_meetings(%s)", [user.agency_id]))
        return self.filter(prison_id=user.prison_id)

    def open(self):
        """Meetings whose list may still be worked on."""
        return self.filter(state__in=[Meeting.State.PLANNED, Meeting.State.HELD])


class Meeting(Versioned, Once):
    """One meeting. ``length``: how many minutes it takes; ``minutes``: what was said that is about nobody in particular;
    ``team_present``: who of our team was there."""

    class State(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        HELD = "HELD", "Held"
        CLOSED = "CLOSED", "Minutes closed"
        CANCELLED = "CANCELLED", "Did not take place"

    MOVES = {
        State.PLANNED: [State.HELD, State.CANCELLED],
        State.HELD: [State.CLOSED],
        State.CLOSED: [],
        State.CANCELLED: [],
    }

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    series = models.ForeignKey(MeetingSeries, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings")
    starts_at = models.DateTimeField()
    length = models.PositiveSmallIntegerField(default=LENGTH, validators=LENGTHS)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PLANNED)
    minutes = models.TextField(max_length=10000, blank=True)
    team_present = models.CharField(max_length=300, blank=True)
    cancelled_why = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["prison", "starts_at"],
                condition=~Q(state="CANCELLED"),
                name="one_meeting_at_a_time",
                violation_error_message="There is a meeting at this time already.",
            ),
            models.UniqueConstraint(
                fields=["series"], condition=Q(state="PLANNED"), name="one_meeting_ahead_of_a_series"
            ),
        ]

    @property
    def until(self):
        return self.starts_at + timedelta(minutes=self.length)

    @property
    def is_open(self):
        """Whether its list may still be worked on."""
        return self.state in {self.State.PLANNED, self.State.HELD}


class MeetingAgency(models.Model):
    """An agency that is invited to a meeting, and who came of it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="invited")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    attended = models.BooleanField(null=True)
    who = models.CharField(max_length=200, blank=True)

    objects = OfAgency.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "agency"], condition=Q(withdrawn_at=None), name="agency_invited_once"
            )
        ]


class MeetingItemQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """What meetings say of people; to a partner of those who agreed that his agency may hear it, while consent and protocol hold."""
        if user.is_partner:
            return self.shared_with(user.agency_id)
        return self.filter(prison_id=user.prison_id).exclude(person_id__in=hidden_from(user))

    def shared_with(self, agency_id):
        """What an agency may hear now. Its own people ask for it, and the system for any."""
        return self.filter(pk__in=RawSQL("SELECT ww.shared_items(%s)", [agency_id]))


class MeetingItem(Versioned, Once):
    """Somebody whom a meeting talks about: what he needs, and what was said. ``identity``: all that a partner may know of who it is."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    identity = models.JSONField(default=dict)
    release_on = models.DateField(null=True, blank=True)
    needs = models.TextField(max_length=1000, blank=True)
    said = models.TextField(max_length=2000, blank=True)
    listed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    listed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = MeetingItemQuerySet.as_manager()

    class Meta:
        ordering = ["release_on", "pk"]
        constraints = [
            # By the case: two records that turn out to be one person may both have stood on a list.
            models.UniqueConstraint(
                fields=["meeting", "case"],
                condition=Q(removed_at=None),
                name="case_listed_once_at_a_meeting",
                violation_error_message="This person is on the list already.",
            )
        ]
        indexes = [models.Index(fields=["prison", "person"], name="meeting_item_of_person")]


class MeetingActionQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Actions about people whom ``user`` may see; to a partner those of his agency."""
        seen = self.filter(item__in=MeetingItem.objects.visible_to(user))
        return seen.filter(agency_id=user.agency_id) if user.is_partner else seen

    def open(self):
        """Actions that nobody has done yet; each stands on the list of the next meeting, until somebody has."""
        return self.filter(done_on=None)


class MeetingAction(Versioned, Once):
    """Something that a meeting asked somebody to do: a worker of ours, or an agency."""

    item = models.ForeignKey(MeetingItem, on_delete=models.PROTECT, related_name="actions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=300)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = MeetingActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="action_has_one_owner",
                condition=Q(worker=None) ^ Q(agency=None),
                violation_error_message="Say who.",
            ),
            models.CheckConstraint(
                name="action_done_by_somebody", condition=Q(done_on=None) ^ Q(done_by__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "due_on"], name="meeting_action_of_prison"),
            models.Index(fields=["agency", "due_on"], name="meeting_action_of_agency"),
        ]

    @property
    def owner(self):
        """Who does it, in words. Fetch actions with ``worker`` and ``agency`` where this is asked."""
        return self.worker.full_name if self.worker_id else self.agency.name


class MeetingMinutesQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Minutes of which ``user`` may see every single person; to a partner those of his agency that are built and not set aside."""
        seen = MeetingItem.objects.visible_to(user).filter(meeting=OuterRef("meeting")).order_by()
        whole = self.filter(
            meeting__in=Meeting.objects.visible_to(user), items__contained_by=ArraySubquery(seen.values("pk"))
        )
        if user.is_partner:
            return whole.filter(agency_id=user.agency_id, state=MeetingMinutes.State.BUILT)
        return whole

    def waiting(self):
        """Minutes that the next sweep builds, or gives up."""
        return self.filter(state=MeetingMinutes.State.WAITING)

    def without_bytes(self):
        """Minutes for pages that only speak of them."""
        return self.defer("pdf", "content")


class MeetingMinutes(models.Model):
    """The typeset minutes of a meeting that was closed: for an agency, only what is said of its people; without one, the prison's own.

    ``items``: whom they hold. Their bytes never change once built; what is made again has a new number.
    """

    MOST_ATTEMPTS = 5

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting to be built"
        BUILT = "BUILT", "Built"
        FAILED = "FAILED", "Could not be built"
        STALE = "STALE", "Set aside"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="papers")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    items = ArrayField(models.BigIntegerField(), default=list, blank=True)
    content = models.JSONField(default=dict, blank=True)
    pdf = models.BinaryField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    built_at = models.DateTimeField(null=True, blank=True)

    objects = MeetingMinutesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "meeting minutes"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "agency", "number"], nulls_distinct=False, name="one_set_of_minutes_per_number"
            ),
            models.UniqueConstraint(
                fields=["meeting", "agency"],
                condition=~Q(state="STALE"),
                nulls_distinct=False,
                name="one_current_set_of_minutes",
                violation_error_message="These minutes are being made already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "meeting"], name="minutes_of_prison"),
            models.Index(fields=["agency", "meeting"], name="minutes_of_agency"),
        ]

    @property
    def element_id(self):
        """What its progress is called on a page that shows several."""
        return f"minutes-{self.pk}"
