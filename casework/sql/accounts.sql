-- Whether who acts is a partner who keeps the accounts of his agency, in his prison.
CREATE FUNCTION ww.leads() RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.casework_user AS u WHERE u.id = ww.user_id('partner') AND u.is_lead AND u.is_active)
$$;
ALTER FUNCTION ww.leads() OWNER TO ww_definer;

-- Partners see the accounts of their agency. A lead makes and changes those of people who lead nothing, and his own name and address.
-- Where an account belongs, its role and who leads are no columns of his, so that what stood there before is what is checked.
ALTER POLICY partner ON casework_user USING (agency_id = (SELECT ww.agency('partner'))) WITH CHECK (
    agency_id = (SELECT ww.agency('partner')) AND prison_id = (SELECT ww.prison('partner')) AND (SELECT ww.leads())
    AND role = 'PARTNER' AND employer = 'AGENCY' AND duties = '{}'
    AND (NOT is_lead OR id = (SELECT ww.user_id('partner'))) AND (is_active OR id <> (SELECT ww.user_id('partner'))));
GRANT INSERT, UPDATE (full_name, email, password, is_active, must_change_password, second_factor_at, version)
    ON casework_user TO ww_partner;

-- Nobody says for another that he has a second factor, and a lead resets neither his own password nor his own factor.
CREATE FUNCTION ww.guard_sign_in() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was timestamptz := CASE WHEN TG_OP = 'UPDATE' THEN OLD.second_factor_at END;
BEGIN
    IF current_user IN ('ww_partner', 'ww_administrator') AND NEW.second_factor_at IS NOT NULL
       AND NEW.second_factor_at IS DISTINCT FROM was THEN
        RAISE EXCEPTION 'a second factor is set up by its owner' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF current_user = 'ww_partner' AND TG_OP = 'UPDATE' AND NEW.id = ww.user_id('partner')
       AND (NEW.password, NEW.second_factor_at) IS DISTINCT FROM (OLD.password, OLD.second_factor_at) THEN
        RAISE EXCEPTION 'nobody resets their own account' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_sign_in BEFORE INSERT OR UPDATE ON casework_user FOR EACH ROW EXECUTE FUNCTION ww.guard_sign_in();

-- Secrets of the second factor: the account pages alone read them, and once somebody is signed in, only his own.
CREATE FUNCTION ww.signed_in() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    kind text := split_part(coalesce(current_setting('ww.context', true), ''), '|', 1);
BEGIN
    RETURN ww.context(kind, 2)::bigint;
END $$;
ALTER TABLE mfa_authenticator ENABLE ROW LEVEL SECURITY;
ALTER TABLE mfa_authenticator FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON mfa_authenticator TO ww_anonymous, ww_system;
CREATE POLICY anonymous ON mfa_authenticator TO ww_anonymous
    USING ((SELECT ww.signed_in()) IS NULL OR user_id = (SELECT ww.signed_in()))
    WITH CHECK ((SELECT ww.signed_in()) IS NULL OR user_id = (SELECT ww.signed_in()));
CREATE POLICY system ON mfa_authenticator TO ww_system USING ((SELECT ww.is_system())) WITH CHECK ((SELECT ww.is_system()));
CREATE TRIGGER keep_history AFTER INSERT OR UPDATE OR DELETE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION ww.keep_history('data');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON mfa_authenticator EXECUTE FUNCTION ww.refuse_truncate();
GRANT UPDATE (second_factor_at) ON casework_user TO ww_anonymous;

-- Whoever may take the mark away takes the secret with it, which he never sees.
CREATE FUNCTION ww.forget_factor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM public.mfa_authenticator WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
ALTER FUNCTION ww.forget_factor() OWNER TO ww_definer;
GRANT SELECT, DELETE ON mfa_authenticator TO ww_definer;
CREATE POLICY definer ON mfa_authenticator TO ww_definer USING (true);
CREATE TRIGGER forget_factor AFTER UPDATE ON casework_user
    FOR EACH ROW WHEN (OLD.second_factor_at IS NOT NULL AND NEW.second_factor_at IS NULL) EXECUTE FUNCTION ww.forget_factor();
