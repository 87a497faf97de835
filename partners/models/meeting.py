"""The recovery inclusion meeting: who is invited, whom it talks about, what it agrees."""

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from casework.models import Agency, Case, Person, Prison, Room, User
from casework.models.base import Once, OnceQuerySet, Versioned, hidden_from
from partners.models.visit import OfAgency


class MeetingQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Meetings of the prison of ``user``; to a partner those to which his agency is invited."""
        if user.is_partner:
            return self.filter(invited__agency_id=user.agency_id, invited__withdrawn_at=None)
        return self.filter(prison_id=user.prison_id)


class Meeting(Versioned, Once):
    """One meeting. ``minutes``: what was said that is about nobody in particular."""

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
    starts_at = models.DateTimeField()
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PLANNED)
    minutes = models.TextField(max_length=10000, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["prison", "starts_at"], condition=~Q(state="CANCELLED"), name="one_meeting_at_a_time"
            )
        ]


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
            return self.filter(pk__in=RawSQL("SELECT ww.shared_items(%s)", [user.agency_id]))
        return self.filter(prison_id=user.prison_id).exclude(person_id__in=hidden_from(user))


class MeetingItem(Versioned, Once):
    """Somebody whom a meeting talks about: what he needs, and what was said. ``identity``: all that a partner may know of who it is."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    identity = models.JSONField(default=dict)
    needs = models.TextField(max_length=1000, blank=True)
    said = models.TextField(max_length=2000, blank=True)
    listed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    listed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = MeetingItemQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person"], condition=Q(removed_at=None), name="person_listed_once_at_a_meeting"
            )
        ]
        indexes = [models.Index(fields=["prison", "person"], name="meeting_item_of_person")]


class MeetingActionQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Actions about people whom ``user`` may see; to a partner those of his agency."""
        seen = self.filter(item__in=MeetingItem.objects.visible_to(user))
        return seen.filter(agency_id=user.agency_id) if user.is_partner else seen


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
    carried_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
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
