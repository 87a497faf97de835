-- What may pass, once more: only parts that the person agreed to, answers only under a protocol that lets them, and of what a department
-- tells nothing goes back but whether it was seen.

SET LOCAL ROLE ww_definer;  -- who owns them
-- As before, but somebody of an agency asks about his own agency only.
CREATE OR REPLACE FUNCTION ww.protocol_allows(of_prison bigint, of_agency bigint, item text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT of_agency = coalesce(ww.agency('partner'), of_agency) AND EXISTS (SELECT FROM public.partners_protocol AS p
        WHERE p.prison_id = of_prison AND p.agency_id = of_agency AND p.ended_on IS NULL AND item = ANY (p.items::text[])
          AND p.starts_on <= (now() AT TIME ZONE 'Europe/London')::date AND p.review_on >= (now() AT TIME ZONE 'Europe/London')::date)
$$;
CREATE OR REPLACE FUNCTION ww.agrees(of_person bigint, of_prison bigint, of_agency bigint, wanted text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT of_agency = coalesce(ww.agency('partner'), of_agency) AND EXISTS (SELECT FROM public.casework_consent AS c
        WHERE c.person_id = of_person AND c.prison_id = of_prison AND c.agency_id = of_agency AND c.purpose = wanted
          AND c.given AND c.withdrawn_at IS NULL AND c.expires_on >= (now() AT TIME ZONE 'Europe/London')::date)
$$;

-- As before, but a handover is shared only while the person agrees to every part that it may hold.
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
      AND h.state IN ('SENT', 'ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED', 'KEPT', 'MISSED', 'CLOSED')
      AND EXISTS (SELECT FROM public.casework_consent c WHERE c.person_id = h.person_id AND c.prison_id = h.prison_id
                  AND c.agency_id = agency AND c.purpose = 'HANDOVER' AND c.given AND c.withdrawn_at IS NULL
                  AND c.expires_on >= today AND h.sections::text[] <@ c.sections::text[])
      AND ww.protocol_allows(h.prison_id, agency, 'OUT_HANDOVER');
END $$;
RESET ROLE;

-- An agency answers only under a protocol that lets answers pass, by whatever statement.
CREATE POLICY partner_answers ON partners_handover AS RESTRICTIVE FOR UPDATE TO ww_partner
    USING (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));
CREATE POLICY partner_answers ON partners_handovermove AS RESTRICTIVE FOR INSERT TO ww_partner
    WITH CHECK (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));
CREATE POLICY partner_answers ON partners_handoverappointment AS RESTRICTIVE FOR INSERT TO ww_partner
    WITH CHECK (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));
CREATE POLICY partner_changes ON partners_handoverappointment AS RESTRICTIVE FOR UPDATE TO ww_partner
    USING (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));

-- Whose number a notice tells, found as the row comes in: whoever sends it is told neither who that is nor that there is anybody.
-- What a department says of seeing and answering is not taken from it.
CREATE FUNCTION ww.match_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT ww.is_system() THEN
        NEW.person_id := NULL; NEW.seen_at := NULL; NEW.seen_by_id := NULL; NEW.taken_in_at := NULL;
        NEW.outcome := ''; NEW.outcome_at := NULL; NEW.outcome_by_id := NULL; NEW.why := ''; NEW.sent_at := now();
    END IF;
    IF NEW.person_id IS NULL THEN
        SELECT coalesce(p.merged_into_id, p.id) INTO NEW.person_id FROM public.casework_person AS p
        WHERE p.number = NEW.number AND NEW.prison_id = ANY (p.prison_ids);
    END IF;
    IF NEW.person_id IS NULL THEN
        SELECT f.person_id INTO NEW.person_id FROM public.casework_formernumber AS f
        WHERE f.number = NEW.number AND NEW.prison_id = ANY (f.prison_ids) LIMIT 1;
    END IF;
    RETURN NEW;
END $$;
ALTER FUNCTION ww.match_notice() OWNER TO ww_definer;
CREATE TRIGGER match_notice BEFORE INSERT ON partners_inwardnotice FOR EACH ROW EXECUTE FUNCTION ww.match_notice();

REVOKE SELECT ON partners_inwardnotice FROM ww_partner;
GRANT SELECT (id, nonce, prison_id, agency_id, kind, number, "on", words, sent_by_id, sent_at, seen_at) ON partners_inwardnotice TO ww_partner;
ALTER POLICY partner ON partners_inwardnotice
    USING (agency_id = (SELECT ww.agency('partner')) AND ww.protocol_allows(prison_id, agency_id, 'IN_' || kind))
    WITH CHECK (agency_id = (SELECT ww.agency('partner')) AND sent_by_id = (SELECT ww.user_id('partner'))
        AND prison_id = (SELECT ww.prison('partner')) AND ww.protocol_allows(prison_id, agency_id, 'IN_' || kind));
