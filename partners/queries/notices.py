"""What the prison's departments told: their own list, and that of the duty worker."""

from django.db.models import Q
from django.utils import timezone

from partners.models import InwardNotice, Protocol

ROWS = 25


def kinds(user):
    """(code, words) of what the department of ``user`` may tell his prison today."""
    ours = Protocol.objects.visible_to(user).filter(prison_id=user.prison_id).in_force(timezone.localdate())
    items = {item for protocol in ours for item in protocol.items}
    return [(kind.value, kind.label) for kind in InwardNotice.Kind if f"IN_{kind}" in items]


def own(user):
    """What the department of ``user`` sent, newest first: as it was typed, and whether it was seen."""
    return InwardNotice.objects.visible_to(user).order_by("-sent_at", "-pk")


def waiting(user):
    """What the duty worker has to look at, oldest first: what nobody has seen, and what nothing has come of."""
    return InwardNotice.objects.visible_to(user).waiting().select_related("person", "agency")


def done(user):
    """What was dealt with, newest first."""
    rows = InwardNotice.objects.visible_to(user).exclude(outcome="").filter(seen_at__isnull=False)
    return rows.select_related("person", "agency", "seen_by", "outcome_by").order_by("-outcome_at", "-pk")


def page(rows, after, *, moment="sent_at", backwards=False):
    """A page of ``rows``, in order of ``moment`` and key, behind the one with the key ``after``; and the key to go on behind, or None."""
    edge = rows.filter(pk=after).values_list(moment, "pk").first() if after else None
    if edge:
        side = "lt" if backwards else "gt"
        rows = rows.filter(Q(**{f"{moment}__{side}": edge[0]}) | Q(**{moment: edge[0], f"pk__{side}": edge[1]}))
    found = list(rows[: ROWS + 1])
    return found[:ROWS], found[ROWS - 1].pk if len(found) > ROWS else None
