"""Who waits for triage, and how the queue stands."""

from dataclasses import dataclass

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Subquery, Value, When
from django.db.models.functions import Coalesce

from casework.formats import cells, working_days
from casework.models import Alert, Location, Wing
from referrals.models import Attempt, Claim, Hold, Referral, Source
from referrals.queries import page as pages
from referrals.queries import target

PAGE = 100
PRIORITY = Referral.Urgency.PRIORITY
# What says that somebody is seen the next working day, before anything was recorded (domain.md 8.4).
PRIORITY_ALERTS = {Alert.Acct.OPEN: "an ACCT is open"}
PRIORITY_WINGS = {Wing.Kind.SEGREGATION: "the person is on the segregation unit"}
# What the queue may be sorted by → the names that it is then ordered by. "first": as it is to be worked through.
SORTS = {
    "first": ["rank", "received_on"],
    "received": ["received_on"],
    "name": ["person__surname_key", "person__forenames_key"],
    "cell": ["cell_key"],
    "source": ["source__name"],
}
MINE, FREE = "mine", "free"
HELD, ALL = "held", "all"
LATE = "late"


@dataclass
class Waiting:
    """One person who waits. ``age`` and ``late`` are working days; ``late`` is none until the day it was due has passed.

    ``why``: what makes it a priority, nothing for an ordinary one; ``claim`` and ``hold`` stand today; ``tried``: attempts, last first.
    """

    referral: Referral
    location: Location | None
    age: int
    due_on: object
    late: int
    due_today: bool
    why: list
    claim: Claim | None
    hold: Hold | None
    tried: list

    @property
    def person(self):
        return self.referral.person

    @property
    def where(self):
        """The cell or, failing that, where else the person is."""
        return self.location and (self.location.cell or self.location.get_whereabouts_display())

    @property
    def lateness(self):
        return f"{self.late} day{'' if self.late == 1 else 's'} late"

    @property
    def priority(self):
        return bool(self.why)

    @property
    def stage(self):
        """How far it has come; a hold changes nothing about it."""
        if any(attempt.outcome == Attempt.Outcome.SEEN for attempt in self.tried):
            return Referral.Stage.CONTACTED
        return Referral.Stage.CLAIMED if self.claim else Referral.Stage.RECEIVED


@dataclass
class Standing:
    """The whole queue in numbers; ``longest`` in working days; ``groups``: how many came from where, by name of the group."""

    waiting: int
    priority: int
    late: int
    longest: int
    held: int
    mine: int
    groups: dict


def standing(user, *, today):
    """How the prison of ``user`` stands; one query, however long the queue."""
    live = Claim.objects.live(today).filter(referral=OuterRef("pk"), worker=user)
    held = Hold.objects.live(today).filter(referral=OuterRef("pk"))
    rows = target.measured(Referral.objects.visible_to(user).waiting())
    rows = rows.annotate(mine=Exists(live), held=Exists(held))
    rows = list(rows.values_list("received_on", "priority_on", "source__group", "mine", "held"))
    return Standing(
        waiting=len(rows),
        priority=sum(priority_on is not None for _, priority_on, *_ in rows),
        late=sum(target.due(received, priority_on, user.prison) < today for received, priority_on, *_ in rows),
        longest=max((working_days.between(received, today) for received, *_ in rows), default=0),
        held=sum(held for *_, held in rows),
        mine=sum(mine for *_, mine, _ in rows),
        groups={group: sum(each == group for _, _, each, _, _ in rows) for group in Source.Group.values},
    )


def rows(user, *, today):
    """Everybody who waits, as ``Waiting``, in the order in which they are to be seen; who is on hold too. Six queries."""
    return _described(_ordered(_waiting(user), "first"), user, today)


def queue(user, *, today, sort="first", after=None, **chosen):
    """A page of the queue: who is to be seen, as far as ``chosen`` (see ``_narrowed``). ``after``: key with which the page before ended."""
    waiting = _narrowed(_waiting(user), user, today, **chosen)
    edge = _edge(user, sort, after) if after else None
    page = pages.of(_ordered(waiting, sort, edge), PAGE)
    return pages.Page(_described(page.rows, user, today), page.next_key)


def _waiting(user):
    """Referrals that wait, measured, each with its place (``now``), its attempts (``tried``) and how often it was repeated."""
    here = Prefetch("spell__locations", Location.objects.filter(until_at=None).select_related("wing"), to_attr="now")
    tried = Prefetch("attempts", Attempt.objects.all(), to_attr="tried")
    again = Referral.objects.filter(repeat_of=OuterRef("pk")).order_by().values("repeat_of")
    waiting = target.measured(Referral.objects.visible_to(user).waiting())
    waiting = waiting.select_related("person", "spell", "source", "wing").prefetch_related(here, tried)
    return waiting.annotate(asked_again=Coalesce(Subquery(again.annotate(count=Count("pk")).values("count")), Value(0)))


def _narrowed(waiting, user, today, *, wing=None, urgency="", group="", due="", whose="", hold=""):
    """Without who is on hold, unless ``hold`` asks for HELD or ALL. ``due``: LATE or any; ``whose``: MINE, FREE or anybody's."""
    if wing:
        waiting = waiting.filter(spell__in=Location.objects.filter(until_at=None, wing=wing).values("spell"))
    if urgency:
        waiting = waiting.filter(priority_on__isnull=urgency != PRIORITY)
    if group:
        waiting = waiting.filter(source__group=group)
    if due == LATE:
        waiting = target.late(waiting, user.prison, today)
    taken = Claim.objects.live(today).filter(prison=user.prison_id)
    if whose == MINE:
        waiting = waiting.filter(pk__in=taken.filter(worker=user).values("referral"))
    if whose == FREE:
        waiting = waiting.exclude(pk__in=taken.values("referral"))
    held = Hold.objects.live(today).filter(prison=user.prison_id).values("referral")
    if hold == HELD:
        return waiting.filter(pk__in=held)
    return waiting if hold == ALL else waiting.exclude(pk__in=held)


def _ordered(waiting, sort, edge=None):
    names = SORTS[sort.removeprefix("-")]
    return pages.behind(_keyed(waiting, names), names, edge, reverse=sort.startswith("-"))


def _keyed(referrals, names):
    """``referrals`` with those of the names they are ordered by that are no columns."""
    if "rank" in names:
        referrals = referrals.annotate(rank=Case(When(priority_on__isnull=False, then=Value(0)), default=Value(1)))
    if "cell_key" in names:
        place = Location.objects.filter(spell=OuterRef("spell"), until_at=None).exclude(cell_key="")
        referrals = referrals.annotate(cell_key=Coalesce(Subquery(place.values("cell_key")[:1]), Value(cells.LAST)))
    return referrals


def _edge(user, sort, after):
    """What the referral with the key ``after`` is ordered by, whether it still waits or not; None where there is none."""
    names = SORTS[sort.removeprefix("-")]
    last = _keyed(target.measured(Referral.objects.visible_to(user)), names).filter(pk=after)
    return last.values_list(*names, "pk").first()


def _described(referrals, user, today):
    """A ``Waiting`` for each of the measured ``referrals``: six queries, theirs included."""
    keys = [each.pk for each in referrals]
    claims = Claim.objects.live(today).filter(referral__in=keys).select_related("worker")
    claims = {claim.referral_id: claim for claim in claims}
    holds = {hold.referral_id: hold for hold in Hold.objects.live(today).filter(referral__in=keys)}
    names = target.sign_names()
    return [_row(each, user.prison, today, claims.get(each.pk), holds.get(each.pk), names) for each in referrals]


def _row(referral, prison, today, claim, hold, names):
    due = target.due_on(referral, prison)
    return Waiting(
        referral=referral,
        location=next(iter(referral.spell.now), None),
        age=working_days.between(referral.received_on, today),
        due_on=due,
        late=working_days.between(due, today),
        due_today=due == today,
        why=target.why(referral, names),
        claim=claim,
        hold=hold,
        tried=referral.tried,
    )


def one(referral, user, *, today):
    """The ``Waiting`` of one referral; None for one that was answered or repeats another. Six queries."""
    return next(iter(_described(_waiting(user).filter(pk=referral.pk), user, today)), None)


def why_priority(header):
    """Why the person of ``header`` is to be seen the next working day, or nothing."""
    kind = header.location.wing.kind if header.location and header.location.wing else ""
    codes = [alert["code"] for alert in header.alerts]
    return PRIORITY_WINGS.get(kind) or next((PRIORITY_ALERTS[code] for code in codes if code in PRIORITY_ALERTS), "")
