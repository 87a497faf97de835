-- What a browser without an account may do by a link. Nobody signed in (ww_anonymous) gives the code, or comes back with the browser that
-- gave it; from then on the session is ww_link, its signed context names the one link, and the policies below show it one handover.

-- Gives the code for a link: what came of it, for the trail; no row where there is no such link. ``browser``: what is kept of the
-- browser's cookie. Two browsers that come at once wait for each other on the row: the second is another browser.
CREATE FUNCTION ww.open_link(of_token text, given_code text, browser text) RETURNS TABLE (link bigint, prison bigint, came text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own public.partners_handoverlink;
BEGIN
    SELECT l.* INTO own FROM public.partners_handoverlink AS l WHERE l.token_hash = of_token FOR UPDATE;
    IF NOT FOUND OR coalesce(browser, '') = '' THEN
        RETURN;
    END IF;
    link := own.id;
    prison := own.prison_id;
    came := CASE WHEN own.revoked_at IS NOT NULL OR own.expires_at <= now() OR own.tries >= 5 THEN 'LATE'
        WHEN own.bound <> '' AND own.bound <> browser THEN 'OTHER_BROWSER'
        WHEN own.code_hash IS DISTINCT FROM given_code THEN 'WRONG_CODE'
        ELSE 'OPENED' END;
    INSERT INTO public.partners_linkview (link_id, handover_id, prison_id, agency_id, what, at)
    VALUES (own.id, own.handover_id, own.prison_id, own.agency_id, came, now());
    IF came = 'OPENED' THEN
        UPDATE public.partners_handoverlink AS l
        SET bound = browser, first_used_at = coalesce(l.first_used_at, now()), seen_at = now(), tries = 0 WHERE l.id = own.id;
    ELSIF came = 'WRONG_CODE' THEN
        UPDATE public.partners_handoverlink AS l SET tries = l.tries + 1 WHERE l.id = own.id;
        IF own.tries + 1 >= 5 THEN
            INSERT INTO public.casework_mail (nonce, prison_id, user_id, person_id, kind, "to", path, asked_at, next_at, tries,
                given_up_because)
            SELECT gen_random_uuid(), own.prison_id, own.made_by_id, h.person_id, 'LINK_CLOSED', '',
                '/handovers/' || own.handover_id || '/links/', now(), now(), 0, ''
            FROM public.partners_handover AS h WHERE h.id = own.handover_id;
        END IF;
    END IF;
    RETURN NEXT;
END $$;

-- A click in the browser that gave the code, within ``idle`` of the last one: whose link it is, and whether it still opens anything. No
-- row for anybody else.
CREATE FUNCTION ww.enter_link(of_token text, browser text, idle interval)
RETURNS TABLE (link bigint, handover bigint, prison bigint, agency bigint, agency_name text, until timestamptz, live boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own public.partners_handoverlink;
BEGIN
    SELECT l.* INTO own FROM public.partners_handoverlink AS l
    WHERE l.token_hash = of_token AND l.bound <> '' AND l.bound = browser AND l.seen_at > now() - idle FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    link := own.id;
    handover := own.handover_id;
    prison := own.prison_id;
    agency := own.agency_id;
    until := own.expires_at;
    live := own.revoked_at IS NULL AND own.expires_at > now() AND own.tries < 5;
    SELECT a.name INTO agency_name FROM public.casework_agency AS a WHERE a.id = own.agency_id;
    IF NOT live THEN
        INSERT INTO public.partners_linkview (link_id, handover_id, prison_id, agency_id, what, at)
        VALUES (own.id, own.handover_id, own.prison_id, own.agency_id, 'LATE', now());
    ELSIF own.seen_at < now() - interval '5 seconds' THEN
        UPDATE public.partners_handoverlink AS l SET seen_at = now() WHERE l.id = own.id;
    END IF;
    RETURN NEXT;
END $$;

-- The handover that the link of this session is for, while the link lives. Whether it is shared is another question.
CREATE FUNCTION ww.linked_handover() RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.handover_id FROM public.partners_handoverlink AS l
    WHERE l.id = (SELECT ww.context('link', 2))::bigint AND l.bound <> '' AND l.revoked_at IS NULL AND l.expires_at > now()
        AND l.tries < 5
$$;

REVOKE ALL ON FUNCTION ww.open_link(text, text, text), ww.enter_link(text, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ww.open_link(text, text, text), ww.enter_link(text, text, interval) TO ww_anonymous;
ALTER FUNCTION ww.open_link(text, text, text) OWNER TO ww_definer;
ALTER FUNCTION ww.enter_link(text, text, interval) OWNER TO ww_definer;
ALTER FUNCTION ww.linked_handover() OWNER TO ww_definer;
GRANT SELECT, UPDATE (bound, first_used_at, seen_at, tries) ON partners_handoverlink TO ww_definer;
GRANT INSERT ON partners_linkview, casework_mail TO ww_definer;
GRANT SELECT ON casework_agency TO ww_definer;
CREATE POLICY definer ON partners_handoverlink TO ww_definer USING (true) WITH CHECK (true);
CREATE POLICY definer ON partners_linkview FOR INSERT TO ww_definer WITH CHECK (true);
CREATE POLICY definer ON casework_mail FOR INSERT TO ww_definer WITH CHECK (true);

SET LOCAL ROLE ww_definer;  -- who owns them
-- As before; by a link, too, one asks about one's own agency only.
CREATE OR REPLACE FUNCTION ww.protocol_allows(of_prison bigint, of_agency bigint, item text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT of_agency = coalesce(ww.agency('partner'), ww.agency('link'), of_agency)
        AND EXISTS (SELECT FROM public.partners_protocol AS p
        WHERE p.prison_id = of_prison AND p.agency_id = of_agency AND p.ended_on IS NULL AND item = ANY (p.items::text[])
          AND p.starts_on <= (now() AT TIME ZONE 'Europe/London')::date AND p.review_on >= (now() AT TIME ZONE 'Europe/London')::date)
$$;

-- As before; by a link it is this one handover or none.
CREATE OR REPLACE FUNCTION ww.shared_handovers(agency bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/London')::date;
    linked bigint;
BEGIN
    IF NOT ww.is_system() AND agency IS DISTINCT FROM ww.agency('partner') THEN
        linked := ww.linked_handover();
        IF linked IS NULL THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY SELECT h.id FROM public.partners_handover h
    WHERE h.agency_id = agency AND (linked IS NULL OR h.id = linked)
      AND h.state IN ('SENT', 'ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED', 'KEPT', 'MISSED', 'CLOSED')
      AND EXISTS (SELECT FROM public.casework_consent c WHERE c.person_id = h.person_id AND c.prison_id = h.prison_id
                  AND c.agency_id = agency AND c.purpose = 'HANDOVER' AND c.given AND c.withdrawn_at IS NULL
                  AND c.expires_on >= today AND h.sections::text[] <@ c.sections::text[])
      AND ww.protocol_allows(h.prison_id, agency, 'OUT_HANDOVER');
END $$;
RESET ROLE;

-- The one handover, its pack that was sent, what became of it since, its appointments.
GRANT SELECT, UPDATE (state, answered_at, version) ON partners_handover TO ww_link;
CREATE POLICY link ON partners_handover TO ww_link USING (id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('link'))))));

GRANT SELECT ON partners_pack TO ww_link;
CREATE POLICY link ON partners_pack FOR SELECT TO ww_link
    USING (state = 'BUILT' AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('link'))))));

GRANT SELECT, INSERT ON partners_handovermove TO ww_link;
CREATE POLICY link ON partners_handovermove TO ww_link
    USING (after NOT IN ('DRAFT', 'READY', 'RECALLED')
        AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('link'))))))
    WITH CHECK (by_id IS NULL AND link_id = (SELECT ww.context('link', 2))::bigint AND prison_id = (SELECT ww.prison('link'))
        AND agency_id = (SELECT ww.agency('link')) AND after IN ('ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED')
        AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('link'))))));

GRANT SELECT, INSERT, UPDATE (outcome, outcome_at, outcome_by_id) ON partners_handoverappointment TO ww_link;
CREATE POLICY link ON partners_handoverappointment TO ww_link
    USING (handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('link'))))))
    WITH CHECK (prison_id = (SELECT ww.prison('link')) AND agency_id = (SELECT ww.agency('link'))
        AND (outcome = '' AND offered_by_id IS NULL OR outcome = 'REARRANGED' AND outcome_by_id IS NULL)
        AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('link'))))));

-- By a link too an agency answers only under a protocol that lets answers pass.
CREATE POLICY link_answers ON partners_handover AS RESTRICTIVE FOR UPDATE TO ww_link
    USING (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));
CREATE POLICY link_answers ON partners_handovermove AS RESTRICTIVE FOR INSERT TO ww_link
    WITH CHECK (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));
CREATE POLICY link_answers ON partners_handoverappointment AS RESTRICTIVE FOR INSERT TO ww_link
    WITH CHECK (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));
CREATE POLICY link_changes ON partners_handoverappointment AS RESTRICTIVE FOR UPDATE TO ww_link
    USING (ww.protocol_allows(prison_id, agency_id, 'IN_ANSWER'));

-- That it was read; and that the link is its own.
GRANT SELECT (id) ON partners_handoverlink TO ww_link;
CREATE POLICY link ON partners_handoverlink FOR SELECT TO ww_link USING (id = (SELECT ww.context('link', 2))::bigint);
GRANT SELECT (id), INSERT ON partners_linkview TO ww_link;
CREATE POLICY link ON partners_linkview TO ww_link
    USING (link_id = (SELECT ww.context('link', 2))::bigint)
    WITH CHECK (link_id = (SELECT ww.context('link', 2))::bigint AND prison_id = (SELECT ww.prison('link'))
        AND agency_id = (SELECT ww.agency('link')) AND handover_id = (SELECT ww.linked_handover())
        AND (what = 'LATE' OR what IN ('HANDOVER', 'PACK', 'ANSWER')
            AND handover_id = ANY (ARRAY(SELECT ww.shared_handovers((SELECT ww.agency('link')))))));

-- Functions that tell of anybody whose key one knows are for those who sign in, and for other functions.
DO $$
DECLARE
    known regprocedure;
    owner name;
BEGIN
    FOR known, owner IN
        SELECT p.oid, pg_get_userbyid(p.proowner) FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'ww' AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
          AND has_function_privilege('ww_link', p.oid, 'EXECUTE')
          AND p.proname NOT IN ('context', 'record', 'shared_handovers', 'linked_handover', 'protocol_allows', 'handover_workers')
    LOOP
        EXECUTE format('SET LOCAL ROLE %I', owner);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', known);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO wingwalk_owner, ww_definer, ww_system, ww_anonymous, ww_keyworker, ww_manager, '
            'ww_administrator, ww_partner, ww_auditor', known);
    END LOOP;
    RESET ROLE;
END $$;
