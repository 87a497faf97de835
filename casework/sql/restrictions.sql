-- Who acts, and which records are restricted to others. Row security and the querysets ask the same functions, so they cannot disagree.

CREATE FUNCTION ww.user_id(kind text) RETURNS bigint LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT ww.context(kind, 2)::bigint $$;

-- People whose record is restricted and does not name who acts. Only the system may ask on behalf of somebody else.
CREATE FUNCTION ww.hidden_people(of_user bigint DEFAULT NULL, in_prison bigint DEFAULT NULL) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text := nullif(current_setting('ww.context', true), '');
    who text[] := string_to_array(given, '|');
BEGIN
    IF given IS NULL THEN
        RETURN '{}';
    END IF;
    PERFORM ww.context(who[1], 2);
    IF who[1] <> 'system' THEN
        of_user := who[2]::bigint;
        in_prison := nullif(who[3], '')::bigint;
    END IF;
    RETURN coalesce((SELECT array_agg(r.person_id) FROM public.casework_restriction AS r
        WHERE r.prison_id = in_prison AND r.lifted_at IS NULL AND NOT EXISTS (
            SELECT FROM public.casework_restrictionaccess AS a
            WHERE a.restriction_id = r.id AND a.until_at IS NULL AND a.user_id = of_user)), '{}');
END $$;
CREATE FUNCTION ww.hidden_spells() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(s.id), '{}') FROM public.casework_custodyspell AS s
    WHERE s.person_id = ANY ((SELECT ww.hidden_people())::bigint[])
$$;
CREATE FUNCTION ww.hidden_cases() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(c.id), '{}') FROM public.casework_case AS c
    WHERE c.person_id = ANY ((SELECT ww.hidden_people())::bigint[])
$$;

-- What an administrator gave an account to do beside its role; managers may all of it.
CREATE FUNCTION ww.has_duty(kind text, duty text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.casework_user AS u
        WHERE u.id = ww.user_id(kind) AND (u.role = 'MANAGER' OR duty = ANY (u.duties)))
$$;
CREATE FUNCTION ww.note_levels(kind text) RETURNS text[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN kind = 'manager' THEN ARRAY['TEAM', 'CLINICAL', 'MANAGER']
        WHEN ww.has_duty(kind, 'CLINICAL') THEN ARRAY['TEAM', 'CLINICAL'] ELSE ARRAY['TEAM'] END
$$;

-- That somebody is kept apart, and how widely: what everybody who works with him must know. Names stay with those who plan.
CREATE FUNCTION ww.kept_apart(of_person bigint) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.scope FROM public.casework_keepapart AS k
    WHERE of_person IN (k.person_id, k.other_id) AND k.ended_on IS NULL
      AND (k.prison_id = ww.prison('keyworker') OR k.prison_id = ww.prison('manager') OR ww.is_system())
      AND of_person <> ALL ((SELECT ww.hidden_people())::bigint[])
    ORDER BY k.scope
$$;

ALTER FUNCTION ww.hidden_people(bigint, bigint) OWNER TO ww_definer;
ALTER FUNCTION ww.hidden_spells() OWNER TO ww_definer;
ALTER FUNCTION ww.hidden_cases() OWNER TO ww_definer;
ALTER FUNCTION ww.has_duty(text, text) OWNER TO ww_definer;
ALTER FUNCTION ww.note_levels(text) OWNER TO ww_definer;
ALTER FUNCTION ww.kept_apart(bigint) OWNER TO ww_definer;
GRANT SELECT ON casework_restriction, casework_restrictionaccess, casework_keepapart TO ww_definer;
CREATE POLICY definer ON casework_restriction FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON casework_restrictionaccess FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON casework_keepapart FOR SELECT TO ww_definer USING (true);
