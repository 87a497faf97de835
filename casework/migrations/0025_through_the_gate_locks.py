from django.db import migrations

from casework.rowsecurity import lock, share

KINDS = ("keyworker", "manager", "administrator", "partner")
NOBODY = ()
# A mail about nobody is not about anybody who is hidden.
KNOWN = "(person_id IS NULL OR person_id <> ALL ((SELECT ww.hidden_people())::bigint[]))"
# Who of the prison's staff is away, and who covers which wing, is nothing to an agency.
NOT_THEIRS = """
REVOKE SELECT ON casework_wingcover, casework_absence FROM ww_partner;
DROP POLICY partner ON casework_wingcover;
DROP POLICY partner ON casework_absence;
"""


def _own(kind):
    return f"user_id = (SELECT ww.user_id('{kind}'))"


class Migration(migrations.Migration):
    dependencies = [("casework", "0024_through_the_gate")]

    operations = [
        share("casework_agencyperson", write=("administrator",)),
        migrations.RunSQL(NOT_THEIRS, migrations.RunSQL.noop),
        # Whoever does something that somebody is told of puts the mail into the queue; the worker sends it, an administrator may look.
        lock("casework_mail", read=("administrator",), insert=KINDS, update=NOBODY, only=KNOWN),
        # Not whom it is about: administrators know nobody who is held.
        migrations.RunSQL(
            """REVOKE SELECT ON casework_mail FROM ww_administrator;
            GRANT SELECT (id, nonce, prison_id, agency_id, user_id, kind, "to", path, asked_at, next_at, tries, sent_at, given_up_at,
                given_up_because) ON casework_mail TO ww_administrator;""",
            migrations.RunSQL.noop,
        ),
        lock(
            "casework_noticeoff", read=KINDS, insert=KINDS, update=KINDS, special={kind: _own(kind) for kind in KINDS}
        ),
    ]
