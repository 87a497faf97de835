-- Whoever reads by a link has no account (partners.models.link): the context then names the link where it names a user otherwise, and
-- no entry of the trail says that a user did it.
SET LOCAL ROLE ww_definer;  -- who owns them
CREATE OR REPLACE FUNCTION ww.record(at timestamptz, kind text, action text, by_id bigint, by_name text, target text, target_key text,
    person_id bigint, prison_id bigint, request text, address text, detail jsonb, signature text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text := nullif(current_setting('ww.context', true), '');
    who text[] := string_to_array(given, '|');
BEGIN
    IF given IS NOT NULL THEN
        PERFORM ww.context(who[1], 1);
        IF who[1] <> 'system' AND (CASE WHEN who[1] <> 'link' THEN who[2] END) IS DISTINCT FROM by_id::text THEN
            RAISE EXCEPTION 'an entry names somebody else than who acts' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    INSERT INTO public.casework_auditentry (at, kind, action, by_id, by_name, context, target, target_key, person_id, prison_id,
        request, address, detail, signature)
    VALUES (at, kind, action, by_id, by_name, coalesce(who[1] || ':' || who[2], ''), target, target_key, person_id, prison_id,
        request, address, detail, signature);
END $$;

CREATE OR REPLACE FUNCTION ww.keep_history() RETURNS trigger
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
    VALUES (clock_timestamp(), 'ROW', lower(TG_OP), CASE WHEN who[1] <> 'link' THEN who[2]::bigint END, '',
        coalesce(who[1] || ':' || who[2], ''), TG_TABLE_NAME, whole ->> 'id',
        CASE WHEN TG_TABLE_NAME = 'casework_person' THEN (whole ->> 'id')::bigint ELSE (whole ->> 'person_id')::bigint END,
        coalesce(whole ->> 'prison_id', nullif(who[3], ''), whole -> 'prison_ids' ->> -1)::bigint, '', '', jsonb_strip_nulls(jsonb_build_object('before', before, 'after', after)), '');
    RETURN NULL;
END $$;
RESET ROLE;

-- Prisons and agencies are open to everybody who signs in; by a link one sees the two that it is between.
ALTER TABLE casework_prison ENABLE ROW LEVEL SECURITY;
ALTER TABLE casework_agency ENABLE ROW LEVEL SECURITY;
CREATE POLICY others ON casework_prison TO ww_anonymous, ww_keyworker, ww_manager, ww_administrator, ww_partner, ww_auditor, ww_system,
    ww_definer USING (true) WITH CHECK (true);
CREATE POLICY others ON casework_agency TO ww_anonymous, ww_keyworker, ww_manager, ww_administrator, ww_partner, ww_auditor, ww_system,
    ww_definer USING (true) WITH CHECK (true);
CREATE POLICY link ON casework_prison FOR SELECT TO ww_link USING (id = (SELECT ww.prison('link')));
CREATE POLICY link ON casework_agency FOR SELECT TO ww_link USING (id = (SELECT ww.agency('link')));
GRANT SELECT ON casework_prison, casework_agency TO ww_link;

-- What an answer by a link has the team told: a mail to somebody who signs in, of the link's prison.
GRANT INSERT ON casework_mail TO ww_link;
CREATE POLICY link ON casework_mail TO ww_link USING (prison_id = (SELECT ww.prison('link')) AND user_id IS NOT NULL AND "to" = '')
    WITH CHECK (prison_id = (SELECT ww.prison('link')) AND user_id IS NOT NULL AND "to" = '');
