"""What somebody is to be reminded of, by the state of each handover and the days that deadlines tell. No clock."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from casework.access import Role
from casework.formats import deadlines
from casework.models import CustodySpell, Person, User
from partners.models import Handover, HandoverReminder

State, Kind = Handover.State, HandoverReminder.Kind
End = CustodySpell.End
ELSEWHERE = [End.TRANSFERRED, End.OTHER]
UNBOOKED = {State.SENT, State.QUERIED, State.ACKNOWLEDGED, State.MISSED}
UNTOLD = [State.ACKNOWLEDGED, State.OFFERED]
# A worker that was away for a week still asks for what it missed on the last day.
LATE_BY = timedelta(days=7)
FROM_OCLOCK = 7  # Nobody is woken by it.


@dataclass(frozen=True)
class Reminder:
    """``kind`` (``HandoverReminder.Kind``) that was due on a day."""

    kind: str
    due_on: date


def live():
    """Handovers that an agency sees and somebody may have to be reminded of, with what ``owed`` asks of them.

    Nobody is reminded of somebody who died, or left otherwise than by release.
    """
    died = CustodySpell.objects.filter(person=OuterRef("person"), end=End.DIED)
    rows = Handover.objects.filter(state__in=[State.SENT, State.QUERIED, *UNTOLD, State.MISSED]).exclude(Exists(died))
    rows = rows.exclude(case__spell__end__in=ELSEWHERE).shared().with_asked_at().with_booked_at()
    return rows.select_related("prison", "agency", "case__spell")


def waiting(*, now):
    """(key of the handover, ``Reminder``) for everything of which somebody is to be reminded by ``now`` and was not."""
    if timezone.localtime(now).hour < FROM_OCLOCK:
        return []
    rows = live().order_by("pk").prefetch_related("reminders")
    return [(row.pk, one) for row in rows for one in owed(row, now) if one not in _done(row)]


def _done(row):
    return {Reminder(done.kind, done.due_on) for done in row.reminders.all()}


def owed(row, now):
    """The reminders that are due ``now`` for one of ``live``, whether they were sent or not: the last of each kind."""
    today, timers = timezone.localdate(now), row.prison
    asked_on = timezone.localdate(row.asked_at)
    ended_at = row.case.spell.ended_at
    if row.state == State.SENT:
        yield from _about_answer(asked_on, timers, today)
    if row.state in UNBOOKED and not row.content.get("appointment") and ended_at is None:
        # One that was sent late is given the time in which it is answered.
        by = max(deadlines.book_appointment_by(row.release_on, timers), deadlines.acknowledge_on(asked_on, timers))
        if by <= today <= row.release_on:
            yield Reminder(Kind.APPOINTMENT, by)
    if row.state in UNTOLD and ended_at and not (row.booked_at and row.booked_at > now):
        days = deadlines.outcome_asked_on(timezone.localdate(ended_at), timers)
        over = [day for day in days if day <= today]
        if over and today <= days[-1] + LATE_BY:
            yield Reminder(Kind.OUTCOME, over[-1])


def _about_answer(asked_on, timers, today):
    if deadlines.ask_agency_on(asked_on, timers) <= today:
        yield Reminder(Kind.ACKNOWLEDGE, deadlines.acknowledge_on(asked_on, timers))
    if deadlines.tell_manager_on(asked_on, timers) <= today:
        yield Reminder(Kind.TELL_MANAGER, deadlines.tell_manager_on(asked_on, timers))


# Lists of what is late, as the first page counts them.


def unanswered(user, *, today):
    """Handovers of which our manager was told that no agency answered."""
    day = today
    while deadlines.tell_manager_on(day, user.prison) > today:
        day -= timedelta(days=1)
    return _still(user).waiting_after(_midnight(day + timedelta(days=1)))


def untold(user, *, today):
    """Handovers of people released so long ago that nobody asks for the outcome any more: a manager may close them."""
    line = _midnight(today - timedelta(days=user.prison.appointment_within_days))
    over = _still(user).filter(case__spell__ended_at__lt=line, state__in=UNTOLD).with_booked_at()
    return over.filter(Q(booked_at=None) | Q(booked_at__lte=timezone.now()))


def _still(user):
    return Handover.objects.visible_to(user).exclude(case__spell__end__in=[*ELSEWHERE, End.DIED])


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


# Who is told.


def agency(handover):
    """The keywords for a mail to the agency of ``handover``."""
    return [{"agency": handover.agency, "path": reverse("partners:received", args=[handover.pk]), **_of(handover)}]


def agency_without_it(handover):
    """Those for a mail to the agency of ``handover``, which sees it no more: it leads to the list, not to the handover."""
    return [{**told, "path": reverse("partners:coming")} for told in agency(handover)]


def workers(handover):
    """Those for mails to who made ``handover`` and who holds its case now; the database tells an agency no more of them than a key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.handover_workers(%s)", [handover.pk])
        return _staff(handover, sorted(key for (key,) in cursor.fetchall()))


def managers(handover):
    """Those for mails to the managers of its prison."""
    who = Q(role=Role.MANAGER, prison=handover.prison_id, is_active=True)
    return _staff(handover, User.objects.filter(who).order_by("pk").values_list("pk", flat=True))


def _staff(handover, keys):
    path = reverse("partners:handover", args=[handover.pk])
    return [{"user": User(pk=key), "path": path, **_of(handover)} for key in keys]


def _of(handover):
    """Whom it is about; an agency has no way to the row of the person."""
    return {"person": Person(pk=handover.person_id), "prison": handover.prison}


def other_side(handover, by):
    """Those for mails to whoever did not take the step that ``by`` took."""
    return workers(handover) if by.is_partner else agency(handover)
