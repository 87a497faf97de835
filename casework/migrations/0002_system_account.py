from django.db import migrations


def add(apps, schema_editor):
    """Before the tables are locked: their owner is bound by row security afterwards."""
    apps.get_model("casework", "User").objects.create(
        username="system", full_name="Wingwalk", role="SYSTEM", employer="SYSTEM", is_active=False, password="!"
    )


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
