import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0014_case"),
    ]

    operations = [
        migrations.AddField(
            model_name="action",
            name="carried_from",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="carried_to",
                to="casework.action",
            ),
        ),
        migrations.AddField(
            model_name="action",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="goal",
            name="outcome_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="kind",
            field=models.CharField(
                choices=[
                    ("GENERAL", "General"),
                    ("RISK", "Risk and safety"),
                    ("COLLEAGUE", "From a colleague or an agency"),
                    ("FAMILY", "From family or friends"),
                ],
                default="GENERAL",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="words",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AlterField(
            model_name="goal",
            name="area",
            field=models.CharField(
                choices=[
                    ("DRUGS", "Drugs"),
                    ("ALCOHOL", "Alcohol"),
                    ("HEALTH", "Health"),
                    ("MIND", "Feelings and thoughts"),
                    ("FAMILY", "Family and friends"),
                    ("HOUSING", "Somewhere to live"),
                    ("WORK", "Work and learning"),
                    ("MONEY", "Money"),
                    ("OFFENDING", "Staying out of trouble"),
                    ("OTHER", "Something else"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="agreed_how",
            field=models.CharField(
                blank=True, choices=[("SIGNED", "Signed the printed plan"), ("SAID", "Said so")], max_length=6
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_why", "")),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawn_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="attachment_withdrawal_is_whole",
                violation_error_message="Say why the file is withdrawn.",
            ),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", ""), ("outcome_on", None)),
                    models.Q(models.Q(("outcome", ""), _negated=True), ("outcome_on__isnull", False)),
                    _connector="OR",
                ),
                name="goal_outcome_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_by", None), ("agreed_how", ""), ("agreed_on", None)),
                    models.Q(
                        ("agreed_by__isnull", False),
                        ("agreed_on__isnull", False),
                        models.Q(("agreed_how", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="plan_says_who_agreed_and_how",
                violation_error_message="Say how the person agreed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("agreed_on", None), ("agreed_on__gte", models.F("begun_on")), _connector="OR"),
                name="plan_is_agreed_after_it_was_begun",
                violation_error_message="A plan is agreed on or after the day it was begun.",
            ),
        ),
        # What a file is never changes: it may be withdrawn, and moves with its person when two records are joined.
        migrations.RunSQL(
            """
            REVOKE UPDATE ON casework_attachment FROM ww_keyworker, ww_manager;
            GRANT UPDATE (person_id, withdrawn_at, withdrawn_by_id, withdrawn_why) ON casework_attachment TO ww_keyworker, ww_manager;
            """,
            migrations.RunSQL.noop,
        ),
    ]
