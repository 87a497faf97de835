"""Packs, built while somebody waits, and what deadlines ask for. The row is the truth and the queue a hint."""

from celery import shared_task
from django.utils import timezone

from casework import context, gateways
from casework.models import User
from partners.models import Pack
from partners.operations import packs, reminders
from partners.queries import reminders as owed

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
