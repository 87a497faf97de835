-- On whose behalf does this transaction act? The application says so in a setting that it signs; nobody else can.

CREATE TABLE ww.signing_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    inner_pad bytea NOT NULL,
    outer_pad bytea NOT NULL
);
REVOKE ALL ON ww.signing_key FROM PUBLIC;
GRANT SELECT ON ww.signing_key TO ww_definer;

-- One field of the verified context (1 kind, 2 user, 3 prison, 4 agency), or NULL when there is none or it is of another kind.
-- HMAC-SHA-256 from its definition (RFC 2104), because the embedded server brings no extension for it.
CREATE FUNCTION ww.context(wanted text, field int) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text := current_setting('ww.context', true);
    fields text[];
    pads ww.signing_key;
BEGIN
    IF given IS NULL OR given = '' THEN
        RETURN NULL;
    END IF;
    fields := string_to_array(given, '|');
    SELECT * INTO STRICT pads FROM ww.signing_key;
    IF cardinality(fields) <> 6
       OR fields[5] <> pg_backend_pid()::text
       OR fields[6] <> encode(sha256(pads.outer_pad || sha256(pads.inner_pad
            || convert_to(array_to_string(fields[1:5], '|'), 'UTF8'))), 'hex') THEN
        RAISE EXCEPTION 'forged context' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF wanted <> fields[1] THEN
        RETURN NULL;
    END IF;
    RETURN nullif(fields[field], '');
END $$;

CREATE FUNCTION ww.prison(kind text) RETURNS bigint LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT ww.context(kind, 3)::bigint $$;
CREATE FUNCTION ww.agency(kind text) RETURNS bigint LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT ww.context(kind, 4)::bigint $$;
CREATE FUNCTION ww.is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$ SELECT ww.context('system', 2) IS NOT NULL $$;

ALTER FUNCTION ww.context(text, int) OWNER TO ww_definer;

-- Answers only if the procedural language works, which a server whose files were swapped under it does not (health check).
CREATE FUNCTION ww.alive() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN true; END $$;
