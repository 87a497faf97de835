"""When somebody of an agency last looked at what was sent to it."""

from django.db import transaction
from django.utils import timezone

from partners.models import LastLook


@transaction.atomic
def look(*, handovers, by, at=None):
    """``by`` has seen ``handovers`` as they are now. The trail knows from the page itself who opened what."""
    at = at or timezone.now()
    looks = [
        LastLook(handover=row, user=by, prison_id=row.prison_id, agency_id=row.agency_id, at=at) for row in handovers
    ]
    LastLook.objects.bulk_create(looks, update_conflicts=True, unique_fields=["handover", "user"], update_fields=["at"])
