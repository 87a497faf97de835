import django.db.models.deletion
from django.db import migrations, models

from casework.rowsecurity import lock

NOBODY = ()
HIDDEN = """
-- How many of the records that a month's figures counted belong to people who are hidden from who asks.
CREATE FUNCTION ww.hidden_records(of_figures bigint) RETURNS TABLE (name text, part text, records bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.key, p.key, sum(c.value::int) FROM public.reporting_monthlypeople AS m, jsonb_each(m.counts) AS f,
        jsonb_each(f.value) AS p, jsonb_each_text(p.value) AS c
    WHERE m.figures_id = of_figures AND c.key = ANY ((SELECT ww.hidden_people())::text[])
      AND m.prison_id IN (SELECT ww.prison(kind) FROM unnest(ARRAY['keyworker', 'manager', 'auditor']) AS kind)
    GROUP BY f.key, p.key
$$;
ALTER FUNCTION ww.hidden_records(bigint) OWNER TO ww_definer;
GRANT SELECT ON reporting_monthlypeople TO ww_definer;
CREATE POLICY definer ON reporting_monthlypeople FOR SELECT TO ww_definer USING (true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0017_access_locks"),
        ("reporting", "0002_locks"),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthlyPeople",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counts", models.JSONField(default=dict)),
                (
                    "figures",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="people",
                        to="reporting.monthlyfigures",
                    ),
                ),
                (
                    "prison",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.prison"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "monthly people",
            },
        ),
        lock("reporting_monthlypeople", read=NOBODY, insert=NOBODY, update=NOBODY, digest=["counts"]),
        migrations.RunSQL(HIDDEN, migrations.RunSQL.noop),
    ]
