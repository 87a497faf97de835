from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import casework.models.consent
from casework.rowsecurity import lock

SQL = Path(__file__).parent.parent / "sql"


def dates_belong_to_handovers(apps, schema_editor):
    """The release date passes with the handover and never by itself: no item of its own."""
    for protocol in apps.get_model("partners", "Protocol").objects.filter(items__contains=["OUT_DATES"]):
        protocol.items = [item for item in protocol.items if item != "OUT_DATES"]
        protocol.save(update_fields=["items"])


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0027_sections"),
        ("partners", "0008_through_the_gate_locks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProtocolEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("AGREED", "Agreed"),
                            ("CHANGED", "Changed"),
                            ("RENEWED", "Renewed"),
                            ("ENDED", "Ended"),
                            ("WARNED_28", "Both sides told, four weeks ahead"),
                            ("WARNED_7", "Both sides told, a week ahead"),
                        ],
                        max_length=9,
                    ),
                ),
                ("review_on", models.DateField()),
                ("changes", models.JSONField(blank=True, default=dict)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="protocol",
            name="one_open_protocol_per_agency",
        ),
        migrations.RemoveField(
            model_name="inwardnotice",
            name="referred_at",
        ),
        migrations.AddField(
            model_name="handover",
            name="sections",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("CUSTODY", "Custody and release"),
                        ("USE", "Drug and alcohol use"),
                        ("RISKS", "Risks"),
                        ("TREATMENT", "Work with the team, groups and plan"),
                        ("CLINICAL", "Prescribed treatment"),
                        ("NALOXONE", "Naloxone and harm reduction"),
                        ("BLOOD_BORNE", "Tests for blood-borne viruses"),
                    ],
                    max_length=11,
                ),
                blank=True,
                default=casework.models.consent.usual_sections,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="inwardnotice",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[("REFERRED", "Referred"), ("NOTED", "Noted on the person"), ("DISMISSED", "Dismissed")],
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="inwardnotice",
            name="outcome_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="inwardnotice",
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
            model_name="inwardnotice",
            name="taken_in_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="inwardnotice",
            name="why",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="protocol",
            name="renews",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renewals",
                to="partners.protocol",
            ),
        ),
        migrations.AlterField(
            model_name="protocol",
            name="items",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("OUT_HANDOVER", "Handovers for release, with the release date"),
                        ("OUT_REFERRAL", "Referrals to the agency"),
                        ("OUT_MEETING", "What the recovery meeting says of its people"),
                        ("OUT_VISITS", "Who may be seen on the wing"),
                        ("IN_VISITS", "Whom its visitors saw on the wing"),
                        ("IN_ANSWER", "Answers, appointments and outcomes"),
                        ("IN_POSITIVE", "A positive drug test"),
                        ("IN_SEGREGATION", "A move to segregation"),
                        ("IN_DETOX", "The start of a detoxification"),
                        ("IN_ACCT", "An ACCT that was opened"),
                    ],
                    max_length=14,
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="inwardnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", ""), ("outcome_at", None), ("outcome_by", None)),
                    models.Q(
                        ("outcome", "DISMISSED"),
                        ("outcome_at__isnull", False),
                        ("outcome_by__isnull", False),
                        models.Q(("why", ""), _negated=True),
                    ),
                    models.Q(
                        ("outcome__in", ["REFERRED", "NOTED"]), ("outcome_at__isnull", False), ("person__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="notice_outcome_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("ended_on", None)),
                expressions=[
                    (
                        models.Func(models.F("prison"), models.F("prison"), models.Value("[]"), function="int8range"),
                        "&&",
                    ),
                    (
                        models.Func(models.F("agency"), models.F("agency"), models.Value("[]"), function="int8range"),
                        "&&",
                    ),
                    (
                        models.Func(
                            models.F("starts_on"), models.F("review_on"), models.Value("[]"), function="daterange"
                        ),
                        "&&",
                    ),
                ],
                name="one_protocol_per_agency_and_day",
                violation_error_message="There is a protocol with this agency on some of these days already. Renew it, or end it first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on", None)),
                fields=("renews",),
                name="one_renewal_per_protocol",
                violation_error_message="This protocol has been renewed already.",
            ),
        ),
        migrations.AddField(
            model_name="protocolevent",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="protocolevent",
            name="prison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
            ),
        ),
        migrations.AddField(
            model_name="protocolevent",
            name="protocol",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="partners.protocol"
            ),
        ),
        migrations.AddIndex(
            model_name="protocolevent",
            index=models.Index(fields=["prison", "protocol"], name="protocol_event_of_prison"),
        ),
        migrations.AddConstraint(
            model_name="protocolevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["WARNED_28", "WARNED_7"])),
                fields=("protocol", "kind", "review_on"),
                name="protocol_warned_once",
            ),
        ),
        migrations.RunPython(dates_belong_to_handovers, migrations.RunPython.noop),
        migrations.RunSQL((SQL / "protocols.sql").read_text(), migrations.RunSQL.noop),
        lock(
            "partners_protocolevent",
            read=("keyworker", "manager", "administrator"),
            insert=("administrator",),
            update=(),
        ),
    ]
