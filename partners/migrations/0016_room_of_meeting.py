import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0015_recalled"),
    ]

    operations = [
        migrations.AddField(
            model_name="meeting",
            name="length",
            field=models.PositiveSmallIntegerField(
                default=90,
                validators=[
                    django.core.validators.MinValueValidator(15, "Give between 15 and 480 minutes."),
                    django.core.validators.MaxValueValidator(480, "Give between 15 and 480 minutes."),
                ],
            ),
        ),
        migrations.AddField(
            model_name="meetingseries",
            name="length",
            field=models.PositiveSmallIntegerField(
                default=90,
                validators=[
                    django.core.validators.MinValueValidator(15, "Give between 15 and 480 minutes."),
                    django.core.validators.MaxValueValidator(480, "Give between 15 and 480 minutes."),
                ],
            ),
        ),
    ]
