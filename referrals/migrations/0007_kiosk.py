from pathlib import Path

from django.db import migrations

from casework.rowsecurity import lock

SQL = Path(__file__).parent.parent / "sql"
ADMINISTRATOR = ("administrator",)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0006_slips")]

    operations = [
        lock("referrals_kiosklink", read=ADMINISTRATOR, insert=ADMINISTRATOR, update=ADMINISTRATOR),
        # A slip names nobody until it is matched; from then on it is hidden with the person.
        lock("referrals_slip", insert=(), person="coalesce(person_id, 0)"),
        migrations.RunSQL((SQL / "kiosk.sql").read_text(), migrations.RunSQL.noop),
    ]
