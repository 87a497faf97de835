"""What was handed over to an agency."""

from datetime import timedelta

from django.utils import timezone

from partners.models import Handover


def coming(user, *, earlier=False):
    """What was handed over to the agency of ``user``: those due out or out for eight weeks at most, or else the earlier ones."""
    line = timezone.localdate() - timedelta(days=56)
    shared = Handover.objects.visible_to(user)
    if earlier:
        return shared.filter(release_on__lt=line).order_by("-release_on", "-pk")
    return shared.filter(release_on__gte=line).order_by("release_on", "pk")
