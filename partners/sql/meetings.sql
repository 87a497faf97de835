-- The moves that Meeting.MOVES declares; a test compares the two. Once a meeting is over nothing of it changes any more.
CREATE FUNCTION ww.keep_meeting() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state AND OLD.state || ' ' || NEW.state <> ALL (ARRAY['PLANNED HELD', 'PLANNED CANCELLED', 'HELD CLOSED']) THEN
        RAISE EXCEPTION 'a meeting does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state IN ('CLOSED', 'CANCELLED') AND (NEW.starts_at, NEW.minutes, NEW.team_present, NEW.prison_id)
        IS DISTINCT FROM (OLD.starts_at, OLD.minutes, OLD.team_present, OLD.prison_id)
    THEN
        RAISE EXCEPTION 'the minutes of this meeting are closed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_meeting BEFORE UPDATE ON partners_meeting FOR EACH ROW EXECUTE FUNCTION ww.keep_meeting();

-- What was said of somebody, and what was agreed, stands once the minutes are closed. Whose it is may turn out later (two records of one
-- person); an action may be done at any time.
CREATE FUNCTION ww.keep_meeting_item() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.needs, NEW.said, NEW.identity, NEW.meeting_id, NEW.prison_id, NEW.removed_at)
        IS DISTINCT FROM (OLD.needs, OLD.said, OLD.identity, OLD.meeting_id, OLD.prison_id, OLD.removed_at)
        AND EXISTS (SELECT FROM public.partners_meeting AS m WHERE m.id = OLD.meeting_id AND m.state IN ('CLOSED', 'CANCELLED'))
    THEN
        RAISE EXCEPTION 'the minutes of this meeting are closed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_meeting_item BEFORE UPDATE ON partners_meetingitem FOR EACH ROW EXECUTE FUNCTION ww.keep_meeting_item();

CREATE FUNCTION ww.keep_meeting_action() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.what, NEW.worker_id, NEW.agency_id, NEW.due_on, NEW.item_id, NEW.prison_id)
        IS DISTINCT FROM (OLD.what, OLD.worker_id, OLD.agency_id, OLD.due_on, OLD.item_id, OLD.prison_id)
    THEN
        RAISE EXCEPTION 'what was agreed does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_meeting_action BEFORE UPDATE ON partners_meetingaction FOR EACH ROW EXECUTE FUNCTION ww.keep_meeting_action();

CREATE FUNCTION ww.keep_minutes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.built_at IS NOT NULL AND (NEW.pdf, NEW.sha256, NEW.content, NEW.items, NEW.number, NEW.built_at, NEW.meeting_id, NEW.agency_id)
        IS DISTINCT FROM (OLD.pdf, OLD.sha256, OLD.content, OLD.items, OLD.number, OLD.built_at, OLD.meeting_id, OLD.agency_id)
    THEN
        RAISE EXCEPTION 'minutes never change once they are built' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_minutes BEFORE UPDATE ON partners_meetingminutes FOR EACH ROW EXECUTE FUNCTION ww.keep_minutes();

-- How many people a meeting talks about who are hidden from who asks: the page says that there are, and not who.
CREATE FUNCTION ww.hidden_items(of_meeting bigint) RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FROM public.partners_meetingitem AS t
    WHERE t.meeting_id = of_meeting AND t.removed_at IS NULL
      AND (t.prison_id = ww.prison('keyworker') OR t.prison_id = ww.prison('manager'))
      AND t.person_id = ANY ((SELECT ww.hidden_people())::bigint[])
$$;
ALTER FUNCTION ww.hidden_items(bigint) OWNER TO ww_definer;

-- An agency says that an action of its own is done, and a word about it; nothing else.
REVOKE UPDATE ON partners_meetingaction FROM ww_partner;
GRANT UPDATE (done_on, done_by_id, note, version) ON partners_meetingaction TO ww_partner;
