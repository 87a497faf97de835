-- Who of the team is told what an agency did: who made the handover and who holds its case now. An agency, which may read neither, learns
-- no more of them than their keys, and of handovers that are shared with it only.
CREATE FUNCTION ww.handover_workers(of_handover bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.partners_handover;
BEGIN
    SELECT * INTO asked FROM public.partners_handover AS h WHERE h.id = of_handover;
    IF NOT (ww.is_system()
            OR coalesce(asked.prison_id IN (ww.prison('keyworker'), ww.prison('manager')), false)
            OR asked.id IN (SELECT ww.shared_handovers(coalesce(ww.agency('partner'), ww.agency('link'))))) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT asked.made_by_id
        UNION SELECT a.worker_id FROM public.casework_allocation AS a WHERE a.case_id = asked.case_id AND a.until_at IS NULL;
END $$;
ALTER FUNCTION ww.handover_workers(bigint) OWNER TO ww_definer;

-- An agency notes the step that it took, in its own name, and no other.
CREATE FUNCTION ww.keep_handover_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user IN ('ww_partner', 'ww_link') AND NOT EXISTS (
        SELECT FROM public.partners_handover AS h WHERE h.id = NEW.handover_id AND h.state = NEW.after
          AND NEW.after IN ('ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED', 'KEPT', 'MISSED')
    ) THEN
        RAISE EXCEPTION 'a move that was not made is not noted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_handover_move BEFORE INSERT ON partners_handovermove
    FOR EACH ROW EXECUTE FUNCTION ww.keep_handover_move();
