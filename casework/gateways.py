"""What leaves the building: checkpoints of the audit trail, in a file that the database cannot reach; nudges to the broker; mail."""

import fcntl
import json
import logging
import os
from contextlib import contextmanager
from functools import partial

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

logger = logging.getLogger(__name__)
# A broker that takes connections and never answers would hold the page for as long as the workers' own patience.
IMPATIENT = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}


@contextmanager
def checkpoint_file():
    """The file of checkpoints, held by this process alone for the time of the block, ready to append to."""
    settings.AUDIT_CHECKPOINTS.parent.mkdir(parents=True, exist_ok=True)
    with settings.AUDIT_CHECKPOINTS.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def append_checkpoint(file, checkpoint):
    """Write one checkpoint (a dict) as a line, and do not come back before it is on the disk."""
    file.write(json.dumps(checkpoint, sort_keys=True) + "\n")
    file.flush()
    os.fsync(file.fileno())


def checkpoints():
    """Every checkpoint in the file, oldest first; none where there is no file. A line cut off by a crash is passed over."""
    if not settings.AUDIT_CHECKPOINTS.exists():
        return
    with settings.AUDIT_CHECKPOINTS.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def nudge(task, **arguments):
    """Have ``task`` run at once, after the transaction: somebody waits. Where the broker does not answer, the sweep comes soon."""
    transaction.on_commit(partial(_send, task, arguments))


def _send(task, arguments):
    options = {**current_app.conf.broker_transport_options, **IMPATIENT}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            task.apply_async(kwargs=arguments, expires=30, retry=False, connection=connection)
    except Exception:  # Whatever the broker's client raises: nobody shall see it.
        logger.warning("No nudge for %s %s; the sweep will find it.", task.name, arguments, exc_info=True)


def send_mail(mail, words):
    """Send one mail of the queue, with these paragraphs. Raises SMTPException or OSError where the server does not take it."""
    EmailMessage(
        subject=f"Wingwalk: {mail.get_kind_display().lower()}",
        body="\n\n".join(words),
        to=[mail.to],
        headers={"Message-ID": f"<{mail.nonce}@{settings.MAIL_DOMAIN}>", "Auto-Submitted": "auto-generated"},
    ).send()
