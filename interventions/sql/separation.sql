-- Who may not sit with whom, told without names: row security hides the pairs from all but those who plan rooms and groups, and restricted
-- people from all whom they do not name. What is asked here counts them all the same. Whoever asks is staff of the session's prison.

-- Those of ``newcomers`` who may not be expected at a session. ROOM: kept apart from somebody who is expected there, or from one before
-- him in the list; WAY: from somebody whose own session is so near in time that they would meet on the way.
CREATE FUNCTION ww.cannot_join(of_session bigint, newcomers bigint[]) RETURNS TABLE (newcomer bigint, how text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own public.interventions_groupsession;
    hidden bigint[] := ww.hidden_people();
    room bigint[];
    way bigint[];
BEGIN
    SELECT s.* INTO own FROM public.interventions_groupsession AS s WHERE s.id = of_session
        AND (s.prison_id = ww.prison('keyworker') OR s.prison_id = ww.prison('manager') OR ww.is_system());
    IF NOT FOUND THEN
        RETURN;
    END IF;
    room := ARRAY(SELECT t.person_id FROM public.interventions_seat AS t WHERE t.session_id = own.id AND t.removed_at IS NULL);
    way := ARRAY(SELECT t.person_id FROM public.interventions_seat AS t
        JOIN public.interventions_groupsession AS o ON o.id = t.session_id
        WHERE o.prison_id = own.prison_id AND o.id <> own.id AND o.state IN ('PLANNED', 'CONFIRMED') AND t.removed_at IS NULL
          AND o.period && tstzrange(lower(own.period) - interval '30 minutes', upper(own.period) + interval '30 minutes'));
    FOREACH newcomer IN ARRAY newcomers LOOP
        CONTINUE WHEN newcomer = ANY (hidden);
        how := (SELECT min(CASE WHEN o.other = ANY (room) THEN 'ROOM' ELSE 'WAY' END)
            FROM public.casework_keepapart AS k
            CROSS JOIN LATERAL (SELECT CASE WHEN k.person_id = newcomer THEN k.other_id ELSE k.person_id END AS other) AS o
            WHERE newcomer IN (k.person_id, k.other_id) AND k.prison_id = own.prison_id AND k.ended_on IS NULL
              AND o.other = ANY (room || way));
        IF how IS NOT NULL THEN
            RETURN NEXT;
        END IF;
        IF how IS DISTINCT FROM 'ROOM' THEN
            room := room || newcomer;
        END IF;
    END LOOP;
END $$;

-- Those of ``sessions`` at which two are expected who must not meet, there (ROOM) or on the way (WAY), unless it was accepted.
CREATE FUNCTION ww.sessions_to_part(of_sessions bigint[]) RETURNS TABLE (session bigint, how text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT s.id, CASE WHEN o.id = s.id THEN 'ROOM' ELSE 'WAY' END
    FROM public.interventions_groupsession AS s
    JOIN public.interventions_seat AS a ON a.session_id = s.id AND a.removed_at IS NULL
    JOIN public.casework_keepapart AS k ON a.person_id IN (k.person_id, k.other_id) AND k.prison_id = s.prison_id AND k.ended_on IS NULL
    JOIN public.interventions_seat AS b ON b.removed_at IS NULL
        AND b.person_id = CASE WHEN k.person_id = a.person_id THEN k.other_id ELSE k.person_id END
    JOIN public.interventions_groupsession AS o ON o.id = b.session_id AND o.prison_id = s.prison_id
    WHERE s.id = ANY (of_sessions) AND o.state IN ('PLANNED', 'CONFIRMED')
      AND (s.prison_id = ww.prison('keyworker') OR s.prison_id = ww.prison('manager') OR ww.is_system())
      AND o.period && tstzrange(lower(s.period) - interval '30 minutes', upper(s.period) + interval '30 minutes')
      AND (o.id = s.id OR NOT 'APART-' || k.id = ANY (a.accepted::text[] || b.accepted::text[]))
$$;

-- How many are expected at each of these sessions, whoever they are: a room is as full for those who may not know of one of them.
CREATE FUNCTION ww.expected_at(of_sessions bigint[]) RETURNS TABLE (session bigint, people bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.session_id, count(*) FROM public.interventions_seat AS t
    WHERE t.session_id = ANY (of_sessions) AND t.removed_at IS NULL
      AND (t.prison_id = ww.prison('keyworker') OR t.prison_id = ww.prison('manager') OR ww.is_system())
    GROUP BY t.session_id
$$;

-- What hangs on a session follows it, restricted people included: when it is moved, its time; when it cannot run, they are free again.
CREATE FUNCTION ww.follow_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state = 'CANCELLED' AND OLD.state <> 'CANCELLED' THEN
        UPDATE public.interventions_facilitator AS f SET stood_down_at = NEW.closed_at
            WHERE f.session_id = NEW.id AND f.stood_down_at IS NULL;
        UPDATE public.interventions_seat AS t
            SET removed_at = NEW.closed_at, removed_by_id = NEW.closed_by_id, removed_why = 'The session could not run.'
            WHERE t.session_id = NEW.id AND t.removed_at IS NULL;
    ELSIF NEW.period <> OLD.period THEN
        UPDATE public.interventions_facilitator AS f SET period = NEW.period
            WHERE f.session_id = NEW.id AND f.stood_down_at IS NULL;
        UPDATE public.interventions_seat AS t SET period = NEW.period WHERE t.session_id = NEW.id AND t.removed_at IS NULL;
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ww.follow_session() FROM PUBLIC;
ALTER FUNCTION ww.cannot_join(bigint, bigint[]) OWNER TO ww_definer;
ALTER FUNCTION ww.sessions_to_part(bigint[]) OWNER TO ww_definer;
ALTER FUNCTION ww.expected_at(bigint[]) OWNER TO ww_definer;
CREATE TRIGGER follow_session AFTER UPDATE ON interventions_groupsession FOR EACH ROW EXECUTE FUNCTION ww.follow_session();
ALTER FUNCTION ww.follow_session() OWNER TO ww_definer;
GRANT SELECT ON interventions_groupsession TO ww_definer;
GRANT SELECT, UPDATE (period, removed_at, removed_by_id, removed_why) ON interventions_seat TO ww_definer;
GRANT SELECT, UPDATE (period, stood_down_at) ON interventions_facilitator TO ww_definer;
CREATE POLICY definer ON interventions_groupsession FOR SELECT TO ww_definer USING (true);
CREATE POLICY definer ON interventions_seat TO ww_definer USING (true) WITH CHECK (true);
CREATE POLICY definer ON interventions_facilitator TO ww_definer USING (true) WITH CHECK (true);
