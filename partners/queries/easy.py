"""What the page says that somebody keeps when he leaves."""

from django.utils import timezone

from partners.models import Pack
from partners.queries import packs


def content(handover, *, sender):
    """What ``handover`` says now, with the appointment that its agency offered where it did since. Three queries at most."""
    sent = (
        handover.packs.filter(state=Pack.State.BUILT).values_list("content", flat=True).first() if handover.pk else None
    )
    said = sent or packs.compose(handover, sender=sender)
    offered = handover.appointments.filter(outcome="").first() if handover.pk else None
    return {**said, **_offered(handover, offered)} if offered else said


def _offered(handover, offered):
    at = timezone.localtime(offered.at)
    return {
        "appointment": {
            "agency": handover.agency.name,
            "on": at.date().isoformat(),
            "time": f"{at:%H:%M}",
            "person": offered.whom,
            "address": offered.where,
        },
        "no_appointment_because": "",
    }
