import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from casework.rowsecurity import share

NDTMS = {"ONE_TO_ONE": "95", "GROUP": "95", "DROP_IN": "96", "RELEASE": "96", "ADVICE": "10"}


def map_types(apps, schema_editor):
    """What the national return calls the kinds that every house begins with."""
    kind = apps.get_model("interventions", "ContactType")
    for code, ndtms in NDTMS.items():
        kind.objects.filter(code=code, ndtms="").update(ndtms=ndtms)


class Migration(migrations.Migration):
    dependencies = [
        ("interventions", "0011_unit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="appointmentmove",
            name="before_room",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="casework.room",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["prison", "at"], name="appointment_of_prison"),
        ),
        migrations.AddConstraint(
            model_name="contacttype",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_contact_type_per_name",
                violation_error_message="There is already a kind with this name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="topic",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_topic_per_name",
                violation_error_message="There is already a topic with this name.",
            ),
        ),
        migrations.RunPython(map_types, migrations.RunPython.noop),
        share("interventions_contacttype", read=(), write=("manager",)),
        share("interventions_topic", read=(), write=("manager",)),
    ]
