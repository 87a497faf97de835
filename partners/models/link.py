"""Links by which an agency without accounts reads and answers one handover."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from casework.models import Agency, Prison, User
from casework.models.base import Once
from partners.models.handover import Handover, OfHandover


class HandoverLink(Once):
    """One link to one handover. Neither the link nor its code is kept, only what proves them; both are made of ``nonce`` and the
    server's secret (``casework.formats.links``) when they are sent.

    ``bound``: what is kept of the browser that used it first, and no other can use it after. ``seen_at``: its last click, or its last
    right code. ``tries``: wrong codes since the last right one.
    """

    MOST_TRIES = 5  # partners/sql/link.sql counts to the same.
    HOURS = {24: "One day", 72: "Three days", 168: "A week"}
    USUAL_HOURS = 72

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="links")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    mailbox = models.EmailField()
    code_to = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    bound = models.CharField(max_length=64, blank=True)
    first_used_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["handover"], condition=Q(revoked_at=None), name="one_open_link_per_handover"
            ),
            models.CheckConstraint(name="link_bound_when_used", condition=Q(bound="") ^ Q(first_used_at__isnull=False)),
        ]

    @property
    def is_dead(self):
        """Whether too many wrong codes were given."""
        return self.tries >= self.MOST_TRIES

    @property
    def is_live(self):
        """Whether it still opens the handover, as far as it depends on the link."""
        return self.revoked_at is None and not self.is_dead and self.expires_at > timezone.now()

    @property
    def state(self):
        """What the team reads of it, and the colour of that."""
        if self.revoked_at:
            return "Revoked", "grey"
        if self.is_dead:
            return "Closed after wrong codes", "red"
        if self.expires_at <= timezone.now():
            return "Ran out", "grey"
        return ("Opened", "green") if self.first_used_at else ("Sent, not opened yet", "blue")


class LinkView(models.Model):
    """That something was read, or tried, by a link."""

    class What(models.TextChoices):
        OPENED = "OPENED", "Opened with the code"
        WRONG_CODE = "WRONG_CODE", "Wrong code"
        OTHER_BROWSER = "OTHER_BROWSER", "Another browser was turned away"
        LATE = "LATE", "Turned away: it was over, or no longer shared"
        HANDOVER = "HANDOVER", "Handover read"
        PACK = "PACK", "Pack read"
        ANSWER = "ANSWER", "Answered"

    link = models.ForeignKey(HandoverLink, on_delete=models.PROTECT, related_name="views")
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="link_views")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=13, choices=What)
    at = models.DateTimeField()

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]


@dataclass(frozen=True)
class Visitor:
    """Whoever reads by a link. He has no account and stands where a user stands; what he does, the link did.

    Row security knows him by ``link_id``: he sees what the link is for and nothing else of his agency.
    """

    link_id: int
    handover_id: int
    prison_id: int
    agency_id: int
    agency: str
    until: datetime

    pk = None
    role = "LINK"
    is_partner = True
    is_authenticated = False

    @property
    def full_name(self):
        """As the trail names him."""
        return f"Link {self.link_id} of {self.agency}"[:120]

    @property
    def link(self):
        """The link as the target of an entry in the trail: its keys, which is all that he may know of it."""
        return HandoverLink(pk=self.link_id, prison_id=self.prison_id, handover_id=self.handover_id)
