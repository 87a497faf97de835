-- Whom visitors of an agency may be told of, before they walk: people here who agreed to be seen by it, while a protocol says so. The same
-- for the agency, and for the team that writes for it, but for people hidden from who asks.
CREATE FUNCTION ww.to_be_visited(of_prison bigint, of_agency bigint)
RETURNS TABLE (person_id bigint, number text, surname text, forenames text, wing_id bigint, cell text, cell_key text)
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.id, p.number, p.surname, p.forenames, l.wing_id, l.cell, l.cell_key
    FROM public.casework_consent AS c
    JOIN public.casework_person AS p ON p.id = c.person_id AND p.merged_into_id IS NULL
    JOIN public.casework_custodyspell AS s
        ON s.person_id = p.id AND s.prison_id = of_prison AND s.ended_at IS NULL AND s.off_roll_on IS NULL
    JOIN public.casework_location AS l ON l.spell_id = s.id AND l.until_at IS NULL AND l.whereabouts = 'IN'
    WHERE c.agency_id = of_agency AND c.prison_id = of_prison AND c.purpose = 'WING_VISITS'
      AND c.given AND c.withdrawn_at IS NULL AND c.expires_on >= (now() AT TIME ZONE 'Europe/London')::date
      AND ww.protocol_allows(of_prison, of_agency, 'OUT_VISITS')
      AND (ww.may_ask_for(of_agency)
           OR of_prison = coalesce((SELECT ww.prison('keyworker')), (SELECT ww.prison('manager')))
              AND p.id <> ALL ((SELECT ww.hidden_people())::bigint[]))
$$;
ALTER FUNCTION ww.to_be_visited(bigint, bigint) OWNER TO ww_definer;

-- An agency writes for its own key-holders, while a protocol lets it tell us whom they saw. It says numbers; whose they are is found by
-- the worker, and read by the team only: of a line an agency reads what it wrote, and the referral that came of it.
ALTER POLICY partner ON partners_wingvisit
    USING (agency_id = (SELECT ww.agency('partner')) AND ww.protocol_allows(prison_id, agency_id, 'IN_VISITS'))
    WITH CHECK (agency_id = (SELECT ww.agency('partner')) AND ww.protocol_allows(prison_id, agency_id, 'IN_VISITS')
        AND EXISTS (SELECT FROM partners_keyholder AS k WHERE k.id = visitor_id AND k.prison_id = partners_wingvisit.prison_id));
ALTER POLICY partner ON partners_wingvisitline
    USING (agency_id = (SELECT ww.agency('partner')) AND ww.protocol_allows(prison_id, agency_id, 'IN_VISITS'))
    WITH CHECK (agency_id = (SELECT ww.agency('partner')) AND ww.protocol_allows(prison_id, agency_id, 'IN_VISITS')
        AND person_id IS NULL AND outward_id IS NULL AND taken_up_at IS NULL AND waits_for = '' AND settled_at IS NULL
        AND EXISTS (SELECT FROM partners_wingvisit AS v
                    WHERE v.id = visit_id AND v.prison_id = partners_wingvisitline.prison_id));
REVOKE SELECT, UPDATE ON partners_wingvisitline FROM ww_partner;
GRANT SELECT (id, nonce, visit_id, prison_id, agency_id, number, planned, what, note, outward_id, taken_up_at)
    ON partners_wingvisitline TO ww_partner;
REVOKE UPDATE ON partners_wingvisit FROM ww_partner;

-- The moves that OutwardReferral.MOVES declares, with who may take them; a test compares the two. What was asked stays as it was asked.
CREATE FUNCTION ww.keep_outward() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moves text[] := ARRAY['MADE ACCEPTED AGENCY', 'MADE REFUSED AGENCY', 'MADE WITHDRAWN PRISON'];
    step text := OLD.state || ' ' || NEW.state;
BEGIN
    IF NEW.state <> OLD.state AND step || ' PRISON' <> ALL (moves) AND step || ' AGENCY' <> ALL (moves) THEN
        RAISE EXCEPTION 'a referral outwards does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    -- The team may say for an agency what it was told by telephone; no agency takes a step of the prison's.
    IF NEW.state <> OLD.state AND current_user = 'ww_partner' AND step || ' AGENCY' <> ALL (moves) THEN
        RAISE EXCEPTION 'this step is the prison''s' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.why, NEW.identity, NEW.agency_id, NEW.prison_id, NEW.made_at) IS DISTINCT FROM
       (OLD.why, OLD.identity, OLD.agency_id, OLD.prison_id, OLD.made_at) THEN
        RAISE EXCEPTION 'what was asked of an agency is not changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_outward BEFORE UPDATE ON partners_outwardreferral FOR EACH ROW EXECUTE FUNCTION ww.keep_outward();
REVOKE UPDATE ON partners_outwardreferral FROM ww_partner;
GRANT UPDATE (state, answer, answered_at, answered_by_id, version) ON partners_outwardreferral TO ww_partner;
