from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0021_test_duty"),
        ("interventions", "0009_drug_tests"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="enrolmentmove",
            name="overruled",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=10), blank=True, default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["prison", "person"], name="enrolment_of_person"),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["NOT_COMPLETED", "NOT_STARTED"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="enrolment_given_up_for_a_reason",
                violation_error_message="Say why.",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolmentmove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("after", "PROPOSED"), ("before", "")),
                    models.Q(
                        ("after__in", ["WAITING", "NOT_STARTED", "RELEASED", "TRANSFERRED"]), ("before", "PROPOSED")
                    ),
                    models.Q(
                        ("after__in", ["ALLOCATED", "NOT_STARTED", "RELEASED", "TRANSFERRED"]), ("before", "WAITING")
                    ),
                    models.Q(
                        ("after__in", ["ACTIVE", "WAITING", "NOT_STARTED", "RELEASED", "TRANSFERRED"]),
                        ("before", "ALLOCATED"),
                    ),
                    models.Q(
                        ("after__in", ["SUSPENDED", "COMPLETED", "NOT_COMPLETED", "RELEASED", "TRANSFERRED"]),
                        ("before", "ACTIVE"),
                    ),
                    models.Q(
                        ("after__in", ["ACTIVE", "COMPLETED", "NOT_COMPLETED", "RELEASED", "TRANSFERRED"]),
                        ("before", "SUSPENDED"),
                    ),
                    _connector="OR",
                ),
                name="enrolment_move_is_allowed",
            ),
        ),
        migrations.RunSQL((SQL / "programmes.sql").read_text(), migrations.RunSQL.noop),
    ]
