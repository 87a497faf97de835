-- What an agency is told of a handover that the prison recalled after it was sent: its number and when, for two weeks. That says nothing
-- of whom it was about, so it needs no consent; it passes while a protocol lets handovers pass. The handover itself stays out of reach.
CREATE FUNCTION ww.recalled_handovers(of_agency bigint)
RETURNS TABLE (handover_id bigint, prison_code text, made_at timestamptz, recalled_at timestamptz)
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.id, p.code, h.made_at, m.at
    FROM public.partners_handover AS h
    JOIN public.partners_handovermove AS m ON m.handover_id = h.id AND m.after = 'RECALLED'
    JOIN public.casework_prison AS p ON p.id = h.prison_id
    WHERE h.agency_id = of_agency AND of_agency = (SELECT ww.agency('partner'))
      AND h.state = 'RECALLED' AND h.sent_at IS NOT NULL
      AND (m.at AT TIME ZONE 'Europe/London')::date >= (now() AT TIME ZONE 'Europe/London')::date - 14
      AND ww.protocol_allows(h.prison_id, of_agency, 'OUT_HANDOVER')
$$;
REVOKE ALL ON FUNCTION ww.recalled_handovers(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ww.recalled_handovers(bigint) TO ww_partner;
ALTER FUNCTION ww.recalled_handovers(bigint) OWNER TO ww_definer;
GRANT SELECT ON partners_handovermove, casework_prison TO ww_definer;
CREATE POLICY definer ON partners_handovermove FOR SELECT TO ww_definer USING (true);
