from django.db import migrations

from casework.rowsecurity import EVERY_KIND, lock

SHARED = """
-- The handovers that an agency may see now: sent, under a protocol in force, with live consent. Both the querysets and row security
-- ask this one function, so they cannot disagree, and a consent withdrawn is withdrawn at the next statement.
CREATE FUNCTION ww.shared_handovers(agency bigint) RETURNS SETOF bigint
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
                  AND c.agency_id = agency AND c.given AND c.withdrawn_at IS NULL AND c.expires_on >= today)
      AND EXISTS (SELECT FROM public.partners_protocol p WHERE p.prison_id = h.prison_id AND p.agency_id = agency
                  AND p.ended_on IS NULL AND p.starts_on <= today AND p.review_on >= today);
END $$;
ALTER FUNCTION ww.shared_handovers(bigint) OWNER TO ww_definer;
GRANT SELECT ON partners_handover, casework_consent, partners_protocol TO ww_definer;
CREATE POLICY definer ON partners_handover FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON casework_consent FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON partners_protocol FOR SELECT TO ww_definer USING (true);
"""
ROWS = "ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('partner'))))"
PARTNER = "agency_id = (SELECT ww.agency('partner')) AND {} = ANY (" + ROWS + ")"
CASEWORKERS_AND_PARTNERS = ("keyworker", "manager", "partner")


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial"), ("casework", "0003_locks")]

    operations = [
        migrations.RunSQL(SHARED, migrations.RunSQL.noop),
        lock(
            "partners_protocol",
            read=EVERY_KIND,
            insert=("administrator",),
            update=("administrator",),
            special={"partner": "agency_id = (SELECT ww.agency('partner'))"},
        ),
        lock("partners_handover", read=CASEWORKERS_AND_PARTNERS, special={"partner": PARTNER.format("id")}),
        lock(
            "partners_handovermove",
            read=CASEWORKERS_AND_PARTNERS,
            insert=CASEWORKERS_AND_PARTNERS,
            update=(),
            special={"partner": PARTNER.format("handover_id")},
        ),
        lock(
            "partners_pack",
            read=CASEWORKERS_AND_PARTNERS,
            special={"partner": PARTNER.format("handover_id")},
            digest=["pdf"],
        ),
        migrations.RunSQL(
            "GRANT UPDATE (state, answered_at, version) ON partners_handover TO ww_partner;", migrations.RunSQL.noop
        ),
    ]
