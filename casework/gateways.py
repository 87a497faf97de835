"""What leaves the building: checkpoints of the audit trail, in a file that the database cannot reach."""

import fcntl
import json
import os
from contextlib import contextmanager

from django.conf import settings


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
