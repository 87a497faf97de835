"""Whose work a record is, and which records were opened outside one's own work.

Own work of a keyworker are the people whose case he holds or shares, or did less than ``DAYS`` days ago; those whose case nobody holds or
who wait for triage (which the front door answers: ``casework.events.own_work_asked``); those on a wing that he covers while the worker
who holds their case is away; and those expected at a session that he runs (which interventions answers). Any other record of the prison
opens for three hours when he says why. The whole caseload of the team is the own work of its manager, who is asked for no reason: the
trail names him like everybody.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from casework.models import Allocation, CoWorker, Location, RecordAccess

DAYS = 14
PAGE = 50
# As the pages say it, to the keyworker who is asked and to the manager who reads the answer.
RULE = (
    "Your own work are the people whose case you hold or share, or did in the last two weeks, and everybody whose case nobody holds or "
    "who waits for triage. While a worker is away, whoever covers the person’s wing has the same. Whoever is expected at a group or a "
    "drop-in that you run is your own work from the day before until it is to be written up."
)
RULE_OF_ALL = (
    "Own work are the people whose case a keyworker holds or shares, or did in the last two weeks, and everybody whose case nobody "
    "holds or who waits for triage. While a worker is away, whoever covers the person’s wing has the same. Whoever is expected at a "
    "group or a drop-in is the own work of those who run it, from the day before until it is to be written up."
)


def standing(user):
    """What is asked about people to know whether ``user`` may open their record: ``is_own``, and ``access``, his last live reason."""
    live = RecordAccess.objects.live(timezone.now()).filter(person=OuterRef("pk"), user=user, prison=user.prison_id)
    return {"is_own": _is_own(user), "access": Subquery(live.values("pk")[:1])}


def _is_own(user):
    ours = {"person": OuterRef("pk"), "prison": user.prison_id}
    theirs = {"case__person": OuterRef("pk"), "prison": user.prison_id}
    lately = Q(until_at=None) | Q(until_at__gt=timezone.now() - timedelta(days=DAYS))
    held = Allocation.objects.filter(**theirs, until_at=None, case__closed_on=None)
    mine = Allocation.objects.filter(lately, **theirs, worker=user)
    shared = CoWorker.objects.filter(lately, **ours, worker=user)
    return ~Exists(held) | Exists(mine) | Exists(shared) | (Exists(_away(held)) & Exists(_covered(user)))


def _away(held):
    """``held`` by somebody who is away today."""
    today = timezone.localdate()
    away = {"worker__absences__from_on__lte": today, "worker__absences__until_on__gte": today}
    return held.filter(worker__absences__withdrawn_at=None, **away)


def _covered(user):
    """Places of the person on a wing that ``user`` covers."""
    covered = {"wing__cover__user": user, "wing__cover__ended_on": None}
    here = {"spell__person": OuterRef("pk"), "spell__ended_at": None, "prison": user.prison_id}
    return Location.objects.filter(**here, **covered, until_at=None)


@dataclass
class Page:
    """Up to ``PAGE`` openings; ``more``: there are others behind the last."""

    rows: list
    more: bool

    @property
    def people(self):
        return {row.person_id for row in self.rows}


def unread(user):
    """Records opened outside own work before today that no manager of the prison has marked as read."""
    return RecordAccess.objects.visible_to(user).filter(read_at=None, from_at__lt=_midnight())


def todays(user):
    """Those of today, which are to be read tomorrow."""
    return RecordAccess.objects.visible_to(user).filter(read_at=None, from_at__gte=_midnight())


def read(user):
    """Those that were marked as read."""
    return RecordAccess.objects.visible_to(user).filter(read_at__isnull=False)


LISTS = {"unread": unread, "today": todays, "read": read}


def page(user, name, *, after=None):
    """A page of one of ``LISTS``, newest first, behind the opening with the key ``after``; each with ``holder``, who holds the case now."""
    rows = LISTS[name](user)
    if after and (edge := rows.filter(pk=after).values_list("from_at", "pk").first()):
        rows = rows.filter(Q(from_at__lt=edge[0]) | Q(from_at=edge[0], pk__lt=edge[1]))
    holder = Allocation.objects.filter(case__person=OuterRef("person"), prison=user.prison_id, until_at=None)
    rows = rows.annotate(holder=Subquery(holder.values("worker__full_name")[:1]))
    rows = list(rows.select_related("person", "user", "read_by").order_by("-from_at", "-pk")[: PAGE + 1])
    return Page(rows[:PAGE], len(rows) > PAGE)


def _midnight():
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
