from django.db import migrations

# As before, but a consent counts only where it was given for the handover of care.
SHARED = """
SET LOCAL ROLE ww_definer;  -- who owns it
CREATE OR REPLACE FUNCTION ww.shared_handovers(agency bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/London')::date;
BEGIN
    IF NOT ww.is_system() AND agency IS DISTINCT FROM ww.agency('partner') THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT h.id FROM public.partners_handover h
    WHERE h.agency_id = agency
      AND h.state IN ('SENT', 'ACKNOWLEDGED', 'QUERIED')
      AND EXISTS (SELECT FROM public.casework_consent c WHERE c.person_id = h.person_id AND c.prison_id = h.prison_id
                  AND c.agency_id = agency AND c.purpose = 'HANDOVER' AND c.given AND c.withdrawn_at IS NULL
                  AND c.expires_on >= today)
      AND EXISTS (SELECT FROM public.partners_protocol p WHERE p.prison_id = h.prison_id AND p.agency_id = agency
                  AND p.ended_on IS NULL AND p.starts_on <= today AND p.review_on >= today);
END $$;
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0005_drafts"), ("casework", "0017_access_locks")]

    operations = [migrations.RunSQL(SHARED, migrations.RunSQL.noop)]
