"""Scheduled work of casework."""

from contextlib import suppress

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from casework import context
from casework.models import RollImport, User
from casework.operations import roll, trail


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
        import_roll.delay(import_id=import_id)


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


def nudge_on_commit():
    """Ask for a sweep once this is committed, because somebody waits. If the broker does not answer the clock will do it."""
    transaction.on_commit(_nudge)


def _nudge():
    with suppress(OperationalError):
        import_waiting_rolls.apply_async(retry=False, expires=60)
