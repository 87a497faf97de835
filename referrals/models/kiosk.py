"""Addresses at which officers without an account hand over slips."""

from django.db import models

from casework.models import Prison, User, Wing
from casework.models.base import Once, OnceQuerySet


class KioskLinkQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Links of the prison of ``user``: administrators keep them."""
        return self.filter(prison_id=user.prison_id)

    def live(self, today):
        """Links that still take slips."""
        return self.filter(revoked_at=None, expires_on__gte=today)


class KioskLink(Once):
    """An address at which the officers of a wing hand over slips without an account.

    It can write and nothing else. The token is in the address and nowhere here: only its SHA-256, in hexadecimal.
    """

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    used = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = KioskLinkQuerySet.as_manager()

    class Meta:
        ordering = ["wing__code", "-issued_at", "-pk"]
        indexes = [models.Index(fields=["prison", "revoked_at"], name="kiosk_link_of_prison")]

    def __str__(self):
        return self.label
