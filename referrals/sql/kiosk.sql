-- What a browser without an account may do at a kiosk: hand in a slip where it knows the token of a live link. It reads nothing.

-- Which wing a live link belongs to: what the page needs to say where it is, and nothing about anybody.
CREATE FUNCTION ww.kiosk(of_token text) RETURNS TABLE (link bigint, prison bigint, prison_name text, wing_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.id, l.prison_id, p.name::text, w.name::text FROM public.referrals_kiosklink AS l
    JOIN public.casework_prison AS p ON p.id = l.prison_id
    JOIN public.casework_wing AS w ON w.id = l.wing_id
    WHERE l.token_hash = of_token AND l.revoked_at IS NULL AND w.ended_on IS NULL
      AND l.expires_on >= (now() AT TIME ZONE 'Europe/London')::date
$$;

-- Prison and wing are the link's, never the caller's. A slip that was sent twice is kept once. Returns nothing.
CREATE FUNCTION ww.hand_in_slip(of_token text, once uuid, officer text, number text, name text, born date, cell text, worry text,
    urgent text[], asked_himself boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own public.referrals_kiosklink;
BEGIN
    SELECT l.* INTO own FROM public.referrals_kiosklink AS l JOIN ww.kiosk(of_token) AS k ON k.link = l.id FOR UPDATE OF l;
    IF NOT FOUND OR own.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'no such link' USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO public.referrals_slip (nonce, prison_id, wing_id, link_id, officer, number, name, date_of_birth, cell, worry, urgent,
        asked_himself, received_at, answer, why)
    VALUES (once, own.prison_id, own.wing_id, own.id, hand_in_slip.officer, hand_in_slip.number, hand_in_slip.name, born,
        hand_in_slip.cell, hand_in_slip.worry, hand_in_slip.urgent, hand_in_slip.asked_himself, now(), '', '')
    ON CONFLICT (nonce) DO NOTHING;
    IF FOUND THEN
        UPDATE public.referrals_kiosklink AS l SET used = l.used + 1, last_used_at = now() WHERE l.id = own.id;
    END IF;
END $$;

-- Before the owner changes: afterwards nobody here may take a right away any more.
REVOKE ALL ON FUNCTION ww.kiosk(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ww.hand_in_slip(text, uuid, text, text, text, date, text, text, text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ww.kiosk(text) TO ww_anonymous;
GRANT EXECUTE ON FUNCTION ww.hand_in_slip(text, uuid, text, text, text, date, text, text, text[], boolean) TO ww_anonymous;
ALTER FUNCTION ww.kiosk(text) OWNER TO ww_definer;
ALTER FUNCTION ww.hand_in_slip(text, uuid, text, text, text, date, text, text, text[], boolean) OWNER TO ww_definer;
GRANT SELECT ON casework_prison, casework_wing TO ww_definer;
GRANT SELECT, UPDATE (used, last_used_at) ON referrals_kiosklink TO ww_definer;
GRANT SELECT, INSERT ON referrals_slip TO ww_definer;
CREATE POLICY definer ON referrals_kiosklink TO ww_definer USING (true) WITH CHECK (true);
CREATE POLICY definer ON referrals_slip TO ww_definer USING (true) WITH CHECK (true);
