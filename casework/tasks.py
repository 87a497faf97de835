"""Scheduled work of casework."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from casework import context
from casework.models import RollImport, User
from casework.operations import roll, trail

logger = logging.getLogger(__name__)


@shared_task
def seal_audit():
    """Seal what was committed since the last run. Runs every five seconds; only one at a time does anything."""
    trail.seal_all()


@shared_task
def import_waiting_rolls():
    """Queue every roll that waits to be read or to be made live. Runs every five seconds."""
    with context.acting(User.objects.system()):
        waiting = list(RollImport.objects.waiting().order_by("pk").values_list("pk", flat=True))
    for import_id in waiting:
        _queue(import_id)


@shared_task
def import_roll(*, import_id):
    """Take one roll its next step, unless another worker is at it. The attempt is counted, and committed, first."""
    system = User.objects.system()
    with context.alone(f"roll {import_id}") as mine:
        if not mine:
            return
        with context.acting(system):
            begun = roll.begin(import_id=import_id, by=system)
        if begun:
            with context.acting(system):
                roll.proceed(import_id=import_id, at=timezone.now(), by=system)


def nudge(import_id):
    """Have a roll taken up at once, after the transaction: somebody waits. Where the broker does not answer, the sweep comes soon."""
    transaction.on_commit(partial(_nudge, import_id))


def _nudge(import_id):
    try:
        _queue(import_id, retry=False)
    except Exception:  # Whatever the broker's client raises: nobody shall see it.
        logger.warning("No nudge for roll %s; the sweep will find it.", import_id, exc_info=True)


def _queue(import_id, **options):
    """Put a roll before the workers; the sweep asks again, so a message that nobody takes goes stale."""
    import_roll.apply_async(kwargs={"import_id": import_id}, expires=60, **options)
