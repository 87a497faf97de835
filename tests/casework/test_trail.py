import json
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from casework import audit, context
from casework.models import AuditEntry, AuditSeal, User
from casework.operations import trail
from casework.queries.trail import verify
from tests import factories


@pytest.fixture
def sealed(fresh_database, settings, tmp_path):
    """A trail of a dozen entries in two transactions, sealed, with its checkpoints in a file of the test's own."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints.jsonl"
    for _ in range(2):
        write_entries(3)
        seal()


def seal():
    """Seal until nothing waits: the server's own housekeeping in this database may hold sealing back for a moment."""
    for _ in range(200):
        trail.seal_all()
        with context.acting(User.objects.system()):
            if AuditSeal.objects.count() == AuditEntry.objects.count():
                return
        time.sleep(0.05)
    raise AssertionError("something holds sealing back")


def write_entries(count):
    with context.acting(User.objects.system()):
        for number in range(count):
            person = factories.person()
            audit.record(by=User.objects.system(), action="person.made", target=person, number=number)


def as_owner(*statements):
    """What somebody with the whole database in his hands could do: switch the guards off and write what he likes."""
    where = settings.DATABASES["default"]
    with psycopg.connect(
        host=where["HOST"], port=where["PORT"], user="postgres", dbname=connection.settings_dict["NAME"]
    ) as c:
        c.execute("SET session_replication_role = replica")
        for statement in statements:
            c.execute(statement)


def problem():
    with context.acting(User.objects.system()):
        return verify().problem


def entry_of(seq):
    with context.acting(User.objects.system()):
        return AuditSeal.objects.get(seq=seq).entry_id


def test_verify_passes_an_untouched_trail(sealed, capsys):
    call_command("verify_audit")

    assert "untouched: 12 entries sealed, 0 waiting" in capsys.readouterr().out


def test_verify_names_a_changed_entry(sealed):
    entry = entry_of(5)
    as_owner(f"UPDATE casework_auditentry SET by_name = 'Somebody else' WHERE id = {entry}")

    assert problem() == f"entry {entry} (seal 5): changed"
    with pytest.raises(CommandError, match=f"entry {entry}"):
        call_command("verify_audit")


def test_verify_names_a_removed_entry(sealed):
    entry = entry_of(4)
    as_owner(f"DELETE FROM casework_auditentry WHERE id = {entry}")

    assert problem() == f"entry {entry} (seal 4): removed"


def test_verify_names_an_entry_removed_with_its_seal(sealed):
    entry = entry_of(4)
    as_owner(f"DELETE FROM casework_auditentry WHERE id = {entry}", "DELETE FROM casework_auditseal WHERE seq = 4")

    assert problem() == "seal 4: removed"


def test_verify_names_an_entry_put_in_among_sealed_ones(sealed):
    entry = entry_of(6)
    names = "at, kind, action, by_name, context, target, target_key, request, address, detail, signature, xact"
    as_owner(
        f"INSERT INTO casework_auditentry (id, {names}) OVERRIDING SYSTEM VALUE"
        f" SELECT 0, {names} FROM casework_auditentry WHERE id = {entry}"
    )

    assert problem() == "entry 0: put in after its time was sealed"


def test_verify_names_an_entry_written_by_hand_at_the_end(sealed):
    as_owner(
        "INSERT INTO casework_auditentry (at, kind, action, by_name, context, target, target_key, request, address, detail, signature)"
        " VALUES (now(), 'OPERATION', 'person.made', 'Mallory', '', '', '', '', '', '{}', repeat('0', 64))"
    )
    assert "not sealed yet): was not written by this system" in problem()

    seal()

    assert "(seal 13): was not written by this system" in problem()


def test_verify_names_reordered_entries(sealed):
    first, second = entry_of(3), entry_of(4)
    as_owner(
        "UPDATE casework_auditseal SET entry_id = -1 WHERE seq = 3",
        f"UPDATE casework_auditseal SET entry_id = {first} WHERE seq = 4",
        f"UPDATE casework_auditseal SET entry_id = {second} WHERE seq = 3",
    )

    assert problem() == f"entry {second} (seal 3): changed"


def test_verify_names_a_tail_that_was_cut_off(sealed):
    last = entry_of(12)
    as_owner(f"DELETE FROM casework_auditentry WHERE id = {last}", "DELETE FROM casework_auditseal WHERE seq = 12")

    assert problem() == "seal 12: removed, a checkpoint says that the chain went on to 12"


def test_verify_sees_a_chain_that_was_written_again(sealed):
    """Change an entry of kind ROW, which carries no signature, and every hash after it: only the checkpoint can tell."""
    with context.acting(User.objects.system()):
        row = AuditSeal.objects.filter(entry_id__in=AuditEntry.objects.filter(kind="ROW").values("pk")).earliest("seq")
    as_owner(
        f"UPDATE casework_auditentry SET detail = '{{}}' WHERE id = {row.entry_id}", "DELETE FROM casework_auditseal"
    )
    lines = settings.AUDIT_CHECKPOINTS.read_text()
    settings.AUDIT_CHECKPOINTS.unlink()
    seal()
    settings.AUDIT_CHECKPOINTS.write_text(lines)

    assert "the chain was written again, its checkpoint differs" in problem()


def test_verify_sees_a_checkpoint_that_was_written_by_hand(sealed):
    first, *others = settings.AUDIT_CHECKPOINTS.read_text().splitlines()
    changed = {**json.loads(first), "chain": "00" * 32}
    settings.AUDIT_CHECKPOINTS.write_text("\n".join([json.dumps(changed), *others]) + "\n")

    assert problem() == f"the checkpoint for seal {changed['seq']} was not written by this system"


def test_verify_sees_a_row_changed_past_the_application(sealed):
    where = settings.DATABASES["default"]
    with psycopg.connect(
        host=where["HOST"], port=where["PORT"], user="postgres", dbname=connection.settings_dict["NAME"]
    ) as c:
        c.execute("UPDATE casework_person SET surname = 'Changed'")

    seal()

    assert "a row was changed past the application" in problem()


@pytest.mark.parametrize("table", ["casework_auditentry", "casework_auditseal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 1", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("kind", ["keyworker", "manager", "administrator", "partner", "auditor", "system"])
def test_no_kind_of_user_can_change_the_trail(db, table, statement, kind):
    column = "by_id" if table == "casework_auditentry" else "seq"

    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        execute(f"SET LOCAL ROLE ww_{kind}; {statement.format(table, column)}")


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_entry_cannot_name_somebody_else(db):
    keyworker, other = factories.user(), factories.user()

    with pytest.raises(Exception, match="names somebody else"), context.acting(keyworker):
        audit.record(by=other, action="person.made")


def test_sealing_holds_under_sixteen_writers(fresh_database, settings, tmp_path):
    """No fork, no gap, nothing lost, with the sealer running all the while."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints.jsonl"
    writing = threading.Event()
    writing.set()

    def write():
        try:
            for _ in range(15):
                with context.acting(User.objects.system()):
                    audit.record(by=User.objects.system(), action="test.written")
        finally:
            connection.close()

    def seal_meanwhile():
        try:
            while writing.is_set():
                trail.seal_all()
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(16)]
    sealers = [threading.Thread(target=seal_meanwhile) for _ in range(2)]
    for thread in [*writers, *sealers]:
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in sealers:
        thread.join()
    seal()

    with context.acting(User.objects.system()):
        assert list(AuditSeal.objects.values_list("seq", flat=True)) == list(range(1, 241))
    assert problem() is None


@contextmanager
def open_transaction(database):
    """Somebody who has begun to write to a database of the same server, and then takes his time."""
    where = settings.DATABASES["default"]
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=database) as c:
        c.execute("SELECT pg_current_xact_id()")
        yield
        c.rollback()


def test_sealing_waits_for_an_older_transaction(sealed):
    with open_transaction(connection.settings_dict["NAME"]):
        write_entries(2)
        assert trail.seal_all() == 0

    seal()

    assert problem() is None


def test_sealing_does_not_wait_for_a_transaction_of_another_database(sealed):
    with open_transaction("postgres"):
        write_entries(2)
        seal()

    assert problem() is None


def test_sealing_waits_for_a_transaction_although_one_of_another_database_is_older(sealed):
    with open_transaction("postgres"), open_transaction(connection.settings_dict["NAME"]):
        write_entries(2)
        assert trail.seal_all() == 0


def test_sealing_goes_on_after_it_was_killed_before_its_checkpoint(sealed, monkeypatch):
    write_entries(2)
    monkeypatch.setattr("casework.gateways.append_checkpoint", kill)
    with pytest.raises(KeyboardInterrupt):
        seal()
    monkeypatch.undo()

    write_entries(1)
    seal()

    assert problem() is None
    with context.acting(User.objects.system()):
        assert AuditSeal.objects.count() == AuditEntry.objects.count()


def kill(*args):
    raise KeyboardInterrupt
