-- What passes to an agency now: said here once, for the policies and for the querysets alike. A protocol that lapsed or was ended, a
-- consent that was withdrawn or ran out, ends it at the next statement. Partners ask for their own agency; the system may ask for any.

CREATE FUNCTION ww.may_ask_for(agency bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT ww.is_system() OR agency = ww.agency('partner') $$;

-- Whether a protocol in force lets this pass between a prison and an agency (partners.models.Protocol.Item).
CREATE FUNCTION ww.protocol_allows(of_prison bigint, of_agency bigint, item text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.partners_protocol AS p
        WHERE p.prison_id = of_prison AND p.agency_id = of_agency AND p.ended_on IS NULL AND item = ANY (p.items::text[])
          AND p.starts_on <= (now() AT TIME ZONE 'Europe/London')::date AND p.review_on >= (now() AT TIME ZONE 'Europe/London')::date)
$$;

-- Whether somebody agreed that an agency may be told for this purpose (casework.models.Consent.Purpose), and still does.
CREATE FUNCTION ww.agrees(of_person bigint, of_prison bigint, of_agency bigint, wanted text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.casework_consent AS c
        WHERE c.person_id = of_person AND c.prison_id = of_prison AND c.agency_id = of_agency AND c.purpose = wanted
          AND c.given AND c.withdrawn_at IS NULL AND c.expires_on >= (now() AT TIME ZONE 'Europe/London')::date)
$$;

CREATE FUNCTION ww.shared_referrals(agency bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.id FROM public.partners_outwardreferral AS r
    WHERE r.agency_id = agency AND ww.may_ask_for(agency) AND r.state <> 'WITHDRAWN'
      AND ww.protocol_allows(r.prison_id, agency, 'OUT_REFERRAL')
      AND (ww.agrees(r.person_id, r.prison_id, agency, 'HANDOVER') OR ww.agrees(r.person_id, r.prison_id, agency, 'WING_VISITS'))
$$;

CREATE FUNCTION ww.shared_meetings(agency bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.meeting_id FROM public.partners_meetingagency AS i
    WHERE i.agency_id = agency AND i.withdrawn_at IS NULL AND ww.may_ask_for(agency)
      AND ww.protocol_allows(i.prison_id, agency, 'OUT_MEETING')
$$;

CREATE FUNCTION ww.shared_items(agency bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.id FROM public.partners_meetingitem AS t
    WHERE t.removed_at IS NULL AND t.meeting_id IN (SELECT ww.shared_meetings(agency))
      AND ww.agrees(t.person_id, t.prison_id, agency, 'MEETING')
$$;

ALTER FUNCTION ww.protocol_allows(bigint, bigint, text) OWNER TO ww_definer;
ALTER FUNCTION ww.agrees(bigint, bigint, bigint, text) OWNER TO ww_definer;
ALTER FUNCTION ww.shared_referrals(bigint) OWNER TO ww_definer;
ALTER FUNCTION ww.shared_meetings(bigint) OWNER TO ww_definer;
ALTER FUNCTION ww.shared_items(bigint) OWNER TO ww_definer;
GRANT SELECT ON partners_outwardreferral, partners_meetingagency, partners_meetingitem TO ww_definer;
CREATE POLICY definer ON partners_outwardreferral FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON partners_meetingagency FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON partners_meetingitem FOR SELECT TO ww_definer USING (true);

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
      AND h.state IN ('SENT', 'ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED', 'KEPT', 'MISSED', 'CLOSED')
      AND EXISTS (SELECT FROM public.casework_consent c WHERE c.person_id = h.person_id AND c.prison_id = h.prison_id
                  AND c.agency_id = agency AND c.purpose = 'HANDOVER' AND c.given AND c.withdrawn_at IS NULL
                  AND c.expires_on >= today)
      AND EXISTS (SELECT FROM public.partners_protocol p WHERE p.prison_id = h.prison_id AND p.agency_id = agency
                  AND p.ended_on IS NULL AND p.starts_on <= today AND p.review_on >= today
                  AND 'OUT_HANDOVER' = ANY (p.items::text[]));
END $$;
RESET ROLE;

-- The moves that Handover.MOVES declares, with who may take them; a test compares the two. What was sent may be amended by the prison
-- until it is over, and is then another pack; parts that are no longer shared may be taken out at any time, and nobody else changes it.
CREATE OR REPLACE FUNCTION ww.keep_handover() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    side text := CASE WHEN current_user IN ('ww_partner', 'ww_link') THEN 'AGENCY' ELSE 'PRISON' END;
    moves text[] := ARRAY[
        'DRAFT READY PRISON', 'DRAFT RECALLED PRISON', 'READY DRAFT PRISON', 'READY SENT PRISON', 'READY RECALLED PRISON',
        'SENT ACKNOWLEDGED AGENCY', 'SENT QUERIED AGENCY', 'SENT REFUSED AGENCY', 'SENT RECALLED PRISON',
        'QUERIED SENT PRISON', 'QUERIED ACKNOWLEDGED AGENCY', 'QUERIED REFUSED AGENCY', 'QUERIED RECALLED PRISON',
        'REFUSED SENT PRISON', 'REFUSED CLOSED PRISON', 'REFUSED RECALLED PRISON',
        'ACKNOWLEDGED OFFERED AGENCY', 'ACKNOWLEDGED QUERIED AGENCY', 'ACKNOWLEDGED CLOSED PRISON', 'ACKNOWLEDGED RECALLED PRISON',
        'OFFERED OFFERED AGENCY', 'OFFERED KEPT AGENCY', 'OFFERED MISSED AGENCY', 'OFFERED CLOSED PRISON', 'OFFERED RECALLED PRISON',
        'MISSED OFFERED AGENCY', 'MISSED CLOSED PRISON', 'KEPT CLOSED PRISON'
    ];
BEGIN
    IF NEW.state <> OLD.state THEN
        IF OLD.state || ' ' || NEW.state || ' PRISON' <> ALL (moves) AND OLD.state || ' ' || NEW.state || ' AGENCY' <> ALL (moves) THEN
            RAISE EXCEPTION 'a handover does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        -- The team may say for an agency what it was told by telephone; no agency takes a step of the prison's.
        IF side = 'AGENCY' AND OLD.state || ' ' || NEW.state || ' AGENCY' <> ALL (moves) THEN
            RAISE EXCEPTION 'this step is the prison''s' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF current_user = 'ww_link' AND NEW.state NOT IN ('ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED') THEN
            RAISE EXCEPTION 'this step is not taken by a link' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    IF (NEW.agency_id, NEW.prison_id) IS DISTINCT FROM (OLD.agency_id, OLD.prison_id) AND OLD.state <> 'DRAFT' THEN
        RAISE EXCEPTION 'a handover keeps its agency' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.content IS DISTINCT FROM OLD.content AND OLD.state <> 'DRAFT' AND (side = 'AGENCY' OR NOT OLD.content @> NEW.content
        AND (NEW.state <> OLD.state OR OLD.state NOT IN ('SENT', 'ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED', 'MISSED')))
    THEN
        RAISE EXCEPTION 'what a handover says changes while it is a draft, or by an amendment' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
