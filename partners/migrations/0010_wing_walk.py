from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql" / "visits.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0025_through_the_gate_locks"),
        ("partners", "0009_protocols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="wingvisitline",
            name="settled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wingvisitline",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="wingvisitline",
            name="taken_up_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wingvisitline",
            name="waits_for",
            field=models.CharField(
                blank=True,
                choices=[
                    ("NUMBER", "Nobody here has this number"),
                    ("CONSENT", "Has not agreed that this agency is told"),
                    ("ROLL", "Is not on the roll, so cannot be referred"),
                ],
                max_length=7,
            ),
        ),
        migrations.AddIndex(
            model_name="wingvisitline",
            index=models.Index(condition=models.Q(("taken_up_at", None)), fields=["id"], name="visit_line_to_take_up"),
        ),
        migrations.RunSQL(SQL.read_text(), migrations.RunSQL.noop),
    ]
