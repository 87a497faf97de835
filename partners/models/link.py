"""Links by which an agency without accounts reads and answers one handover."""

from django.db import models
from django.db.models import Q

from casework.models import Agency, Prison, User
from casework.models.base import Once
from partners.models.handover import Handover, OfHandover


class HandoverLink(Once):
    """One link to one handover. Neither the link nor its code is kept, only what proves them.

    ``bound``: the browser that used it first; no other can use it after. ``tries``: wrong codes so far.
    """

    MOST_TRIES = 5

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


class LinkView(models.Model):
    """That something was read, or tried, by a link."""

    class What(models.TextChoices):
        WRONG_CODE = "WRONG_CODE", "Wrong code"
        OTHER_BROWSER = "OTHER_BROWSER", "Another browser was turned away"
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
