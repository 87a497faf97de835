-- The state of an enrolment is what the last of its moves says; which moves there are is a check on their own table. So no write, by
-- whatever way, takes somebody where the one table of moves (interventions.models.Enrolment.MOVES) does not lead, or without a trace.
CREATE FUNCTION ww.follow_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last record;
BEGIN
  SELECT move.before, move.after INTO last FROM public.interventions_enrolmentmove AS move
    WHERE move.enrolment_id = NEW.id ORDER BY move.id DESC LIMIT 1;
  IF NOT FOUND OR last.before <> OLD.state OR last.after <> NEW.state THEN
    RAISE EXCEPTION 'enrolment % may not go from % to % without that move', NEW.id, OLD.state, NEW.state
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER follow_moves BEFORE UPDATE OF state ON interventions_enrolment
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION ww.follow_moves();

-- How many are in a programme or wait for it, for who keeps the catalogue: never who, and people who are hidden count as well.
CREATE FUNCTION ww.people_in_programme(programme bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FROM public.interventions_enrolment AS e
    WHERE e.programme_id = programme AND e.ended_on IS NULL
      AND (e.prison_id = coalesce(ww.prison('administrator'), ww.prison('manager')) OR ww.is_system())
$$;
ALTER FUNCTION ww.people_in_programme(bigint) OWNER TO ww_definer;
GRANT SELECT ON interventions_enrolment TO ww_definer;
CREATE POLICY counts ON interventions_enrolment FOR SELECT TO ww_definer USING (true);
