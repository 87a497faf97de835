"""Scheduled work of casework."""

from celery import shared_task
from django.utils import timezone

from casework import context, gateways
from casework.models import Mail, PersonMerge, RollImport, User
from casework.operations import drafts, mail, merging, roll, trail

MAILS_AT_ONCE = 50


@shared_task
def seal_audit():
    """Seal what was committed since the last run. Runs every five seconds; only one at a time does anything."""
    trail.seal_all()


@shared_task
def purge_drafts():
    """Throw away unsaved text that nobody came back to for seven days. Runs every hour."""
    system = User.objects.system()
    with context.acting(system):
        drafts.purge(now=timezone.now(), by=system)


@shared_task
def import_waiting_rolls():
    """Queue every roll that waits to be read or to be made live. Runs every five seconds."""
    with context.acting(User.objects.system()):
        waiting = list(RollImport.objects.waiting().order_by("pk").values_list("pk", flat=True))
    for import_id in waiting:
        import_roll.apply_async(kwargs={"import_id": import_id}, expires=60)


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
    """Have a roll taken up at once: somebody waits for it."""
    gateways.nudge(import_roll, import_id=import_id)


@shared_task
def make_waiting_merges():
    """Queue every merge that was asked for, and every undoing. Runs every five seconds."""
    with context.acting(User.objects.system()):
        waiting = list(PersonMerge.objects.waiting().order_by("pk").values_list("pk", flat=True))
    for merge_id in waiting:
        make_merge.apply_async(kwargs={"merge_id": merge_id}, expires=60)


@shared_task
def make_merge(*, merge_id):
    """Make or undo one merge, unless another worker is at it. The attempt is counted, and committed, first."""
    system = User.objects.system()
    with context.alone(f"merge {merge_id}") as mine:
        if not mine:
            return
        with context.acting(system):
            begun = merging.begin(merge_id=merge_id, by=system)
        if begun:
            with context.acting(system):
                merging.proceed(merge_id=merge_id, at=timezone.now(), by=system)


def nudge_merge(merge_id):
    """Have a merge taken up at once: somebody waits for it."""
    gateways.nudge(make_merge, merge_id=merge_id)


@shared_task
def send_waiting_mail():
    """Send what waits in the queue of mails. Runs every 20 seconds; only one at a time does anything."""
    system = User.objects.system()
    with context.alone("mail") as mine:
        if not mine:
            return
        with context.acting(system):
            waiting = list(Mail.objects.waiting(timezone.now()).values_list("pk", flat=True)[:MAILS_AT_ONCE])
        for mail_id in waiting:
            with context.acting(system):
                claimed = mail.claim(mail_id=mail_id, by=system, at=timezone.now())
            if claimed:
                with context.acting(system):
                    mail.send(mail_id=mail_id, by=system, at=timezone.now())
