from django.db import migrations

# What came of a test under a compact is told to those with the duty only, where it is recorded as a breach as well.
POLICY = """
ALTER POLICY keyworker ON interventions_breach
    USING (prison_id = (SELECT ww.prison('keyworker')) AND person_id <> ALL ((SELECT ww.hidden_people())::bigint[])
        AND (what NOT IN ('POSITIVE', 'MISSED_TEST') OR (SELECT ww.has_duty('keyworker', 'TESTS'))))
    WITH CHECK (prison_id = (SELECT ww.prison('keyworker')) AND person_id <> ALL ((SELECT ww.hidden_people())::bigint[])
        AND (what NOT IN ('POSITIVE', 'MISSED_TEST') OR (SELECT ww.has_duty('keyworker', 'TESTS'))));
"""


class Migration(migrations.Migration):
    dependencies = [("interventions", "0016_rooms")]

    operations = [migrations.RunSQL(POLICY, migrations.RunSQL.noop)]
