from django.db import migrations

from casework.rowsecurity import lock


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial"), ("casework", "0003_locks")]

    operations = [
        lock(
            "reporting_monthlyfigures",
            read=("keyworker", "manager", "auditor"),
            insert=("manager",),
            update=("manager",),
        ),
    ]
