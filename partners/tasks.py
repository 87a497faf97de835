"""Packs, built while somebody waits. The row is the truth and the queue a hint."""

from celery import shared_task
from django.utils import timezone

from casework import context, gateways
from casework.models import User
from partners.models import Meeting, MeetingMinutes, Pack
from partners.operations import meeting_lists, meetings, minutes, packs

AT_ONCE = 20


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
