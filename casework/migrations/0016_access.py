import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0015_plan"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentWording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.CharField(max_length=20, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("SHARING", "Sharing with an agency"), ("NDTMS", "National statistics (NDTMS)")],
                        max_length=7,
                    ),
                ),
                ("from_on", models.DateField()),
                ("told", models.TextField()),
                ("for_staff", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-from_on", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="one_live_consent_per_agency",
        ),
        migrations.AddField(
            model_name="consent",
            name="asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("IN_PERSON", "In person"),
                    ("IN_WRITING", "In writing, signed"),
                    ("TELEPHONE", "By telephone"),
                    ("INTERPRETER", "Through an interpreter"),
                ],
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("HANDOVER", "Handover of care"),
                    ("MEETING", "Recovery meeting"),
                    ("WING_VISITS", "Visits on the wing"),
                    ("NDTMS", "National statistics (NDTMS)"),
                ],
                default="HANDOVER",
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="withdrawn_how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("IN_PERSON", "In person"),
                    ("IN_WRITING", "In writing, signed"),
                    ("TELEPHONE", "By telephone"),
                    ("INTERPRETER", "Through an interpreter"),
                ],
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="witness",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="restrictionaccess",
            name="reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AlterField(
            model_name="consent",
            name="agency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="casework.agency",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("given", True), ("withdrawn_at", None)),
                fields=("person", "prison", "agency", "purpose"),
                name="one_live_consent_per_purpose",
                nulls_distinct=False,
                violation_error_message="There is already a consent for this. Withdraw it before recording another.",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agency", None), ("purpose", "NDTMS")),
                    models.Q(("agency__isnull", False), models.Q(("purpose", "NDTMS"), _negated=True)),
                    _connector="OR",
                ),
                name="consent_names_an_agency_or_ndtms",
                violation_error_message="A consent names an agency, unless it is for the national statistics.",
            ),
        ),
    ]
