-- The audit trail. Rows come in through two functions only; no role that anybody signs in with can change or delete one.

ALTER TABLE casework_auditentry ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE casework_auditentry ALTER COLUMN detail SET DEFAULT '{}';
GRANT INSERT ON casework_auditentry TO ww_definer;

-- Called by the application: what was done, opened or refused. It carries a signature that the database cannot make.
CREATE FUNCTION ww.record(at timestamptz, kind text, action text, by_id bigint, by_name text, target text, target_key text,
    person_id bigint, prison_id bigint, request text, address text, detail jsonb, signature text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text := nullif(current_setting('ww.context', true), '');
    who text[] := string_to_array(given, '|');
BEGIN
    IF given IS NOT NULL THEN
        PERFORM ww.context(who[1], 1);
        IF who[1] <> 'system' AND who[2] IS DISTINCT FROM by_id::text THEN
            RAISE EXCEPTION 'an entry names somebody else than who acts' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    INSERT INTO public.casework_auditentry (at, kind, action, by_id, by_name, context, target, target_key, person_id, prison_id,
        request, address, detail, signature)
    VALUES (at, kind, action, by_id, by_name, coalesce(who[1] || ':' || who[2], ''), target, target_key, person_id, prison_id,
        request, address, detail, signature);
END $$;
ALTER FUNCTION ww.record OWNER TO ww_definer;

-- Row history: fired by every insert, update and delete on a personal table, bulk and raw ones too. The arguments name columns of
-- which only the SHA-256 is kept.
CREATE FUNCTION ww.keep_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text := nullif(current_setting('ww.context', true), '');
    who text[] := string_to_array(given, '|');
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    whole jsonb := coalesce(after, before);
    name text;
BEGIN
    FOREACH name IN ARRAY coalesce(TG_ARGV, '{}') LOOP
        before := jsonb_set(before, ARRAY[name], to_jsonb(encode(sha256(convert_to(coalesce(before ->> name, ''), 'UTF8')), 'hex')));
        after := jsonb_set(after, ARRAY[name], to_jsonb(encode(sha256(convert_to(coalesce(after ->> name, ''), 'UTF8')), 'hex')));
    END LOOP;
    IF TG_OP = 'UPDATE' THEN
        IF before = after THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, after -> o.key) INTO before, after
        FROM jsonb_each(before) AS o WHERE o.value IS DISTINCT FROM after -> o.key;
    END IF;
    INSERT INTO public.casework_auditentry (at, kind, action, by_id, by_name, context, target, target_key, person_id, prison_id,
        request, address, detail, signature)
    VALUES (clock_timestamp(), 'ROW', lower(TG_OP), who[2]::bigint, '', coalesce(who[1] || ':' || who[2], ''), TG_TABLE_NAME,
        whole ->> 'id',
        CASE WHEN TG_TABLE_NAME = 'casework_person' THEN (whole ->> 'id')::bigint ELSE (whole ->> 'person_id')::bigint END,
        coalesce(whole ->> 'prison_id', nullif(who[3], ''), whole -> 'prison_ids' ->> -1)::bigint, '', '', jsonb_strip_nulls(jsonb_build_object('before', before, 'after', after)), '');
    RETURN NULL;
END $$;
ALTER FUNCTION ww.keep_history() OWNER TO ww_definer;

CREATE FUNCTION ww.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never truncated', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- Everything about an entry that the chain covers, each part with its length before it so that parts cannot run into each other.
-- Text of what is stored, never of what was meant: a time rounded on its way in would break the chain.
CREATE FUNCTION ww.entry_hash(entry casework_auditentry) RETURNS bytea
LANGUAGE sql STABLE SET TimeZone = 'UTC' AS $$
    SELECT sha256(convert_to(string_agg(length(part)::text || ':' || part, '' ORDER BY place), 'UTF8'))
    FROM unnest(ARRAY[entry.id::text, entry.at::text, entry.kind, entry.action, coalesce(entry.by_id::text, '-'), entry.by_name,
        entry.context, entry.target, entry.target_key, coalesce(entry.person_id::text, '-'), coalesce(entry.prison_id::text, '-'),
        entry.request, entry.address, entry.detail::text, entry.signature, entry.xact::text]) WITH ORDINALITY AS parts (part, place)
$$;

-- The trail is read by auditors (their prison) and by the sealer; nobody updates it, and a trigger says so to its owner too.
ALTER TABLE casework_auditentry ENABLE ROW LEVEL SECURITY;
ALTER TABLE casework_auditentry FORCE ROW LEVEL SECURITY;
GRANT SELECT ON casework_auditentry TO ww_auditor, ww_system;
CREATE POLICY auditor ON casework_auditentry FOR SELECT TO ww_auditor USING (prison_id = (SELECT ww.prison('auditor')));
CREATE POLICY system ON casework_auditentry FOR SELECT TO ww_system USING ((SELECT ww.is_system()));
CREATE POLICY definer ON casework_auditentry FOR INSERT TO ww_definer WITH CHECK (true);

ALTER TABLE casework_auditseal ENABLE ROW LEVEL SECURITY;
ALTER TABLE casework_auditseal FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON casework_auditseal TO ww_system;
CREATE POLICY system ON casework_auditseal TO ww_system USING ((SELECT ww.is_system())) WITH CHECK ((SELECT ww.is_system()));

CREATE FUNCTION ww.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON casework_auditentry EXECUTE FUNCTION ww.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON casework_auditseal EXECUTE FUNCTION ww.refuse_change();
CREATE INDEX audit_in_commit_order ON casework_auditentry (xact, id);
