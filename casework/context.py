"""Tells the database on whose behalf a transaction acts, in a way that injected SQL cannot forge.

A policy reads the kind of user, the prison and the agency from one setting that is local to the transaction and signed by us with a
key that no web role can read. The signature covers the backend's process id, so that it cannot be carried to another connection.
"""

import hashlib
import hmac
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

ANONYMOUS = "anonymous"


def signing_key():
    """The 32 bytes that sign contexts, drawn from the secret key and good for nothing else."""
    return hashlib.sha256(b"wingwalk context " + settings.SECRET_KEY.encode()).digest()


def pads():
    """The two 64-byte pads of HMAC-SHA-256 (RFC 2104), which is all that the database keeps of the key."""
    block = signing_key().ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def _signed(user, pid):
    payload = f"{user.role.lower()}|{user.pk or user.link_id}|{user.prison_id or ''}|{user.agency_id or ''}|{pid}"
    return payload + "|" + hmac.new(signing_key(), payload.encode(), hashlib.sha256).hexdigest()


def _enter(role, value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true), set_config('ww.context', %s, true)", [role, value])


def _current():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), coalesce(current_setting('ww.context', true), '')")
        return cursor.fetchone()


@contextmanager
def acting(user, *, role=None):
    """Run a block in one transaction as ``user`` (None: nobody has signed in), under the database role of his kind.

    Whoever reads by a link stands where a user does (``partners.models.link.Visitor``): the context names his link.

    ``role`` keeps another database role while still naming ``user`` (account pages, which write to sessions). Blocks nest: releasing
    a savepoint keeps its local settings, so the outer ones are put back by hand; rolling back puts them back by itself.
    """
    role = role or (f"ww_{user.role.lower()}" if user else f"ww_{ANONYMOUS}")
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _current() if nested else None
        _enter(role, _signed(user, connection.connection.info.backend_pid) if user else "")
        yield
        if nested and not connection.needs_rollback:
            _enter(*before)


@contextmanager
def alone(name):
    """Run a block that no other process runs at the same time under this ``name``: yields whether this one may go ahead.

    The database forgets the lock with the connection, so that a worker that was killed does not keep it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
