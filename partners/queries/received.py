"""What was handed over to an agency, as its users list, search, print and export it: one rule for all of them, ``visible_to``."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from casework.formats import numbers
from casework.models import Prison
from partners.models import Handover, HandoverMove, LastLook, Pack, ReleaseMove

UNANSWERED = [Handover.State.SENT, Handover.State.QUERIED]
SUPPORTED = timedelta(days=56)
NEW, MOVED, CHANGED = "New", "Release moved", "Changed"


def coming(user, *, earlier=False):
    """What was handed over to the agency of ``user`` and goes on: those due out or out for eight weeks at most, or else the earlier ones.

    What is closed is among the earlier ones, whenever that was.
    """
    over = Q(release_on__lt=timezone.localdate() - SUPPORTED) | Q(state=Handover.State.CLOSED)
    shared = Handover.objects.visible_to(user)
    if earlier:
        return shared.filter(over).order_by("-release_on", "-pk")
    return shared.exclude(over).order_by("release_on", "pk")


def since_last_look(rows, user):
    """``rows``, each with ``looked_at``, ``is_moved`` and ``is_changed``: when ``user`` last opened it, and what others did since then."""
    look = LastLook.objects.filter(handover=OuterRef("pk"), user=user).values("at")[:1]
    later = {"handover": OuterRef("pk"), "at__gt": OuterRef("looked_at")}
    moves = HandoverMove.objects.filter(**later).exclude(by=user)
    packs = Pack.objects.filter(handover=OuterRef("pk"), built_at__gt=OuterRef("looked_at"))
    return rows.annotate(looked_at=Subquery(look)).annotate(
        is_moved=Exists(ReleaseMove.objects.filter(**later)), is_changed=Exists(moves) | Exists(packs)
    )


def mark(row):
    """The word for what is new about one row of ``since_last_look``, or nothing."""
    if row.looked_at is None:
        return NEW
    return MOVED if row.is_moved else CHANGED if row.is_changed else ""


def narrowed(rows, *, text="", within="", state="", area="", news=""):
    """Those of ``since_last_look`` that were asked for: by name or number, due out within so many days, state, area, new or changed."""
    for part in text.split():
        number = numbers.normalise(part)
        rows = rows.filter(Q(content__person__name__icontains=part) | Q(content__person__number=number))
    if within:
        rows = rows.filter(release_on__lte=timezone.localdate() + timedelta(days=int(within)))
    if state:
        rows = rows.filter(state=state)
    if area:
        rows = rows.filter(content__person__area=area)
    if news:
        rows = rows.filter(Q(looked_at=None) | Q(is_moved=True) | Q(is_changed=True))
    return rows


def areas(user):
    """The areas of return that the handovers to the agency of ``user`` name."""
    area = KeyTextTransform("area", KeyTextTransform("person", "content"))
    rows = Handover.objects.visible_to(user).order_by().annotate(area=area).exclude(area=None).exclude(area="")
    return sorted(rows.values_list("area", flat=True).distinct())


@dataclass(frozen=True)
class Recalled:
    """A handover that the prison recalled after it was sent: its number and the day, and nothing of whom it was about."""

    reference: str
    on: date


def recalled(user):
    """What was recalled from the agency of ``user`` in the last two weeks, newest first: the database tells no more of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ww.recalled_handovers(%s) ORDER BY recalled_at DESC", [user.agency_id])
        rows = cursor.fetchall()
    return [
        Recalled(Handover(pk=key, prison=Prison(code=code), made_at=made_at).reference, timezone.localdate(at))
        for key, code, made_at, at in rows
    ]
