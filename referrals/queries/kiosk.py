"""The kiosk as somebody without an account may know it, and the links as an administrator does."""

import hashlib
from dataclasses import dataclass

from django.db import connection

from referrals.models import KioskLink


@dataclass(frozen=True)
class Kiosk:
    """A live link: its keys, for the trail, and the names of its prison and wing, for the page. Nothing about anybody."""

    link_id: int
    prison_id: int
    prison: str
    wing: str

    @property
    def link(self):
        """The link as the target of an entry in the trail; nobody here may read the row."""
        return KioskLink(pk=self.link_id, prison_id=self.prison_id)


def fingerprint(token):
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(token):
    """The kiosk of a live link, or None for a token that is revoked, run out, or never was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT link, prison, prison_name, wing_name FROM ww.kiosk(%s)", [fingerprint(token)])
        row = cursor.fetchone()
    return Kiosk(*row) if row else None


def links(user, *, today):
    """The links that the prison of ``user`` issued: those that take slips, and those that no longer do."""
    rows = list(KioskLink.objects.visible_to(user).select_related("wing", "issued_by", "revoked_by"))
    live = [row for row in rows if row.revoked_at is None and row.expires_on >= today and row.wing.ended_on is None]
    return live, [row for row in rows if row not in live]
