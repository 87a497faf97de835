"""What the database itself says of its locks: nothing here asks our own code."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db

APPS = {"casework", "referrals", "interventions", "partners", "reporting"}
# Places, the address book and catalogues: nothing about a person.
OPEN = {
    "casework_prison",
    "casework_wing",
    "casework_room",
    "casework_regimetime",
    "casework_agency",
    "casework_agencyarea",
    "casework_agencyperson",
    "casework_consentwording",
    "referrals_source",
    "referrals_want",
    "referrals_sign",
    "interventions_contacttype",
    "interventions_topic",
}
TRAIL = {"casework_auditentry", "casework_auditseal"}
# Unsaved text is nobody's record yet: no history is kept of it, and it is deleted, by whoever typed it or after seven days (ADR 5).
UNSAVED = {"casework_draft"}
TABLES = {model._meta.db_table for model in apps.get_models() if model._meta.app_label in APPS}
PERSONAL = sorted(TABLES - OPEN)
KINDS = ["anonymous", "keyworker", "manager", "administrator", "partner", "auditor", "link", "system"]
ROLES = [
    *(f"ww_{kind}" for kind in KINDS),
    "ww_definer",
    "wingwalk_web",
    "wingwalk_worker",
    "wingwalk_migrate",
    "wingwalk_owner",
]


def rows(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.mark.parametrize("table", PERSONAL)
def test_every_personal_table_forces_row_security(table):
    assert rows("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table) == [
        (True, True)
    ]


@pytest.mark.parametrize("table", PERSONAL)
def test_every_policy_is_for_one_kind_and_alone(table):
    """Two permissive policies are an OR of scopes, and PUBLIC is everybody."""
    roles = [
        role
        for (role,) in rows(
            "SELECT unnest(roles) FROM pg_policies WHERE tablename = %s AND permissive = 'PERMISSIVE'", table
        )
    ]

    assert roles
    assert sorted(roles) == sorted(set(roles))
    assert set(roles) <= {*(f"ww_{kind}" for kind in KINDS), "ww_definer"}


@pytest.mark.parametrize("table", sorted(set(PERSONAL) - TRAIL))
def test_every_kind_that_may_touch_a_table_has_a_policy_that_asks_the_signed_context(table):
    policies = dict(
        rows(
            "SELECT replace(roles[1], 'ww_', ''), qual FROM pg_policies WHERE tablename = %s AND permissive = 'PERMISSIVE'",
            table,
        )
    )
    granted = {
        kind
        for kind in KINDS
        for privilege in ["SELECT", "INSERT", "UPDATE"]
        if rows("SELECT has_any_column_privilege(%s, %s, %s)", f"ww_{kind}", table, privilege) == [(True,)]
    }

    assert granted <= set(policies)
    for kind in granted - {"anonymous"}:
        asked = "ww.is_system()" if kind == "system" else f"'{kind}'"
        assert asked in policies[kind], kind


@pytest.mark.parametrize("table", sorted(set(PERSONAL) - {"casework_auditseal"}))
def test_every_scope_column_leads_an_index(table):
    scopes = rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attname IN ('prison_id', 'prison_ids')",
        table,
    )
    leading = rows(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = %s::regclass",
        table,
    )

    assert scopes
    assert set(scopes) <= set(leading)


@pytest.mark.parametrize("table", sorted(set(PERSONAL) - TRAIL - UNSAVED))
def test_every_personal_table_keeps_its_history(table):
    triggers = {
        name
        for (name,) in rows("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", table)
    }

    assert triggers >= {"keep_history", "refuse_truncate"}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_bypasses(role):
    assert rows("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", role) == [
        (False, False, False)
    ]


@pytest.mark.parametrize("role", [role for role in ROLES if role not in {"wingwalk_owner", "wingwalk_migrate"}])
def test_no_role_that_works_owns_or_empties_a_table(role):
    owned = rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relowner = %s::regrole", role)
    emptied = [
        (table, privilege)
        for table in TABLES
        for privilege in ["TRUNCATE", "DELETE", "TRIGGER", "REFERENCES"]
        if not (table in UNSAVED and privilege == "DELETE")
        if rows("SELECT has_table_privilege(%s, %s, %s)", role, table, privilege) == [(True,)]
    ]

    assert owned == []
    assert emptied == []


def test_only_who_signs_in_and_the_system_delete_unsaved_text():
    may = [
        kind
        for kind in KINDS
        if rows("SELECT has_table_privilege(%s, 'casework_draft', 'DELETE')", f"ww_{kind}") == [(True,)]
    ]

    assert may == [kind for kind in KINDS if kind not in {"anonymous", "link"}]


def test_the_web_login_may_not_become_the_system_or_the_owner():
    members = {
        role
        for role in ["ww_system", "ww_definer", "wingwalk_owner"]
        if rows("SELECT pg_has_role('wingwalk_web', %s, 'SET') OR pg_has_role('wingwalk_web', %s, 'USAGE')", role, role)
        == [(True,)]
    }

    assert members == set()


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_reads_the_signing_key(kind):
    assert rows("SELECT has_table_privilege(%s, 'ww.signing_key', 'SELECT')", f"ww_{kind}") == [(False,)]


def test_every_definer_function_has_a_fixed_search_path():
    loose = rows(
        "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname = 'ww' AND prosecdef"
        " AND NOT coalesce(array_to_string(proconfig, ',') LIKE '%%search_path=%%', false)"
    )

    assert loose == []
