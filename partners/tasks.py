"""Packs, built while somebody waits; what departments and visitors told, taken up; what deadlines ask for, before protocols and keys lapse
too. The row is the truth and the queue a hint.
"""

from celery import shared_task
from django.utils import timezone

from casework import context, gateways
from casework.models import User
from partners.models import InwardNotice, KeyHolder, Meeting, MeetingMinutes, Pack, Protocol, WingVisitLine
from partners.operations import (
    key_holders,
    meeting_lists,
    meetings,
    minutes,
    notices,
    packs,
    protocols,
    reminders,
    visits,
)
from partners.queries import reminders as owed

AT_ONCE = 20
LINES_AT_ONCE = 100


@shared_task
def build_waiting_packs():
    """Queue the packs that have waited longest. Runs every five seconds, and never fills the queue of those who wait for a page."""
    with context.acting(User.objects.system()):
        waiting = list(Pack.objects.waiting().order_by("asked_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for pack_id in waiting:
        build_pack.apply_async(kwargs={"pack_id": pack_id}, expires=30)


@shared_task
def build_pack(*, pack_id):
    """Build one pack, unless another worker is at it. The attempt is counted, and committed, first: one that kills its worker counts."""
    system = User.objects.system()
    with context.alone(f"pack {pack_id}") as mine:
        if not mine:
            return
        with context.acting(system):
            claimed = packs.claim(pack_id=pack_id, by=system)
        if claimed:
            with context.acting(system):
                packs.build(pack_id=pack_id, by=system)


@shared_task
def remind_of_handovers():
    """Remind whoever owes something about a handover. Runs every hour in UTC, counts days in London, and catches up on what it missed.

    Each reminder is a transaction of its own: killed between two, it goes on with the next at its next run.
    """
    system = User.objects.system()
    with context.alone("reminders") as mine:
        if not mine:
            return
        with context.acting(system):
            waiting = owed.waiting(now=timezone.now())
        for handover_id, reminder in waiting:
            with context.acting(system):
                reminders.remind(handover_id=handover_id, reminder=reminder, by=system, at=timezone.now())


def nudge(pack_id):
    """Have a pack built at once: somebody waits for it."""
    gateways.nudge(build_pack, pack_id=pack_id)


@shared_task
def build_waiting_minutes():
    """Queue the minutes of meetings that have waited longest. Runs every five seconds, as packs do."""
    with context.acting(User.objects.system()):
        waiting = list(
            MeetingMinutes.objects.waiting().order_by("asked_at", "pk").values_list("pk", flat=True)[:AT_ONCE]
        )
    for minutes_id in waiting:
        build_minutes.apply_async(kwargs={"minutes_id": minutes_id}, expires=30)


@shared_task
def build_minutes(*, minutes_id):
    """Build one set of minutes, unless another worker is at it. The attempt is counted, and committed, first."""
    system = User.objects.system()
    with context.alone(f"minutes {minutes_id}") as mine:
        if not mine:
            return
        with context.acting(system):
            claimed = minutes.claim(minutes_id=minutes_id, by=system)
        if claimed:
            with context.acting(system):
                minutes.build(minutes_id=minutes_id, by=system)


def nudge_minutes(minutes_id):
    """Have minutes built at once: somebody waits for them."""
    gateways.nudge(build_minutes, minutes_id=minutes_id)


@shared_task
def propose_for_meetings():
    """Bring the lists of planned meetings up to date, with everybody on them whom no single worker may see. Runs each hour."""
    system = User.objects.system()
    with context.acting(system):
        for meeting in Meeting.objects.filter(state=Meeting.State.PLANNED):
            meeting_lists.propose(meeting=meeting, by=system)


@shared_task
def remind_of_actions():
    """Tell agencies that actions of theirs are overdue, once a week each. Runs every morning."""
    system = User.objects.system()
    with context.acting(system):
        meetings.remind(by=system, on=timezone.localdate())


@shared_task
def take_in_notices():
    """Tell the managers what departments sent, and make the referrals that come of it by themselves. Runs every 20 seconds."""
    system = User.objects.system()
    with context.acting(system):
        waiting = list(InwardNotice.objects.just_sent().order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for notice_id in waiting:
        with context.acting(system):
            notices.take_in(notice_id=notice_id, by=system, at=timezone.now())


@shared_task
def warn_of_lapses():
    """Tell both sides of each protocol that lapses soon. Runs every hour and does something once for each: a day that was missed is made
    up for by the next run, whenever that is. Days are London's.
    """
    system, today = User.objects.system(), timezone.localdate()
    with context.acting(system):
        due = list(Protocol.objects.in_force(today).unrenewed().order_by("pk").values_list("pk", flat=True))
    for protocol_id in due:
        with context.acting(system):
            protocols.warn(protocol_id=protocol_id, today=today, by=system)


@shared_task
def take_up_visits():
    """Find whose numbers agencies wrote down, and do what their lines ask for. Runs every five seconds; one at a time does anything."""
    system = User.objects.system()
    with context.alone("wing visits") as mine:
        if not mine:
            return
        with context.acting(system):
            waiting = WingVisitLine.objects.filter(taken_up_at=None).order_by("pk")
            waiting = list(waiting.values_list("pk", flat=True)[:LINES_AT_ONCE])
        for line_id in waiting:
            with context.acting(system):
                visits.take_up(line_id=line_id, by=system)


@shared_task
def remind_of_keys():
    """Tell whom it concerns that somebody's vetting or key talk runs out. Runs every morning; what it missed it does the next time."""
    system, today = User.objects.system(), timezone.localdate()
    with context.acting(system):
        holders = list(KeyHolder.objects.filter(ended_on=None).order_by("pk").values_list("pk", flat=True))
    for holder_id in holders:
        with context.acting(system):
            key_holders.remind(holder_id=holder_id, by=system, today=today)


def nudge_visits():
    """Have what an agency wrote taken up at once."""
    gateways.nudge(take_up_visits)
