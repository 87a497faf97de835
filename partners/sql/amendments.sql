-- What was sent may be amended by the prison, and is then another pack; nobody else changes what a handover says, and nobody once it is
-- over. The moves are those of Handover.MOVES; a test compares the two.
CREATE OR REPLACE FUNCTION ww.keep_handover() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    side text := CASE WHEN current_user = 'ww_partner' THEN 'AGENCY' ELSE 'PRISON' END;
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
    END IF;
    IF (NEW.agency_id, NEW.prison_id) IS DISTINCT FROM (OLD.agency_id, OLD.prison_id) AND OLD.state <> 'DRAFT' THEN
        RAISE EXCEPTION 'a handover keeps its agency' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.content IS DISTINCT FROM OLD.content AND OLD.state <> 'DRAFT' AND (side = 'AGENCY' OR NEW.state <> OLD.state
        OR OLD.state NOT IN ('SENT', 'ACKNOWLEDGED', 'QUERIED', 'REFUSED', 'OFFERED', 'MISSED'))
    THEN
        RAISE EXCEPTION 'what a handover says changes while it is a draft, or by an amendment' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
