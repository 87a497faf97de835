"""Whether the audit trail is what was written: every way in which somebody could have changed it is looked for."""

import json
from dataclasses import dataclass

from django.db import connection

from casework import audit, gateways
from casework.models import AuditEntry

PAGE = 5000
SEALS = """
    SELECT s.seq, s.entry_id, s.entry_hash, s.chain, CASE WHEN e.id IS NOT NULL THEN ww.entry_hash(e) END, e.xact::text,
        e.at, e.kind, e.action, e.by_id, e.by_name, e.target, e.target_key, e.person_id, e.prison_id, e.request, e.address,
        e.detail, e.signature
    FROM casework_auditseal s LEFT JOIN casework_auditentry e ON e.id = s.entry_id
    WHERE s.seq > %s ORDER BY s.seq LIMIT %s
"""
SIGNED = [
    "at",
    "kind",
    "action",
    "by_id",
    "by_name",
    "target",
    "target_key",
    "person_id",
    "prison_id",
    "request",
    "address",
    "detail",
]
PUT_IN = """
    SELECT e.id FROM casework_auditentry e
    WHERE (e.xact, e.id) <= (%s::xid8, %s) AND NOT EXISTS (SELECT FROM casework_auditseal s WHERE s.entry_id = e.id)
    ORDER BY e.id LIMIT 1
"""
UNEXPLAINED = """
    WITH unexplained AS (
        SELECT xact FROM casework_auditentry WHERE kind = 'ROW'
        EXCEPT SELECT xact FROM casework_auditentry WHERE kind <> 'ROW'
    )
    SELECT min(id) FROM casework_auditentry WHERE kind = 'ROW' AND xact IN (SELECT xact FROM unexplained) HAVING min(id) IS NOT NULL
"""
WAITING = """
    SELECT e.id FROM casework_auditentry e WHERE (e.xact, e.id) > (%s::xid8, %s) AND e.kind <> 'ROW' ORDER BY e.xact, e.id
"""


@dataclass
class Verdict:
    """``sealed``: how many entries the chain covers; ``waiting``: how many are not sealed yet; ``problem``: the first bad row, or None."""

    sealed: int
    waiting: int
    problem: str | None


def verify():
    """Walk the whole trail and say what is wrong first, in the order of the chain (see the problem texts for what is looked for)."""
    marks = {}
    for checkpoint in gateways.checkpoints():
        given = checkpoint.pop("signature")
        if audit.signature(checkpoint) != given:
            return Verdict(0, 0, f"the checkpoint for seal {checkpoint['seq']} was not written by this system")
        marks[checkpoint["seq"]] = checkpoint["chain"]
    sealed, place, problem = _walk(marks)
    if not problem and marks and max(marks) > sealed:
        problem = f"seal {sealed + 1}: removed, a checkpoint says that the chain went on to {max(marks)}"
    problem = problem or _first("entry {}: put in after its time was sealed", PUT_IN, place)
    problem = problem or _first("entry {}: a row was changed past the application", UNEXPLAINED, ())
    return Verdict(sealed, _count_waiting(place), problem or _unsealed_forgery(place))


def _walk(marks):
    seq, chain, place = 0, bytes(32), ("0", 0)
    while rows := _rows(SEALS, [seq, PAGE]):
        for row in rows:
            if problem := _wrong(row, seq, chain, place, marks):
                return seq, place, problem
            seq, chain, place = row[0], bytes(row[3]), (row[5], row[1])
    return seq, place, None


def _wrong(row, seq, chain, place, marks):
    number, entry_id, entry_hash, link, found, xact, *values = row
    if number != seq + 1:
        return f"seal {seq + 1}: removed"
    if found is None:
        return f"entry {entry_id} (seal {number}): removed"
    if bytes(found) != bytes(entry_hash):
        return f"entry {entry_id} (seal {number}): changed"
    if audit.link(chain, bytes(entry_hash)) != bytes(link):
        return f"entry {entry_id} (seal {number}): reordered, or its seal was changed"
    if (int(xact), entry_id) <= (int(place[0]), place[1]):
        return f"entry {entry_id} (seal {number}): reordered"
    if number in marks and marks[number] != bytes(link).hex():
        return f"entry {entry_id} (seal {number}): the chain was written again, its checkpoint differs"
    *signed, detail, signature = values
    if _is_ours([*signed, json.loads(detail)], signature):
        return None
    return f"entry {entry_id} (seal {number}): was not written by this system"


def _is_ours(values, signature):
    values = dict(zip(SIGNED, values, strict=True))
    if values["kind"] == AuditEntry.Kind.ROW:
        return True
    return audit.signature({**values, "at": values["at"].isoformat(timespec="microseconds")}) == signature


def _unsealed_forgery(place):
    keys = [key for (key,) in _rows(WAITING, place)]
    for entry in AuditEntry.objects.filter(pk__in=keys).order_by("pk"):
        if not _is_ours([getattr(entry, name) for name in SIGNED], entry.signature):
            return f"entry {entry.pk} (not sealed yet): was not written by this system"
    return None


def _first(sentence, sql, parameters):
    rows = _rows(sql, parameters)
    return sentence.format(rows[0][0]) if rows else None


def _count_waiting(place):
    return _rows("SELECT count(*) FROM casework_auditentry e WHERE (e.xact, e.id) > (%s::xid8, %s)", place)[0][0]


def _rows(sql, parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
