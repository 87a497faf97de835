from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.rowsecurity import hide, lock

SQL = Path(__file__).parent.parent / "sql"
# An agency reads what was sent to it, and what took its place; never what was set aside.
PACKS = """
ALTER POLICY partner ON partners_pack
    USING (agency_id = (SELECT ww.agency('partner')) AND state IN ('BUILT', 'AMENDED')
        AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('partner'))))))
    WITH CHECK (false);
"""


def _of_handover(table):
    return [lock(table, update=()), hide(table, column="handover_id", what="handovers")]


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0025_through_the_gate_locks"),
        ("partners", "0010_wing_walk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClinicalPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("nothing", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="WordsLeft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("NUMBER", "another person’s prison number"),
                            ("NAME", "the name of somebody else in this prison"),
                            ("SECURITY", "security information"),
                            ("ACCT", "more about an ACCT than whether it is open"),
                            ("TEST", "a drug test"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="pack",
            name="one_current_pack_per_handover",
        ),
        migrations.AddField(
            model_name="pack",
            name="changed",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="pack",
            name="state",
            field=models.CharField(
                choices=[
                    ("WAITING", "Waiting to be built"),
                    ("BUILT", "Built"),
                    ("FAILED", "Could not be built"),
                    ("STALE", "Set aside"),
                    ("AMENDED", "Replaced by an amendment"),
                ],
                default="WAITING",
                max_length=7,
            ),
        ),
        migrations.AddConstraint(
            model_name="pack",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "BUILT")),
                fields=("handover",),
                name="one_current_pack_per_handover",
                violation_error_message="This handover has a pack already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pack",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["WAITING", "FAILED"])),
                fields=("handover",),
                name="one_pack_being_built_per_handover",
                violation_error_message="A pack of this handover is being built already.",
            ),
        ),
        migrations.AddField(
            model_name="clinicalpart",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="clinicalpart",
            name="handover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="clinical_parts", to="partners.handover"
            ),
        ),
        migrations.AddField(
            model_name="clinicalpart",
            name="prison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
            ),
        ),
        migrations.AddField(
            model_name="wordsleft",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="wordsleft",
            name="handover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="words_left", to="partners.handover"
            ),
        ),
        migrations.AddField(
            model_name="wordsleft",
            name="prison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
            ),
        ),
        migrations.AddConstraint(
            model_name="clinicalpart",
            constraint=models.UniqueConstraint(fields=("handover", "digest"), name="clinical_part_confirmed_once"),
        ),
        migrations.AddConstraint(
            model_name="wordsleft",
            constraint=models.UniqueConstraint(fields=("handover", "kind", "words"), name="words_left_once"),
        ),
        migrations.AddConstraint(
            model_name="wordsleft",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "NUMBER"), _negated=True), name="numbers_are_never_left"
            ),
        ),
        migrations.AlterField(
            model_name="releaseplan", name="content", field=models.JSONField(blank=True, default=dict)
        ),
        migrations.RunSQL(PACKS, migrations.RunSQL.noop),
        *_of_handover("partners_clinicalpart"),
        *_of_handover("partners_wordsleft"),
    ]
