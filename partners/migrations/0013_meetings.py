import uuid
from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.rowsecurity import CASEWORKERS, lock

SQL = Path(__file__).parent.parent / "sql"
# Nobody is given minutes of which he may not see every single person: the rows of people have their own policies, which hold here too.
WHOLE = (
    "items <@ ARRAY(SELECT i.id FROM partners_meetingitem AS i WHERE i.meeting_id = partners_meetingminutes.meeting_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0027_sections"),
        ("partners", "0012_life"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MeetingMinutes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waiting to be built"),
                            ("BUILT", "Built"),
                            ("FAILED", "Could not be built"),
                            ("STALE", "Set aside"),
                        ],
                        default="WAITING",
                        max_length=7,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("failure", models.CharField(blank=True, max_length=300)),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                ("content", models.JSONField(blank=True, default=dict)),
                ("pdf", models.BinaryField(blank=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("built_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "meeting minutes",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="MeetingSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("weeks", models.PositiveSmallIntegerField()),
                ("from_on", models.DateField()),
                ("at", models.TimeField()),
                ("made_at", models.DateTimeField()),
                ("ended_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "meeting series",
                "ordering": ["-from_on", "-pk"],
            },
        ),
        migrations.AlterModelOptions(
            name="meetingitem",
            options={"ordering": ["release_on", "pk"]},
        ),
        migrations.RemoveConstraint(
            model_name="meetingitem",
            name="person_listed_once_at_a_meeting",
        ),
        migrations.RemoveField(
            model_name="meetingaction",
            name="carried_from",
        ),
        migrations.AddField(
            model_name="meeting",
            name="cancelled_why",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="meeting",
            name="team_present",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="meetingitem",
            name="release_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="meetingitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("meeting", "case"),
                name="case_listed_once_at_a_meeting",
                violation_error_message="This person is on the list already.",
            ),
        ),
        migrations.AddField(
            model_name="meetingminutes",
            name="agency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="casework.agency",
            ),
        ),
        migrations.AddField(
            model_name="meetingminutes",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="meetingminutes",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="partners.meeting"
            ),
        ),
        migrations.AddField(
            model_name="meetingminutes",
            name="prison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
            ),
        ),
        migrations.AddField(
            model_name="meetingseries",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="meetingseries",
            name="prison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
            ),
        ),
        migrations.AddField(
            model_name="meetingseries",
            name="room",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.room"
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="series",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meetings",
                to="partners.meetingseries",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "PLANNED")), fields=("series",), name="one_meeting_ahead_of_a_series"
            ),
        ),
        migrations.AlterConstraint(
            model_name="meeting",
            name="one_meeting_at_a_time",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "CANCELLED"), _negated=True),
                fields=("prison", "starts_at"),
                name="one_meeting_at_a_time",
                violation_error_message="There is a meeting at this time already.",
            ),
        ),
        migrations.AddIndex(
            model_name="meetingminutes",
            index=models.Index(fields=["prison", "meeting"], name="minutes_of_prison"),
        ),
        migrations.AddIndex(
            model_name="meetingminutes",
            index=models.Index(fields=["agency", "meeting"], name="minutes_of_agency"),
        ),
        migrations.AddConstraint(
            model_name="meetingminutes",
            constraint=models.UniqueConstraint(
                fields=("meeting", "agency", "number"), name="one_set_of_minutes_per_number", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingminutes",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "STALE"), _negated=True),
                fields=("meeting", "agency"),
                name="one_current_set_of_minutes",
                nulls_distinct=False,
                violation_error_message="These minutes are being made already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingseries",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on", None)),
                fields=("prison",),
                name="one_standing_meeting",
                violation_error_message="There is a standing meeting already. End it before another begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("weeks__range", (1, 13))),
                name="meeting_every_one_to_thirteen_weeks",
                violation_error_message="Give between 1 and 13 weeks.",
            ),
        ),
        migrations.RunSQL((SQL / "meetings.sql").read_text(), migrations.RunSQL.noop),
        lock("partners_meetingseries"),
        lock(
            "partners_meetingminutes",
            read=(*CASEWORKERS, "partner"),
            only=WHOLE,
            special={
                "partner": "agency_id = (SELECT ww.agency('partner')) AND state = 'BUILT' AND "
                "meeting_id = ANY (ARRAY(SELECT ww.shared_meetings((SELECT ww.agency('partner'))))) AND " + WHOLE
            },
            digest=["pdf"],
        ),
    ]
