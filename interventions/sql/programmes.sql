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
