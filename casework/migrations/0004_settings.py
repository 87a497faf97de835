from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("casework", "0003_locks")]

    operations = [migrations.RunSQL((SQL / "counts.sql").read_text(), migrations.RunSQL.noop)]
