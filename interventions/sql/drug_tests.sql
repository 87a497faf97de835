-- How many drug tests came to what, month by month: for the whole team of a prison, which may not know whose they are. A number for
-- each kind of test, what is counted and its code; never a key, a name or a day. The system may ask for any one prison.

CREATE FUNCTION ww.drug_tests(first date, until date, psychoactive text[], of_prison bigint DEFAULT NULL)
RETURNS TABLE (month date, kind text, what text, code text, number bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH own AS (
        SELECT CASE WHEN ww.is_system() THEN of_prison ELSE coalesce(ww.prison('keyworker'), ww.prison('manager')) END AS prison
    ), tests AS (
        SELECT date_trunc('month', t.selected_on)::date AS month, t.*,
            extract(isodow FROM t.sampled_at AT TIME ZONE 'Europe/London') >= 6 AS weekend
        FROM public.interventions_drugtest AS t
        WHERE t.prison_id = (SELECT prison FROM own) AND t.selected_on >= first AND t.selected_on < until
    ), called AS (
        SELECT * FROM tests WHERE part <> 'RESERVE' OR promoted_at IS NOT NULL
    )
    SELECT l.month, 'RANDOM', c.what, '', c.number::bigint FROM public.interventions_testlist AS l
        CROSS JOIN LATERAL (VALUES ('population', l.population), ('percent', l.percent)) AS c (what, number)
        WHERE l.prison_id = (SELECT prison FROM own) AND l.month >= first AND l.month < until
    UNION ALL SELECT t.month, t.kind, 'state', t.state, count(*) FROM called AS t GROUP BY 1, 2, 4
    UNION ALL SELECT t.month, t.kind, 'result', t.result, count(*) FROM called AS t WHERE t.state = 'SAMPLED' GROUP BY 1, 2, 4
    UNION ALL SELECT t.month, t.kind, 'reason', t.unable_why, count(*) FROM called AS t WHERE t.state = 'UNABLE' GROUP BY 1, 2, 4
    UNION ALL SELECT t.month, t.kind, 'weekend', '', count(*) FROM called AS t WHERE t.weekend GROUP BY 1, 2
    UNION ALL SELECT t.month, t.kind, 'promoted', '', count(*) FROM called AS t WHERE t.promoted_at IS NOT NULL GROUP BY 1, 2
    UNION ALL SELECT t.month, t.kind, 'adjudicated', '', count(*) FROM called AS t WHERE t.adjudicated GROUP BY 1, 2
    UNION ALL SELECT t.month, t.kind, 'group', g.code, count(*) FROM called AS t CROSS JOIN LATERAL unnest(t.groups) AS g (code)
        WHERE t.result = 'POSITIVE' GROUP BY 1, 2, 4
    UNION ALL SELECT t.month, t.kind, 'class', 'PSYCHOACTIVE', count(*) FROM called AS t
        WHERE t.result = 'POSITIVE' AND t.groups::text[] && psychoactive GROUP BY 1, 2
    UNION ALL SELECT t.month, t.kind, 'class', 'TRADITIONAL', count(*) FROM called AS t
        WHERE t.result = 'POSITIVE' AND NOT t.groups::text[] <@ psychoactive GROUP BY 1, 2
$$;

-- Before the owner changes: afterwards nobody here may take a right away any more.
REVOKE ALL ON FUNCTION ww.drug_tests(date, date, text[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ww.drug_tests(date, date, text[], bigint) TO ww_keyworker, ww_manager, ww_system;
ALTER FUNCTION ww.drug_tests(date, date, text[], bigint) OWNER TO ww_definer;
GRANT SELECT ON interventions_testlist, interventions_drugtest TO ww_definer;
CREATE POLICY definer ON interventions_testlist FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON interventions_drugtest FOR SELECT TO ww_definer USING (true);
