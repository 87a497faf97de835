"""Two records that are one person: who said so, what moved because of it, and whether it was put back."""

from django.db import models
from django.db.models import Q

from casework.models.base import Once, OnceQuerySet, hidden_from
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class PersonMergeQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Merges of the prison of ``user`` in which nobody is hidden from him."""
        hidden = hidden_from(user)
        return self.filter(prison_id=user.prison_id).exclude(kept_id__in=hidden).exclude(removed_id__in=hidden)

    def waiting(self):
        """What the worker has yet to do; a row that failed five times waits for a person."""
        return self.filter(state__in=PersonMerge.IN_HAND, attempts__lt=PersonMerge.MOST_ATTEMPTS)

    def history(self):
        """What was asked or done, newest first, without the pairs that are two people."""
        return self.exclude(state=PersonMerge.State.TWO_PEOPLE).order_by("-asked_at", "-pk")


class PersonMerge(Once):
    """A merge of two records, asked for by a manager or brought by the roll and made by the system, which sees every prison's rows.

    ``moved``: what it changed, as ``casework.operations.journal`` wrote it down, so that exactly that can be put back.
    """

    class State(models.TextChoices):
        ASKED = "ASKED", "Being merged"
        DONE = "DONE", "Merged"
        REFUSED = "REFUSED", "Not merged"
        UNDO_ASKED = "UNDO_ASKED", "Being undone"
        UNDONE = "UNDONE", "Undone"
        TWO_PEOPLE = "TWO_PEOPLE", "Two people"

    IN_HAND = (State.ASKED, State.UNDO_ASKED)
    MOST_ATTEMPTS = 5

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    removed = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    moved = models.JSONField(default=list, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    undo_why = models.CharField(max_length=200, blank=True)
    undo_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undo_at = models.DateTimeField(null=True, blank=True)

    objects = PersonMergeQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="merge_names_two_records",
                condition=~Q(removed=models.F("kept")),
                violation_error_message="Choose two different records.",
            ),
            models.UniqueConstraint(
                fields=["removed"],
                condition=Q(state__in=["ASKED", "DONE", "UNDO_ASKED"]),
                name="one_merge_in_force_per_record",
                violation_error_message="This record is being merged already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "-asked_at"], name="merge_of_prison"),
            models.Index(fields=["state"], condition=Q(state__in=["ASKED", "UNDO_ASKED"]), name="merge_in_hand"),
        ]

    @property
    def is_in_hand(self):
        """Whether the background has yet to do something, and has not given up."""
        return self.state in self.IN_HAND and self.attempts < self.MOST_ATTEMPTS

    @property
    def is_stuck(self):
        """Whether the background has given up: a person has to look."""
        return self.state in self.IN_HAND and self.attempts >= self.MOST_ATTEMPTS
