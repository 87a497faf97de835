"""The sealing of the audit trail.

A chain computed while entries are written makes the whole system wait in line, and one that reads its own tail forks. So entries are
written freely and sealed afterwards, by one process, once it is certain that nothing older can still be committed.
"""

from django.db import connection, transaction
from django.utils import timezone

from casework import audit, context, gateways
from casework.models import AuditSeal, User

LOCK = 0x57494E47  # any number of our own: the database lets one transaction at a time hold it
BATCH = 10_000
START = bytes(32)
# The oldest transaction that may still write to the trail. Those of the server's other databases cannot, and do not hold sealing back.
# The snapshot is older than what the server tells of its sessions, and a session never changes its database: whoever cannot be placed
# elsewhere with certainty (prepared, ended meanwhile) counts as ours.
HORIZON = """
    SELECT least(min(running), pg_current_xact_id_if_assigned(), pg_snapshot_xmax(pg_current_snapshot()))
    FROM pg_snapshot_xip(pg_current_snapshot()) AS running
    WHERE NOT EXISTS (
        SELECT FROM pg_stat_activity AS session
        WHERE session.backend_xid = running::xid AND session.datname <> current_database()
    )
"""
UNSEALED = f"""
    WITH horizon AS MATERIALIZED ({HORIZON})
    SELECT e.id, ww.entry_hash(e), (TABLE horizon)::text
    FROM casework_auditentry e
    WHERE e.xact < (TABLE horizon) AND (e.xact, e.id) > (%s::xid8, %s)
    ORDER BY e.xact, e.id LIMIT %s
"""
LAST = """
    SELECT s.seq, s.chain, e.xact::text, e.id
    FROM casework_auditseal s JOIN casework_auditentry e ON e.id = s.entry_id
    ORDER BY s.seq DESC LIMIT 1
"""


def seal_all():
    """Seal every committed entry, a batch at a time, each followed by a checkpoint; how many were sealed.

    Killed at any moment, it loses nothing: the next run goes on from the last seal that was committed.
    """
    total = 0
    with gateways.checkpoint_file() as file:
        while True:
            with context.acting(User.objects.system()):
                sealed, seq, chain = _seal_batch()
            if sealed:
                gateways.append_checkpoint(file, audit.checkpoint(seq=seq, chain=chain.hex()))
            total += sealed
            if sealed < BATCH:
                return total


@transaction.atomic
def _seal_batch():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0, 0, START
        cursor.execute(LAST)
        seq, chain, xact, entry_id = cursor.fetchone() or (0, START, "0", 0)
        cursor.execute(UNSEALED, [xact, entry_id, BATCH])
        entries = cursor.fetchall()
    seals, now = [], timezone.now()
    for key, entry_hash, horizon in entries:
        seq, chain = seq + 1, audit.link(bytes(chain), bytes(entry_hash))
        seals.append(
            AuditSeal(seq=seq, entry_id=key, entry_hash=entry_hash, chain=chain, horizon=horizon, sealed_at=now)
        )
    AuditSeal.objects.bulk_create(seals, batch_size=2000)
    return len(seals), seq, bytes(chain)
