"""Peer supporters: people held here who help others. They have no account and see no record (domain.md 6.4)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from casework.models import Person, Prison, User, Wing
from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned


class PeerSupporterQuerySet(PersonalOnceQuerySet):
    def live(self):
        """Those who have not stopped."""
        return self.filter(ended_on=None)


class PeerSupporter(Versioned, Once):
    """Somebody as a peer supporter, from the day he is put forward to the day he stops. ``MOVES``: from which state to which.

    ``cleared_by``: who in security said so. ``supervised_by``: the worker who talks with him about it; none of this makes an account.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Put forward"
        ACTIVE = "ACTIVE", "Active"
        SUSPENDED = "SUSPENDED", "Suspended"
        ENDED = "ENDED", "Stopped"

    MOVES = {
        State.PROPOSED: {State.ACTIVE, State.ENDED},
        State.ACTIVE: {State.SUSPENDED, State.ENDED},
        State.SUSPENDED: {State.ACTIVE, State.ENDED},
        State.ENDED: set(),
    }

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="peer_work")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    proposed_on = models.DateField()
    cleared_on = models.DateField(null=True, blank=True)
    cleared_by = models.CharField(max_length=120, blank=True)
    trained_on = models.DateField(null=True, blank=True)
    suspended_on = models.DateField(null=True, blank=True)
    suspended_why = models.CharField(max_length=200, blank=True)
    supervised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    supervision_due = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    end_why = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = PeerSupporterQuerySet.as_manager()

    class Meta:
        ordering = ["proposed_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(ended_on=None),
                name="one_peer_supporter_at_a_time",
                violation_error_message="This person is a peer supporter already.",
            ),
            models.CheckConstraint(
                name="peer_active_when_cleared_and_trained",
                condition=~Q(state="ACTIVE") | Q(cleared_on__isnull=False, trained_on__isnull=False),
                violation_error_message="Security clears a peer supporter and the team trains him before he begins.",
            ),
            models.CheckConstraint(
                name="peer_ended_in_words",
                condition=Q(ended_on=None, end_why="") & ~Q(state="ENDED")
                | Q(ended_on__isnull=False, state="ENDED") & ~Q(end_why=""),
            ),
            models.CheckConstraint(
                name="peer_suspended_in_words",
                condition=Q(state="SUSPENDED", suspended_on__isnull=False) & ~Q(suspended_why="")
                | ~Q(state="SUSPENDED") & Q(suspended_on=None, suspended_why=""),
            ),
        ]

    @property
    def is_ready(self):
        """Whether security cleared him and the team trained him."""
        return bool(self.cleared_on and self.trained_on)

    @property
    def is_late(self):
        """Whether a supervision is overdue."""
        due = self.supervision_due
        return bool(due and due < timezone.localdate() and self.state == self.State.ACTIVE)


class PeerStep(models.Model):
    """One step of somebody as a peer supporter: added, never changed. ``said_by``: who outside the team said so."""

    class What(models.TextChoices):
        PUT_FORWARD = "PUT_FORWARD", "Put forward as a peer supporter"
        CLEARED = "CLEARED", "Cleared by security as a peer supporter"
        TRAINED = "TRAINED", "Trained as a peer supporter"
        BEGAN = "BEGAN", "Began as a peer supporter"
        SUSPENDED = "SUSPENDED", "Suspended as a peer supporter"
        CAME_BACK = "CAME_BACK", "Came back as a peer supporter"
        STOPPED = "STOPPED", "Stopped as a peer supporter"

    peer = models.ForeignKey(PeerSupporter, on_delete=models.PROTECT, related_name="steps")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=11, choices=What)
    on = models.DateField()
    said_by = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]


class PeerWing(models.Model):
    """A wing on which a peer supporter helps."""

    peer = models.ForeignKey(PeerSupporter, on_delete=models.PROTECT, related_name="wings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["peer", "wing"], condition=Q(until_on=None), name="wing_once_for_a_peer_supporter"
            )
        ]


class Supervision(Once):
    """A talk of the team with a peer supporter about his work."""

    peer = models.ForeignKey(PeerSupporter, on_delete=models.PROTECT, related_name="supervisions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(max_length=2000)
    next_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
