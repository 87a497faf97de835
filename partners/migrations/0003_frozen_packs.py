from django.db import migrations, models
from django.db.models import Q

# The moves that Handover.MOVES declares; a test compares the two. Partners answer and do nothing else.
KEEP = """
CREATE FUNCTION ww.keep_handover() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state AND OLD.state || ' ' || NEW.state <> ALL (ARRAY[
        'DRAFT READY', 'DRAFT RECALLED', 'READY DRAFT', 'READY SENT', 'READY RECALLED', 'SENT ACKNOWLEDGED', 'SENT QUERIED',
        'SENT RECALLED', 'QUERIED ACKNOWLEDGED', 'QUERIED RECALLED', 'ACKNOWLEDGED RECALLED'
    ]) THEN
        RAISE EXCEPTION 'a handover does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF current_user = 'ww_partner' AND NEW.state NOT IN ('ACKNOWLEDGED', 'QUERIED') THEN
        RAISE EXCEPTION 'a partner acknowledges or queries' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.state <> 'DRAFT' AND (NEW.content, NEW.agency_id, NEW.prison_id) IS DISTINCT FROM (OLD.content, OLD.agency_id, OLD.prison_id)
    THEN
        RAISE EXCEPTION 'what a handover says changes while it is a draft only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_handover BEFORE UPDATE ON partners_handover FOR EACH ROW EXECUTE FUNCTION ww.keep_handover();

CREATE FUNCTION ww.keep_pack() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.built_at IS NOT NULL AND (NEW.pdf, NEW.sha256, NEW.content, NEW.number, NEW.built_at, NEW.handover_id, NEW.agency_id)
        IS DISTINCT FROM (OLD.pdf, OLD.sha256, OLD.content, OLD.number, OLD.built_at, OLD.handover_id, OLD.agency_id)
    THEN
        RAISE EXCEPTION 'a pack never changes once it is built' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_pack BEFORE UPDATE ON partners_pack FOR EACH ROW EXECUTE FUNCTION ww.keep_pack();

-- A pack that was set aside before it was sent holds what the writer took back: no partner reads it, whatever the query.
ALTER POLICY partner ON partners_pack
    USING (agency_id = (SELECT ww.agency('partner')) AND state = 'BUILT'
        AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('partner'))))))
    WITH CHECK (false);
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_locks")]

    operations = [
        migrations.AlterField(
            model_name="pack",
            name="state",
            field=models.CharField(
                choices=[
                    ("WAITING", "Waiting to be built"),
                    ("BUILT", "Built"),
                    ("FAILED", "Could not be built"),
                    ("STALE", "Set aside"),
                ],
                default="WAITING",
                max_length=7,
            ),
        ),
        migrations.AddConstraint(
            model_name="pack",
            constraint=models.UniqueConstraint(
                condition=~Q(state="STALE"),
                fields=("handover",),
                name="one_current_pack_per_handover",
                violation_error_message="This handover has a pack already.",
            ),
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
