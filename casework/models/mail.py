"""What is sent by mail: that something waits, and where. Never a name, a number or a fact about anybody who is held."""

from django.db import models
from django.db.models import Q

from casework.models.agency import Agency
from casework.models.base import Once
from casework.models.prison import Prison
from casework.models.staff import User


class Notice(models.TextChoices):
    """What a mail may be about. A user may turn each kind off, but for what his account needs."""

    HANDOVER_SENT = "HANDOVER_SENT", "A handover waits for your answer"
    HANDOVER_ANSWERED = "HANDOVER_ANSWERED", "A handover was answered"
    HANDOVER_OVERDUE = "HANDOVER_OVERDUE", "An answer is overdue"
    APPOINTMENT_WANTED = "APPOINTMENT_WANTED", "An appointment is wanted"
    OUTCOME_WANTED = "OUTCOME_WANTED", "The outcome of an appointment is wanted"
    RELEASE_MOVED = "RELEASE_MOVED", "A release was moved"
    MEETING = "MEETING", "A meeting, or an action of one"
    REFERRAL = "REFERRAL", "A referral waits for your answer"
    PROTOCOL_LAPSES = "PROTOCOL_LAPSES", "A protocol lapses soon"
    KEYS_LAPSE = "KEYS_LAPSE", "Vetting or a key talk runs out soon"
    LINK = "LINK", "A link to something that waits"


class MailQuerySet(models.QuerySet):
    def waiting(self):
        """Mails that are still to be sent."""
        return self.filter(sent_at=None, given_up_at=None)


class Mail(Once):
    """A mail in the queue, written when what it is about was. Its words are made of its ``kind`` when it is sent; ``path``: where to go.

    ``nonce`` is made of what it is about, so that a task that runs twice queues it once.
    """

    MOST_TRIES = 8

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=18, choices=Notice)
    to = models.EmailField()
    path = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(sent_at=None, given_up_at=None), name="mail_that_waits")
        ]


class NoticeOff(models.Model):
    """A kind of mail that a user does not want."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices_off")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=18, choices=Notice)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], condition=Q(until_at=None), name="notice_off_once")
        ]
