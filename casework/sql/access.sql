-- People whose record is restricted and does not name who acts; numbers that were merged away go with the one that is kept. Only the
-- system may ask on behalf of somebody else.
SET LOCAL ROLE ww_definer;  -- who owns it
CREATE OR REPLACE FUNCTION ww.hidden_people(of_user bigint DEFAULT NULL, in_prison bigint DEFAULT NULL) RETURNS bigint[]
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
    RETURN coalesce((WITH RECURSIVE hidden AS (
        SELECT r.person_id AS id FROM public.casework_restriction AS r
        WHERE r.prison_id = in_prison AND r.lifted_at IS NULL AND NOT EXISTS (
            SELECT FROM public.casework_restrictionaccess AS a
            WHERE a.restriction_id = r.id AND a.until_at IS NULL AND a.user_id = of_user)
        UNION SELECT p.id FROM public.casework_person AS p JOIN hidden ON p.merged_into_id = hidden.id
    ) SELECT array_agg(id) FROM hidden), '{}');
END $$;
RESET ROLE;

-- Whether a record that the asking caseworker may see is restricted.
CREATE FUNCTION ww.is_restricted(of_person bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.casework_restriction AS r
        WHERE r.person_id = of_person AND r.lifted_at IS NULL
          AND r.prison_id = coalesce((SELECT ww.prison('keyworker')), (SELECT ww.prison('manager'))))
        AND of_person <> ALL ((SELECT ww.hidden_people())::bigint[])
$$;

-- Whether somebody could see a person: nobody is given the case of a record that is hidden from him.
CREATE FUNCTION ww.may_see(worker bigint, of_person bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM public.casework_restriction AS r JOIN public.casework_user AS u ON u.prison_id = r.prison_id
        WHERE r.person_id = of_person AND r.lifted_at IS NULL AND u.id = worker AND NOT EXISTS (
            SELECT FROM public.casework_restrictionaccess AS a
            WHERE a.restriction_id = r.id AND a.until_at IS NULL AND a.user_id = worker))
$$;

-- Those of the given prison numbers that lead, or led, to a record which is hidden from who asks: a report that was stored with numbers
-- is shown without them.
CREATE FUNCTION ww.hidden_numbers(given text[]) RETURNS text[]
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(number), '{}') FROM (
        SELECT p.number FROM public.casework_person AS p
        WHERE p.id = ANY ((SELECT ww.hidden_people())::bigint[]) AND p.number = ANY (given)
        UNION SELECT f.number FROM public.casework_formernumber AS f
        WHERE f.person_id = ANY ((SELECT ww.hidden_people())::bigint[]) AND f.number = ANY (given)) AS found
$$;

ALTER FUNCTION ww.is_restricted(bigint) OWNER TO ww_definer;
ALTER FUNCTION ww.may_see(bigint, bigint) OWNER TO ww_definer;
ALTER FUNCTION ww.hidden_numbers(text[]) OWNER TO ww_definer;
GRANT SELECT ON casework_person, casework_formernumber TO ww_definer;
CREATE POLICY definer ON casework_person FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON casework_formernumber FOR SELECT TO ww_definer USING (true);

-- A manager reads of the trail who opened a record that he may see himself, in his prison, and nothing else of it.
GRANT SELECT ON casework_auditentry TO ww_manager;
CREATE POLICY manager ON casework_auditentry FOR SELECT TO ww_manager USING (kind = 'READ'
    AND prison_id = (SELECT ww.prison('manager')) AND person_id <> ALL ((SELECT ww.hidden_people())::bigint[]));
