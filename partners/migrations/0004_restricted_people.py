from django.db import migrations

from casework.rowsecurity import hide

HANDOVERS = """
CREATE FUNCTION ww.hidden_handovers() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(h.id), '{}') FROM public.partners_handover AS h
    WHERE h.person_id = ANY ((SELECT ww.hidden_people())::bigint[])
$$;
ALTER FUNCTION ww.hidden_handovers() OWNER TO ww_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0003_frozen_packs"), ("casework", "0007_restricted_people")]

    operations = [
        migrations.RunSQL(HANDOVERS, migrations.RunSQL.noop),
        hide("partners_handover"),
        hide("partners_handovermove", column="handover_id", what="handovers"),
        hide("partners_pack", column="handover_id", what="handovers"),
    ]
