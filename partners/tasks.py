"""Packs, built while somebody waits. The row is the truth and the queue a hint."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction

from casework import context
from casework.models import User
from partners import operations
from partners.models import Pack

logger = logging.getLogger(__name__)
AT_ONCE = 20


@shared_task
def build_waiting_packs():
    """Queue the packs that have waited longest. Runs every five seconds, and never fills the queue of those who wait for a page."""
    with context.acting(User.objects.system()):
        waiting = list(Pack.objects.waiting().order_by("asked_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for pack_id in waiting:
        _queue(pack_id)


@shared_task
def build_pack(*, pack_id):
    """Build one pack, unless another worker is at it. The attempt is counted, and committed, first: one that kills its worker counts."""
    system = User.objects.system()
    with context.alone(f"pack {pack_id}") as mine:
        if not mine:
            return
        with context.acting(system):
            claimed = operations.claim(pack_id=pack_id, by=system)
        if claimed:
            with context.acting(system):
                operations.build(pack_id=pack_id, by=system)


def nudge(pack_id):
    """Have a pack built at once, after the transaction: somebody waits. Where the broker does not answer, the sweep comes soon."""
    transaction.on_commit(partial(_nudge, pack_id))


def _nudge(pack_id):
    try:
        _queue(pack_id, retry=False)
    except Exception:  # Whatever the broker's client raises: nobody shall see it.
        logger.warning("No nudge for pack %s; the sweep will find it.", pack_id, exc_info=True)


def _queue(pack_id, **options):
    """Put a pack before the workers; the sweep asks again, so a message that nobody takes goes stale."""
    build_pack.apply_async(kwargs={"pack_id": pack_id}, expires=30, **options)
