"""Protocols as their pages show them: which stand, which lapse soon, what happened to one."""

from datetime import timedelta

from django.utils import timezone

from casework.models import User
from partners.models import Protocol, ProtocolEvent

SOON = 28  # days before the review, when both sides are told first
FIELDS = {
    "purpose": "Purpose",
    "items": "What may pass",
    "basis": "Lawful basis",
    "review_on": "Review",
    "signed_by_us": "Signed for us",
    "signed_by_them": "Signed for the agency",
}


def standing(user, *, today):
    """The protocols that ``user`` may see and that stand today or begin later, those that lapse first at the top; each with its ``state``
    and, where nothing follows it, the days after which it lapses, ``lapses_in`` (soon or already), else None.
    """
    rows = Protocol.objects.visible_to(user).standing(today).select_related("agency", "prison")
    followed = set(rows.exclude(pk__in=rows.unrenewed().values("pk")).values_list("pk", flat=True))
    found = list(rows.order_by("review_on", "agency__name", "pk"))
    for row in found:
        row.state = row.state_on(today)
        row.lapses_in = None if row.pk in followed else _within(row, today)
        row.is_renewed = row.pk in followed
    return found


def lapsing(user, *, today):
    """Those of them that lapse within four weeks, or have."""
    return [row for row in standing(user, today=today) if row.lapses_in is not None]


def over(user, *, today):
    """The protocols that were ended, or renewed since, the newest first."""
    rows = Protocol.objects.visible_to(user).select_related("agency")
    return rows.exclude(pk__in=Protocol.objects.visible_to(user).standing(today).values("pk")).order_by(
        "-review_on", "-pk"
    )


def lapses_in(row, *, today):
    """As for ``standing``, of one protocol."""
    if row.ended_on or row.renewals.filter(ended_on=None).exists():
        return None
    return _within(row, today)


def others(row, user):
    """The other protocols with the same agency, the newest first."""
    today = timezone.localdate()
    rows = list(Protocol.objects.visible_to(user).filter(agency=row.agency_id).exclude(pk=row.pk))
    for other in rows:
        other.state = other.state_on(today)
    return rows


def events(row, user):
    """What happened to a protocol, the newest first, each with ``who`` and the ``said`` changes in words."""
    found = list(ProtocolEvent.objects.visible_to(user).filter(protocol=row).order_by("-at", "-pk"))
    keys = {event.by_id for event in found}
    names = dict(User.objects.visible_to(user).filter(pk__in=keys).values_list("pk", "full_name"))
    for event in found:
        event.who = names.get(event.by_id, "Wingwalk")
        event.said = [
            (FIELDS[name], _words(name, old), _words(name, new)) for name, (old, new) in event.changes.items()
        ]
    return found


def renewal_begins(row):
    """When what follows ``row`` begins, and what that means, in words."""
    today, after = timezone.localdate(), row.review_on + timedelta(days=1)
    if after < today:
        return "It lapsed on " + _day(row.review_on) + ": nothing has passed since. The renewal begins today."
    return f"The renewal begins on {_day(after)}, the day after the last of this one, so that nothing stops in between."


def _within(row, today):
    days = (row.review_on - today).days
    return days if days <= SOON else None


def _words(name, value):
    if name == "items":
        return "; ".join(dict(Protocol.Item.choices).get(item, item) for item in value)
    if name == "basis":
        return dict(Protocol.Basis.choices).get(value, value)
    return "/".join(reversed(value.split("-"))) if name == "review_on" else value


def _day(value):
    return f"{value.day} {value:%B %Y}"
