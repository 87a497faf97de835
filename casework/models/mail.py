"""What is sent by mail: that something waits, and where. Never a name, a number or a fact about anybody who is held."""

from django.db import models
from django.db.models import Q

from casework.access import Role
from casework.models.agency import Agency
from casework.models.base import Once
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class Notice(models.TextChoices):
    """What a mail may be about. A user may turn each kind off, but for what his account needs."""

    HANDOVER_SENT = "HANDOVER_SENT", "A handover waits for your answer"
    HANDOVER_ANSWERED = "HANDOVER_ANSWERED", "A handover was answered"
    HANDOVER_RECALLED = "HANDOVER_RECALLED", "A handover was recalled"
    HANDOVER_OVERDUE = "HANDOVER_OVERDUE", "An answer is overdue"
    APPOINTMENT_WANTED = "APPOINTMENT_WANTED", "An appointment is wanted"
    OUTCOME_WANTED = "OUTCOME_WANTED", "The outcome of an appointment is wanted"
    RELEASE_MOVED = "RELEASE_MOVED", "A release was moved"
    HANDOVER_WANTED = "HANDOVER_WANTED", "A handover is to be sent at once"
    MEETING = "MEETING", "A meeting, or an action of one"
    REFERRAL = "REFERRAL", "A referral waits for your answer"
    PROTOCOL_LAPSES = "PROTOCOL_LAPSES", "A protocol lapses soon"
    INWARD = "INWARD", "The prison’s own departments told something"
    KEYS_LAPSE = "KEYS_LAPSE", "Vetting or a key talk runs out soon"
    LINK = "LINK", "A link to something that waits"
    LINK_CODE = "LINK_CODE", "A code for a link"
    LINK_CLOSED = "LINK_CLOSED", "A link was closed after wrong codes"
    ACCOUNT = "ACCOUNT", "Your account was changed"

    @classmethod
    def offered_to(cls, role):
        """The kinds that somebody of ``role`` gets, and may turn off."""
        return [kind for kind in cls if role in WANTED_BY.get(kind, ())]


_TEAM = {Role.KEYWORKER, Role.MANAGER}
# Kinds that are missing here nobody turns off.
WANTED_BY = {
    Notice.HANDOVER_SENT: {Role.PARTNER},
    Notice.HANDOVER_ANSWERED: _TEAM,
    Notice.HANDOVER_RECALLED: {Role.PARTNER},
    Notice.HANDOVER_OVERDUE: {Role.PARTNER, Role.MANAGER},
    Notice.APPOINTMENT_WANTED: _TEAM | {Role.PARTNER},
    Notice.OUTCOME_WANTED: _TEAM | {Role.PARTNER},
    Notice.RELEASE_MOVED: _TEAM | {Role.PARTNER},
    Notice.HANDOVER_WANTED: _TEAM,
    Notice.MEETING: _TEAM | {Role.PARTNER},
    Notice.REFERRAL: _TEAM | {Role.PARTNER},
    Notice.PROTOCOL_LAPSES: {Role.PARTNER, Role.MANAGER, Role.ADMINISTRATOR},
    Notice.INWARD: _TEAM,
    Notice.LINK_CLOSED: _TEAM,
    Notice.KEYS_LAPSE: {Role.PARTNER, Role.MANAGER, Role.ADMINISTRATOR},
}


class MailQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Mails that were asked for in the prison of ``user``, without whom they are about: an administrator may not know."""
        return self.filter(prison_id=user.prison_id).defer("person")

    def in_state(self, state):
        """Those that are WAITING, were SENT or GIVEN_UP; any other word: all."""
        return {
            "WAITING": self.filter(sent_at=None, given_up_at=None),
            "SENT": self.exclude(sent_at=None),
            "GIVEN_UP": self.exclude(given_up_at=None),
        }.get(state, self)

    def waiting(self, at):
        """Mails that are to be sent at ``at``, the oldest first."""
        return self.filter(sent_at=None, given_up_at=None, next_at__lte=at).order_by("next_at", "pk")


class Mail(Once):
    """A mail in the queue, written with what it is about. Its words are made of its ``kind`` when it is sent; ``path``: where to go.

    It is for a ``user``, or for an ``agency``: its mailbox, and everybody who signs in for it. ``person``: whom it is about, which no
    mail says; who died, or left otherwise than by release, is not written about any more. ``nonce`` is made of what it is about, so
    that a task that runs twice queues it once.
    """

    MOST_TRIES = 8

    class GivenUp(models.TextChoices):
        FAILED = "FAILED", "Could not be delivered"
        NO_ADDRESS = "NO_ADDRESS", "No address"
        NOT_WANTED = "NOT_WANTED", "Turned off"
        NO_ACCOUNT = "NO_ACCOUNT", "The account is not active"
        GONE = "GONE", "The person has left or died"
        PASSED_ON = "PASSED_ON", "Passed on to everybody of the agency"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=18, choices=Notice)
    to = models.EmailField(blank=True)
    path = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    given_up_because = models.CharField(max_length=10, choices=GivenUp, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(name="mail_is_for_somebody", condition=~Q(agency=None, user=None, to="")),
            models.CheckConstraint(
                name="mail_given_up_for_a_reason", condition=Q(given_up_at=None) ^ ~Q(given_up_because="")
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(sent_at=None, given_up_at=None), name="mail_that_waits")
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
