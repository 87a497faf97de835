import django.contrib.postgres.fields
from django.db import migrations, models

import casework.models.consent


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0026_book"),
    ]

    operations = [
        migrations.AddField(
            model_name="prison",
            name="notice_referral_kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=11), blank=True, default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="consent",
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
    ]
