import datetime

from django.db import migrations, models
from django.db.models import F, Q

NONE = datetime.date(2000, 1, 1)  # No profile was made before this migration.


class Migration(migrations.Migration):
    dependencies = [("casework", "0010_drafts")]

    operations = [
        migrations.AddField(
            "score", "safer_custody_whom", models.CharField(blank=True, default="", max_length=120), False
        ),
        migrations.AddField("score", "safer_custody_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "score",
            models.CheckConstraint(
                name="score_says_who_was_told_or_why_not",
                condition=Q(safer_custody="")
                | (Q(safer_custody="TOLD", safer_custody_at__isnull=False) & ~Q(safer_custody_whom=""))
                | (Q(safer_custody="NOT_TOLD") & ~Q(safer_custody_note="")),
            ),
        ),
        migrations.AddField("outcomesprofile", "period_from", models.DateField(default=NONE), False),
        migrations.AddField("outcomesprofile", "period_until", models.DateField(default=NONE), False),
        migrations.AddField(
            "outcomesprofile", "outside_why", models.CharField(blank=True, default="", max_length=200), False
        ),
        migrations.AddConstraint(
            "outcomesprofile",
            models.CheckConstraint(
                name="outcomes_period_ends_after_start", condition=Q(period_until__gte=F("period_from"))
            ),
        ),
    ]
