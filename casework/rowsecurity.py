"""Words for migrations: who may touch a table, which rows row security lets through, and that its history is kept.

Each kind of user has a database role and one policy of its own on a scope column of the row. Scopes are never joined by OR: that
turned one search into one 186,000 times slower. Nobody may delete; tables are forced, so that their owner is bound as well.
"""

from django.db import migrations

CASEWORKERS = ("keyworker", "manager")
EVERY_KIND = ("keyworker", "manager", "administrator", "partner", "auditor")


def _scope(kind, column):
    if column.endswith("_ids"):
        return f"{column} @> ARRAY[(SELECT ww.prison('{kind}'))]"
    if column == "agency_id":
        return f"agency_id = (SELECT ww.agency('{kind}'))"
    return f"{column} = (SELECT ww.prison('{kind}'))"


def _hidden(column, what):
    return f" AND {column} <> ALL ((SELECT ww.hidden_{what}())::bigint[])"


def _further(kind, person, only):
    hidden = _hidden(person, "people") if person and kind in CASEWORKERS else ""
    return hidden + (f" AND {only.format(kind=kind)}" if only and kind in CASEWORKERS else "")


def _policy(table, kind, expression):
    return f"CREATE POLICY {kind} ON {table} TO ww_{kind} USING ({expression}) WITH CHECK ({expression});"


def _grants(table, read, insert, update):
    for privilege, kinds in [("SELECT", read), ("INSERT", insert), ("UPDATE", update)]:
        if kinds:
            yield f"GRANT {privilege} ON {table} TO {', '.join(f'ww_{kind}' for kind in kinds)};"


def lock(
    table,
    *,
    scope="prison_id",
    read=CASEWORKERS,
    insert=CASEWORKERS,
    update=CASEWORKERS,
    special=None,
    digest=(),
    person=None,
    only=None,
):
    """Put a table with personal data under lock.

    ``scope``: the column that policies compare; ``read``, ``insert``, ``update``: kinds of user; ``special``: kind → condition where it is
    not the scope column; ``digest``: columns too large for the history, which keeps their SHA-256 instead. The system kind may read
    and write everything (its context is signed like any other). ``person``: the column whose people may have a restricted record;
    ``only``: a further condition on the row for staff, with ``{kind}`` in it.
    """
    special = special or {}
    history = f"ww.keep_history({', '.join(repr(column) for column in digest)})"
    kinds = sorted({*read, *insert, *update, *special})
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
        *_grants(table, [*read, "system"], [*insert, "system"], [*update, "system"]),
        *(
            _policy(table, kind, special.get(kind) or _scope(kind, scope) + _further(kind, person, only))
            for kind in kinds
        ),
        _policy(table, "system", "(SELECT ww.is_system())"),
        f"CREATE TRIGGER keep_history AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {history};",
        f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION ww.refuse_truncate();",
    ]
    return migrations.RunSQL("\n".join(statements), migrations.RunSQL.noop)


def share(table, *, read=EVERY_KIND, write=()):
    """Open a table without personal data: ``read`` kinds may look, ``write`` kinds may add and change."""
    return migrations.RunSQL(
        "\n".join(_grants(table, [*read, "system"], [*write, "system"], [*write, "system"])), migrations.RunSQL.noop
    )


def hide(table, *, scope="prison_id", column="person_id", what="people"):
    """Keep the rows of restricted people in a table that is locked already from staff whom the restriction does not name.

    ``column`` holds keys of ``what``: people, spells, cases or handovers.
    """
    statements = []
    for kind in CASEWORKERS:
        expression = _scope(kind, scope) + _hidden(column, what)
        statements.append(f"ALTER POLICY {kind} ON {table} USING ({expression}) WITH CHECK ({expression});")
    return migrations.RunSQL("\n".join(statements), migrations.RunSQL.noop)
