from django.db import migrations

# A list was opened of nobody in particular: its entry has no person, and NULL <> ALL ('{}') is true.
OF_RECORDS = """
ALTER POLICY manager ON casework_auditentry USING (kind = 'READ' AND person_id IS NOT NULL
    AND prison_id = (SELECT ww.prison('manager')) AND person_id <> ALL ((SELECT ww.hidden_people())::bigint[]))
"""


class Migration(migrations.Migration):
    """A manager reads in the trail who opened a record, and not who opened a list."""

    dependencies = [("casework", "0017_access_locks")]

    operations = [migrations.RunSQL(OF_RECORDS, migrations.RunSQL.noop)]
