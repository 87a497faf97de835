import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from casework.rowsecurity import lock


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0021_test_duty"),
        ("interventions", "0007_group"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisterChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.CharField(max_length=19)),
                ("after", models.CharField(max_length=19)),
                ("before_note", models.TextField(blank=True, max_length=10000)),
                ("after_note", models.TextField(blank=True, max_length=10000)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.person"
                    ),
                ),
                (
                    "prison",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="interventions.seat"
                    ),
                ),
            ],
            options={"ordering": ["-at", "-pk"]},
        ),
        migrations.AddField(
            model_name="guest",
            name="nonce",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddConstraint(
            model_name="guest",
            constraint=models.UniqueConstraint(
                models.F("prison"),
                django.db.models.functions.text.Lower("name"),
                django.db.models.functions.text.Lower("organisation"),
                condition=models.Q(ended_on=None),
                name="one_open_guest_per_name",
                violation_error_message="There is already a guest with this name from there.",
            ),
        ),
        lock("interventions_registerchange", person="person_id"),
    ]
