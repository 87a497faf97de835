from pathlib import Path

from django.db import migrations

from casework.rowsecurity import EVERY_KIND, lock, share

SQL = Path(__file__).parent.parent / "sql"
ADMINISTRATOR = ("administrator",)
NOBODY = ()


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0002_system_account"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.RunSQL((SQL / "context.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "trail.sql").read_text(), migrations.RunSQL.noop),
        share("casework_prison", write=ADMINISTRATOR),
        share("casework_wing", write=ADMINISTRATOR),
        share("casework_room", write=ADMINISTRATOR),
        share("casework_regimetime", write=ADMINISTRATOR),
        share("casework_agency", write=ADMINISTRATOR),
        share("casework_agencyarea", write=ADMINISTRATOR),
        share("django_content_type"),
        lock(
            "casework_user",
            read=EVERY_KIND,
            insert=ADMINISTRATOR,
            update=ADMINISTRATOR,
            special={
                "partner": "agency_id = (SELECT ww.agency('partner'))",
                "anonymous": "true",
            },
            digest=["password"],
        ),
        lock("casework_wingcover", read=EVERY_KIND, insert=ADMINISTRATOR, update=ADMINISTRATOR),
        lock("casework_absence", read=EVERY_KIND, insert=ADMINISTRATOR, update=ADMINISTRATOR),
        lock("casework_person", scope="prison_ids", insert=NOBODY),
        lock("casework_formernumber", scope="prison_ids", insert=NOBODY, update=NOBODY),
        lock("casework_custodyspell", insert=NOBODY),
        lock("casework_location", insert=NOBODY),
        lock("casework_legalstatus", insert=NOBODY),
        lock("casework_releasedate"),
        lock("casework_movement", update=NOBODY),
        lock("casework_alert"),
        lock(
            "casework_rollimport",
            read=("manager", "administrator"),
            insert=("manager", "administrator"),
            update=("manager", "administrator"),
            digest=["content"],
        ),
        lock("casework_consent"),
        lock("casework_case"),
        lock("casework_allocation"),
        migrations.RunSQL(
            """
            GRANT SELECT, UPDATE ON casework_user TO ww_anonymous;
            GRANT SELECT ON casework_prison, casework_agency, django_content_type TO ww_anonymous;
            GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO ww_anonymous, ww_system;
            GRANT SELECT ON account_emailaddress, account_emailconfirmation TO ww_anonymous, ww_system;
            GRANT SELECT ON django_migrations TO ww_anonymous, ww_system;
            """,
            migrations.RunSQL.noop,
        ),
    ]
