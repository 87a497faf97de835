from pathlib import Path

from django.db import migrations

from casework.rowsecurity import hide, lock

SQL = Path(__file__).parent.parent / "sql"
MANAGER = ("manager",)
NOBODY = ()


class Migration(migrations.Migration):
    dependencies = [("casework", "0006_foundation")]

    operations = [
        lock("casework_restriction", read=MANAGER, insert=MANAGER, update=MANAGER),
        lock("casework_restrictionaccess", read=MANAGER, insert=MANAGER, update=MANAGER),
        # The functions read all three tables, so that those are locked without a further condition first.
        migrations.RunSQL((SQL / "restrictions.sql").read_text(), migrations.RunSQL.noop),
        lock(
            "casework_keepapart",
            person="person_id",
            only="other_id <> ALL ((SELECT ww.hidden_people())::bigint[]) AND (SELECT ww.has_duty('{kind}', 'SCHEDULE'))",
        ),
        lock("casework_recordaccess", person="person_id", update=MANAGER),
        lock("casework_acknowledgement", person="person_id", update=NOBODY),
        lock("casework_coworker", person="person_id"),
        lock("casework_suspension", person="person_id"),
        lock("casework_strand", person="person_id"),
        lock("casework_jointreview", person="person_id", update=NOBODY),
        lock("casework_assessment", person="person_id"),
        lock("casework_substanceuse", person="person_id"),
        lock("casework_score", person="person_id", update=NOBODY),
        lock("casework_outcomesprofile", person="person_id", update=NOBODY),
        lock("casework_plan", person="person_id"),
        lock("casework_goal", person="person_id"),
        lock("casework_action", person="person_id"),
        lock(
            "casework_note",
            person="person_id",
            update=NOBODY,
            only="level = ANY ((SELECT ww.note_levels('{kind}'))::text[])",
        ),
        lock("casework_attachment", person="person_id", digest=["content"]),
        hide("casework_person", scope="prison_ids", column="id"),
        hide("casework_formernumber", scope="prison_ids"),
        hide("casework_custodyspell"),
        hide("casework_location", column="spell_id", what="spells"),
        hide("casework_legalstatus", column="spell_id", what="spells"),
        hide("casework_releasedate", column="spell_id", what="spells"),
        hide("casework_movement", column="spell_id", what="spells"),
        hide("casework_alert"),
        hide("casework_consent"),
        hide("casework_case"),
        hide("casework_allocation", column="case_id", what="cases"),
    ]
