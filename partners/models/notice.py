"""What the prison's own departments tell the team: a positive test, a move, the start of a detoxification, an ACCT."""

from django.db import models
from django.db.models import Q

from casework.models import Agency, Person, Prison, User
from casework.models.base import Once, OnceQuerySet, hidden_from


class InwardNoticeQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Notices to the prison of ``user``; to a department those that it sent, about whomever."""
        if user.is_partner:
            return self.told_back().filter(agency_id=user.agency_id)
        hidden = hidden_from(user)
        return self.filter(prison_id=user.prison_id).exclude(person__isnull=False, person_id__in=hidden)

    def told_back(self):
        """Only the columns that a department may read: none says whose number it is, or whether it is anybody’s."""
        return self.only("kind", "number", "on", "words", "sent_at", "seen_at", "agency", "prison", "sent_by", "nonce")

    def waiting(self):
        """Notices that nobody has seen, or of which nothing has come yet, oldest first."""
        return self.filter(Q(outcome="") | Q(seen_at=None)).order_by("sent_at", "pk")

    def just_sent(self):
        """Notices that the managers have not been told of."""
        return self.filter(taken_in_at=None)


class InwardNotice(Once):
    """One thing told about one person. Whoever tells it types a number and is told no name back; ``person``: whose number it is here.

    The database finds the person as it takes the row in, because a department must not (partners/sql/protocols.sql). The little that
    goes back is whether somebody has seen it. ``taken_in_at``: when the managers were told, and a referral made where the prison wants
    one; ``outcome``: what the duty worker did with it.
    """

    class Kind(models.TextChoices):
        POSITIVE = "POSITIVE", "A positive drug test"
        SEGREGATION = "SEGREGATION", "A move to segregation"
        DETOX = "DETOX", "The start of a detoxification"
        ACCT = "ACCT", "An ACCT was opened"

    class Outcome(models.TextChoices):
        REFERRED = "REFERRED", "Referred"
        NOTED = "NOTED", "Noted on the person"
        DISMISSED = "DISMISSED", "Dismissed"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind)
    number = models.CharField(max_length=10)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField()
    words = models.CharField(max_length=200, blank=True)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    taken_in_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=200, blank=True)

    objects = InwardNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_seen_by_somebody", condition=Q(seen_at=None) ^ Q(seen_by__isnull=False)
            ),
            models.CheckConstraint(
                name="notice_outcome_is_whole",
                condition=Q(outcome="", outcome_at=None, outcome_by=None)
                | Q(outcome="DISMISSED", outcome_at__isnull=False, outcome_by__isnull=False) & ~Q(why="")
                | Q(outcome__in=["REFERRED", "NOTED"], outcome_at__isnull=False, person__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "seen_at"], name="notice_of_prison"),
            models.Index(fields=["agency", "sent_at"], name="notice_of_agency"),
        ]
