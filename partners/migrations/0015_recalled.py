from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("partners", "0014_link"), ("casework", "0029_mails")]

    operations = [migrations.RunSQL((SQL / "recalled.sql").read_text(), migrations.RunSQL.noop)]
