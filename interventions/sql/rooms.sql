-- Whether one person is seen in a room during one of these periods, for who plans that room: people who are hidden from him count as well.
-- It says that the room is taken, never by whom. ``but``: the session that is moved itself.

CREATE FUNCTION ww.room_is_taken(of_room bigint, periods tstzrange[], but bigint DEFAULT NULL) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.interventions_appointment AS a
        WHERE a.room_id = of_room AND a.contact_id IS NULL AND a.called_off_at IS NULL AND a.id IS DISTINCT FROM but
          AND (a.prison_id = coalesce(ww.prison('keyworker'), ww.prison('manager')) OR ww.is_system())
          AND tstzrange(a.at, a.at + a.minutes * interval '1 minute') && ANY (periods)
    )
$$;

-- Before the owner changes: afterwards nobody here may take a right away any more.
REVOKE ALL ON FUNCTION ww.room_is_taken(bigint, tstzrange[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ww.room_is_taken(bigint, tstzrange[], bigint) TO ww_keyworker, ww_manager, ww_system;
ALTER FUNCTION ww.room_is_taken(bigint, tstzrange[], bigint) OWNER TO ww_definer;
GRANT SELECT ON interventions_appointment TO ww_definer;
CREATE POLICY definer ON interventions_appointment FOR SELECT TO ww_definer USING (true);
