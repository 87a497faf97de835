"""Peer supporters: people held here who help others. They have no account and see no record (domain.md 6.4)."""

from django.db import models
from django.db.models import Q

from casework.models import Person, Prison, User, Wing
from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned


class PeerSupporter(Versioned, Once):
    """Somebody as a peer supporter, from the day he is put forward to the day he stops."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Put forward"
        ACTIVE = "ACTIVE", "Active"
        SUSPENDED = "SUSPENDED", "Suspended"
        ENDED = "ENDED", "Stopped"

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

    objects = PersonalOnceQuerySet.as_manager()

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
        ]


class PeerWing(models.Model):
    """A wing on which a peer supporter helps."""

    peer = models.ForeignKey(PeerSupporter, on_delete=models.PROTECT, related_name="wings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
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
