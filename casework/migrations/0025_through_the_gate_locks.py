from django.db import migrations

from casework.rowsecurity import lock, share

KINDS = ("keyworker", "manager", "administrator", "partner")
NOBODY = ()


def _own(kind):
    return f"user_id = (SELECT ww.user_id('{kind}'))"


class Migration(migrations.Migration):
    dependencies = [("casework", "0024_through_the_gate")]

    operations = [
        share("casework_agencyperson", write=("administrator",)),
        # Whoever does something that somebody is told of puts the mail into the queue; the worker sends it, an administrator may look.
        lock("casework_mail", read=("administrator",), insert=KINDS, update=NOBODY),
        lock(
            "casework_noticeoff", read=KINDS, insert=KINDS, update=KINDS, special={kind: _own(kind) for kind in KINDS}
        ),
    ]
