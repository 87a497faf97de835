from django.db import migrations

# An agency works with several prisons, whichever its user's account names. It reads nothing of the queue.
OF_ANY_PRISON = "(SELECT ww.agency('partner')) IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("casework", "0029_mails")]

    operations = [
        migrations.RunSQL(
            f"ALTER POLICY partner ON casework_mail USING ({OF_ANY_PRISON}) WITH CHECK ({OF_ANY_PRISON});",
            migrations.RunSQL.noop,
        )
    ]
