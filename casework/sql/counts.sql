-- What an administrator may know of casework: how many, never who. Each counts in the caller's own prison only.

CREATE FUNCTION ww.people_on_wing(wing bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FROM public.casework_location AS l JOIN public.casework_custodyspell AS s ON s.id = l.spell_id
    WHERE l.wing_id = wing AND l.until_at IS NULL AND s.ended_at IS NULL
      AND (l.prison_id = ww.prison('administrator') OR ww.is_system())
$$;
CREATE FUNCTION ww.cases_held(worker bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FROM public.casework_allocation AS a JOIN public.casework_case AS c ON c.id = a.case_id
    WHERE a.worker_id = worker AND a.until_at IS NULL AND c.closed_on IS NULL
      AND (a.prison_id = ww.prison('administrator') OR ww.is_system())
$$;
-- Accounts of an agency in every prison, because the address book is shared.
CREATE FUNCTION ww.accounts_of_agency(agency bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FROM public.casework_user AS u
    WHERE u.agency_id = agency AND u.is_active AND (ww.prison('administrator') IS NOT NULL OR ww.is_system())
$$;
ALTER FUNCTION ww.people_on_wing(bigint) OWNER TO ww_definer;
ALTER FUNCTION ww.cases_held(bigint) OWNER TO ww_definer;
ALTER FUNCTION ww.accounts_of_agency(bigint) OWNER TO ww_definer;
GRANT SELECT ON casework_location, casework_custodyspell, casework_allocation, casework_case, casework_user TO ww_definer;
CREATE POLICY counts ON casework_location FOR SELECT TO ww_definer USING (true);
CREATE POLICY counts ON casework_custodyspell FOR SELECT TO ww_definer USING (true);
CREATE POLICY counts ON casework_allocation FOR SELECT TO ww_definer USING (true);
CREATE POLICY counts ON casework_case FOR SELECT TO ww_definer USING (true);
CREATE POLICY counts ON casework_user FOR SELECT TO ww_definer USING (true);

-- The account pages, which run before anybody is known, may change a password and nothing else of an account.
REVOKE UPDATE ON casework_user FROM ww_anonymous;
GRANT UPDATE (password, must_change_password, last_login) ON casework_user TO ww_anonymous;
