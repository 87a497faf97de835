"""By when a referral is to be triaged, and why: the one place where priority is decided (domain.md 8.4).

It is derived whenever it is read, so that urgency rises by itself when an ACCT is opened or the person goes to segregation while he
waits. What has risen stays risen, whatever is closed afterwards.
"""

from datetime import timedelta

from django.db.models import Case, DateField, DateTimeField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, Least, TruncDate
from django.utils import timezone

from casework.formats import deadlines
from casework.models import Alert, Location, Strand, Wing
from referrals.models import Referral, Sign

DETOX = (Strand.Kind.DETOX, Strand.Kind.STABILISATION)
PRIORITY = Referral.Urgency.PRIORITY


def measured(referrals):
    """``referrals`` with the day since when each rule holds, counted from the day received: ``acct_on``, ``segregated_on``, ``detox_on``.

    ``again_on``: when a repeat said that it is one.
    ``priority_on`` is the first day on which anything made it a priority; None: it is ordinary.
    """
    end = Coalesce(OuterRef("triaged_at"), Value(timezone.now()), output_field=DateTimeField())
    said = Q(urgency=PRIORITY) | Q(source__priority=True) | ~Q(signs=[])
    again = Referral.objects.filter(said, repeat_of=OuterRef("pk")).order_by("received_on")
    marked = referrals.annotate(
        acct_on=_since(
            Alert.objects.filter(person=OuterRef("person"), prison=OuterRef("prison"), code=Alert.Acct.OPEN), end
        ),
        segregated_on=_since(
            Location.objects.filter(spell=OuterRef("spell"), wing__kind=Wing.Kind.SEGREGATION),
            end,
        ),
        detox_on=Subquery(
            Strand.objects.filter(
                Q(ended_on=None) | Q(ended_on__gte=OuterRef("received_on")),
                person=OuterRef("person"),
                prison=OuterRef("prison"),
                kind__in=DETOX,
                started_on__lte=TruncDate(end),
            )
            .order_by("started_on")
            .values(day=Greatest(F("started_on"), OuterRef("received_on"), output_field=DateField()))[:1]
        ),
        said_on=Case(When(said, then=F("received_on")), output_field=DateField()),
        again_on=Subquery(
            again.values(day=Greatest(F("received_on"), OuterRef("received_on"), output_field=DateField()))[:1]
        ),
    )
    return marked.annotate(priority_on=Least("said_on", "again_on", "acct_on", "segregated_on", "detox_on"))


def _since(rows, end):
    """The first day, from the day received on, that one of ``rows`` covers before the moment ``end``."""
    within = rows.filter(Q(until_at=None) | Q(until_at__date__gte=OuterRef("received_on")), from_at__lte=end)
    day = Greatest(TruncDate("from_at"), OuterRef("received_on"), output_field=DateField())
    return Subquery(within.order_by("from_at").values(day=day)[:1])


def due_on(referral, prison):
    """The last day on which triage is within the target of ``prison``. ``referral`` was measured."""
    return due(referral.received_on, referral.priority_on, prison)


def due(received_on, priority_on, prison):
    """The same, of the two days that it depends on."""
    ordinary = deadlines.triage_on(received_on, priority=False, timers=prison)
    if priority_on is None:
        return ordinary
    return min(ordinary, deadlines.triage_on(priority_on, priority=True, timers=prison))


def late(referrals, prison, today):
    """Those of the measured ``referrals`` that were due before ``today``, as ``due`` has it; no query of its own."""
    ordinary, priority = (_in_time_from(prison, today, priority=priority) for priority in (False, True))
    return referrals.filter(Q(received_on__lt=ordinary) | Q(priority_on__lt=priority))


def _in_time_from(prison, today, *, priority):
    """The first day from which a referral is still within the target of ``prison`` on ``today``."""
    day = today
    while deadlines.triage_on(day - timedelta(days=1), priority=priority, timers=prison) >= today:
        day -= timedelta(days=1)
    return day


def of(referral):
    """``referral``, measured: one query."""
    return measured(Referral.objects.filter(pk=referral.pk)).select_related("source", "prison").get()


def sign_names():
    """What the signs are called, by code."""
    return dict(Sign.objects.values_list("code", "name"))


def why(referral, names):
    """Why a measured ``referral`` is a priority, in a few words each; an empty list for an ordinary one. ``names``: of the signs."""
    reasons = [names.get(code, code) for code in referral.signs]
    if referral.source.priority:
        reasons.append(f"From: {referral.source.name.lower()}")
    since = [("ACCT open", referral.acct_on), ("Segregation", referral.segregated_on), ("Detox", referral.detox_on)]
    for words, day in since:
        if day:
            reasons.append(words if day == referral.received_on else f"{words} since {day:%-d %B}")
    if referral.again_on:
        reasons.append(f"Asked again as a priority on {referral.again_on:%-d %B}")
    if referral.urgency == PRIORITY and not reasons:
        reasons.append("Said to be urgent")
    return reasons


def due_between(referrals, prison, first, last):
    """Those of ``referrals`` whose triage falls due from ``first`` to ``last``, with that day as ``due_on``. Asks one query at once."""
    # Weekends and holidays at most triple the way.
    earliest = first - timedelta(days=14 + 3 * max(prison.triage_working_days, prison.priority_working_days))
    received = referrals.filter(received_on__gte=earliest, received_on__lte=last)
    days = {}
    for pk, received_on, priority_on in measured(received).values_list("pk", "received_on", "priority_on"):
        if first <= (day := due(received_on, priority_on, prison)) <= last:
            days.setdefault(day, []).append(pk)
    when = [When(pk__in=keys, then=Value(day)) for day, keys in days.items()]
    chosen = referrals.filter(pk__in=[pk for keys in days.values() for pk in keys])
    return chosen.annotate(due_on=Case(*when, default=None, output_field=DateField()))
