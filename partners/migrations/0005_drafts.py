from django.db import migrations

# Partners know people through handovers alone: unsaved text about somebody goes out of sight with the handover it is about.
SHARED = """
ALTER POLICY partner ON casework_draft USING ({shared}) WITH CHECK ({shared});
""".format(
    shared="user_id = (SELECT ww.user_id('partner')) AND (person_id IS NULL OR"
    " EXISTS (SELECT FROM partners_handover AS h WHERE h.person_id = casework_draft.person_id))"
)


class Migration(migrations.Migration):
    dependencies = [("partners", "0004_restricted_people"), ("casework", "0010_drafts")]

    operations = [migrations.RunSQL(SHARED, migrations.RunSQL.noop)]
