from django.db import migrations

# Rows name who wrote them. Hidden by row security, the account of the system would take its rows out of every inner join. Nobody
# can write it: what is written must still be of the writer's own prison.
KNOWN = """
ALTER POLICY {kind} ON casework_user USING (prison_id = (SELECT ww.prison('{kind}')) OR role = 'SYSTEM')
    WITH CHECK (prison_id = (SELECT ww.prison('{kind}')));
"""
STAFF = ["keyworker", "manager", "administrator", "auditor"]


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_settings")]

    operations = [migrations.RunSQL("".join(KNOWN.format(kind=kind) for kind in STAFF), migrations.RunSQL.noop)]
