from django.db import migrations

from casework.rowsecurity import lock, share

# code, name, structured, counted, group, usual minutes
TYPES = [
    ("ONE_TO_ONE", "Structured one-to-one", True, True, False, 45),
    ("BRIEF", "Brief contact on the wing", False, True, False, 10),
    ("HARM_REDUCTION", "Harm reduction", False, True, False, 20),
    ("GROUP", "Group", False, True, True, 90),
    ("DROP_IN", "Drop-in", False, True, False, 15),
    ("ASSESSMENT", "Initial assessment", False, True, False, 40),
    ("ACCT", "ACCT review", False, True, False, 30),
    ("SEGREGATION", "Segregation visit", False, True, False, 15),
    ("RELEASE", "Release meeting", False, True, False, 30),
    ("ADVICE", "Advice and information", False, True, False, 10),
    ("LETTER", "Letter or telephone call", False, False, False, 10),
]


def add_types(apps, schema_editor):
    kind = apps.get_model("interventions", "ContactType")
    names = ["code", "name", "structured", "counted", "group", "usual_minutes"]
    kind.objects.bulk_create(kind(**dict(zip(names, values, strict=True))) for values in TYPES)


class Migration(migrations.Migration):
    dependencies = [("interventions", "0001_initial"), ("casework", "0003_locks")]

    operations = [
        migrations.RunPython(add_types, migrations.RunPython.noop),
        share("interventions_contacttype", write=("administrator",)),
        lock("interventions_contact"),
    ]
