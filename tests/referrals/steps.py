"""What the tests of the front door do over and over."""

from datetime import timedelta

from casework.models import AuditEntry
from tests import factories

DAY = factories.DAY
ALTCOURSE = ("ACI", "Altcourse (HMP)")


def listed(action):
    """The people whom lists of this kind named, by the trail."""
    return [entry.detail["people"] for entry in AuditEntry.objects.filter(action=action).order_by("pk")]


def opened(action):
    """Who did this to whom, by the trail."""
    return list(AuditEntry.objects.filter(action=action).order_by("pk").values_list("by_id", "person_id"))


def referral(days=0, surname="Testerton", **given):
    """A referral of somebody new, received some days ago."""
    given.setdefault("spell", factories.spell(factories.person(surname)))
    return factories.referral(received_on=DAY - timedelta(days=days), **given)


def errors(response):
    return response.context["form"].errors
