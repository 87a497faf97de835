from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("interventions", "0006_foundation_locks")]

    operations = [
        migrations.AddField(
            model_name="seat",
            name="accepted",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="despite",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.RunSQL((SQL / "separation.sql").read_text(), migrations.RunSQL.noop),
    ]
