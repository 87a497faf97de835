"""Key-holders, by what runs out first."""

from datetime import timedelta

from django.db.models.functions import Least

from partners.models import KeyHolder

SOON = 28
REMINDED = (28, 7)  # days before


def standing(user):
    """Who carries keys, whoever's vetting or key talk runs out first at the top; one query."""
    held = KeyHolder.objects.visible_to(user).filter(ended_on=None).select_related("agency", "user")
    return held.annotate(runs_out=Least("vetted_until", "key_talk_until")).order_by("runs_out", "name", "pk")


def running_out(user, today):
    """Those of them whose vetting or key talk has run out, or does within four weeks."""
    return standing(user).filter(runs_out__lte=today + timedelta(days=SOON))


def own(user):
    """``user`` as a key-holder of the prison that he belongs to, or None."""
    mine = KeyHolder.objects.visible_to(user).filter(user=user, prison=user.prison_id, ended_on=None)
    return mine.select_related("agency").order_by("-pk").first()


def reminder_due(holder, today):
    """The day of the last reminder that should have gone by ``today`` and did not; None where none is owed."""
    days = [last - timedelta(days=count) for last in [holder.vetted_until, holder.key_talk_until] for count in REMINDED]
    passed = max((day for day in days if day <= today), default=None)
    return passed if passed and (holder.reminded_on is None or holder.reminded_on < passed) else None
