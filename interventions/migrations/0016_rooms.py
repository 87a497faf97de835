from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("interventions", "0015_withdrawal")]

    operations = [migrations.RunSQL((SQL / "rooms.sql").read_text(), migrations.RunSQL.noop)]
