from pathlib import Path

from django.db import migrations

from casework.rowsecurity import CASEWORKERS, hide, lock

SQL = Path(__file__).parent.parent / "sql"
BOTH = (*CASEWORKERS, "partner")
NOBODY = ()
OWN = "agency_id = (SELECT ww.agency('partner'))"
# A row about somebody whose number nobody here has is not about anybody who is hidden.
KNOWN = "(person_id IS NULL OR person_id <> ALL ((SELECT ww.hidden_people())::bigint[]))"
HANDOVER = f"{OWN} AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('partner')))))"
ITEMS = "ANY (ARRAY(SELECT ww.shared_items((SELECT ww.agency('partner')))))"


def begin_with_what_passed(apps, schema_editor):
    """Protocols let handovers and the answers to them pass, and nothing else, until somebody says more."""
    items = ["OUT_HANDOVER", "OUT_DATES", "IN_ANSWER"]
    apps.get_model("partners", "Protocol").objects.filter(items=[]).update(items=items)


def _of_handover(table, **given):
    """A table that hangs on handovers."""
    given = {"read": CASEWORKERS, "special": {}, **given}
    return [lock(f"partners_{table}", **given), hide(f"partners_{table}", column="handover_id", what="handovers")]


class Migration(migrations.Migration):
    dependencies = [("partners", "0007_through_the_gate"), ("casework", "0025_through_the_gate_locks")]

    operations = [
        migrations.RunPython(begin_with_what_passed, migrations.RunPython.noop),
        migrations.RunSQL((SQL / "sharing.sql").read_text(), migrations.RunSQL.noop),
        *_of_handover("handoverappointment", read=BOTH, insert=BOTH, update=BOTH, special={"partner": HANDOVER}),
        *_of_handover("releasemove", read=BOTH, special={"partner": HANDOVER}),
        *_of_handover("handoverreminder", insert=NOBODY, update=NOBODY),
        *_of_handover("handoverlink"),
        *_of_handover("linkview"),
        lock("partners_releaseplan", person="person_id"),
        lock("partners_aftercare", person="person_id", update=NOBODY),
        lock(
            "partners_inwardnotice",
            read=BOTH,
            insert=BOTH,
            only=KNOWN,
            special={"partner": f"{OWN} AND ww.protocol_allows(prison_id, agency_id, 'IN_' || kind)"},
        ),
        lock(
            "partners_keyholder",
            read=(*BOTH, "administrator"),
            insert=(*CASEWORKERS, "administrator"),
            update=(*CASEWORKERS, "administrator"),
            special={"partner": OWN},
        ),
        lock("partners_wingvisit", read=BOTH, insert=BOTH, special={"partner": OWN}),
        lock("partners_wingvisitline", read=BOTH, insert=BOTH, only=KNOWN, special={"partner": OWN}),
        lock(
            "partners_outwardreferral",
            read=BOTH,
            update=BOTH,
            person="person_id",
            special={
                "partner": f"{OWN} AND id = ANY (ARRAY(SELECT ww.shared_referrals((SELECT ww.agency('partner')))))"
            },
        ),
        lock(
            "partners_meeting",
            read=BOTH,
            special={"partner": "id = ANY (ARRAY(SELECT ww.shared_meetings((SELECT ww.agency('partner')))))"},
        ),
        lock("partners_meetingagency", read=BOTH, special={"partner": OWN}),
        lock("partners_meetingitem", read=BOTH, person="person_id", special={"partner": f"id = {ITEMS}"}),
        lock(
            "partners_meetingaction",
            read=BOTH,
            update=BOTH,
            person="person_id",
            special={"partner": f"{OWN} AND item_id = {ITEMS}"},
        ),
    ]
