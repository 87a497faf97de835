from django.db import migrations

from casework.formats import names
from casework.rowsecurity import lock

MANAGER = ("manager",)
BATCH = 2000


def fill_sounds(apps, schema_editor):
    """The owner of a table is bound by row security as well, so it is lifted from him for the time of this."""
    person = apps.get_model("casework", "Person")
    schema_editor.execute("ALTER TABLE casework_person NO FORCE ROW LEVEL SECURITY")
    rows = person.objects.order_by("pk").values_list("pk", "surname")
    heard = [person(pk=pk, surname_sound=names.sound(surname)) for pk, surname in rows]
    person.objects.bulk_update(heard, ["surname_sound"], batch_size=BATCH)
    schema_editor.execute("ALTER TABLE casework_person FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies = [("casework", "0012_merges")]

    operations = [
        lock(
            "casework_personmerge",
            read=MANAGER,
            insert=MANAGER,
            update=MANAGER,
            digest=["moved"],
            person="kept_id",
            only="removed_id <> ALL ((SELECT ww.hidden_people())::bigint[])",
        ),
        migrations.RunPython(fill_sounds, migrations.RunPython.noop),
    ]
