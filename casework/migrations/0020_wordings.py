import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    """An administrator writes the words in which people are asked. He adds versions and changes none."""

    dependencies = [("casework", "0019_review_assessment")]

    operations = [
        migrations.AddField("consentwording", "nonce", models.UUIDField(null=True)),
        migrations.RunSQL("UPDATE casework_consentwording SET nonce = gen_random_uuid()", migrations.RunSQL.noop),
        migrations.AlterField(
            "consentwording", "nonce", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
        migrations.RunSQL("GRANT INSERT ON casework_consentwording TO ww_administrator", migrations.RunSQL.noop),
    ]
