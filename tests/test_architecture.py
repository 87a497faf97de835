"""The rules of the house that no reader should have to remember."""

import ast
from pathlib import Path

import pytest
from django.urls import URLPattern, get_resolver

ROOT = Path(__file__).parent.parent
APPS = ["casework", "referrals", "interventions", "partners", "reporting"]
# A kiosk's key is in its address: officers of a wing have no account (casework/middleware.py, referrals/sql/kiosk.sql). Nor have some
# agencies: a link asks for a code, and shows one handover to the browser that gave it (partners/sql/link.sql).
PUBLIC = {"live", "ready", "account_login", "account_logout", "account_inactive", "mfa_authenticate", "kiosk"} | {
    "link", "link_handover", "link_pack", "link_acknowledge", "link_step"
}  # fmt: skip
OWN_ACCOUNT = {"account_reauthenticate", "account_change_password"}
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
MAY_WRITE = {"operations", "audit", "migrations"}
FILES = [path for app in APPS for path in (ROOT / app).rglob("*.py")]


def name_of(path):
    return str(path.relative_to(ROOT))


def patterns(resolver):
    for entry in resolver.url_patterns:
        yield from [entry] if isinstance(entry, URLPattern) else patterns(entry)


def test_every_view_says_who_may_use_it():
    open_doors = {p.name for p in patterns(get_resolver()) if not hasattr(p.callback, "permission")}
    assert open_doors == PUBLIC | OWN_ACCOUNT


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_operations_write(path):
    if MAY_WRITE & {path.stem, *path.relative_to(ROOT).parts}:
        return
    calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    found = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in WRITES]
    # A dictionary's or a set's update is no write: it is told by its receiver, which is a plain name in small letters.
    # A picture is saved to somewhere, a row to nowhere but its table.
    assert [c.lineno for c in found if not _is_plain_collection(c) and not _is_picture(c)] == []


def _is_picture(call):
    return call.func.attr == "save" and bool(call.args)


def _is_plain_collection(call):
    return call.func.attr == "update" and isinstance(call.func.value, ast.Name) and call.func.value.id.islower()


OPERATIONS = [
    pytest.param(f"{path.stem}.{node.name}", node, id=f"{app}.{path.stem}.{node.name}")
    for app in APPS
    for path in [ROOT / app / "operations.py", *(ROOT / app / "operations").glob("*.py")]
    if path.exists()
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
]
# The signing key is taught by each migration, and sealing would never end if it wrote entries of its own. Neither writes for anybody.
# How far some work has got is no one's act; a mail is asked for by an operation that is in the trail. Unsaved text is nobody's record
# yet: an entry every few seconds would bury the others. A look is in the trail as the page that was opened.
UNAUDITED = {"keys.teach", "trail.seal_all", "drafts.keep", "drafts.discard", "drafts.purge", "mail.ask"}
UNAUDITED |= {"looks.look"}
MANY_TRANSACTIONS = {"trail.seal_all"}  # one for each batch


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_every_operation_is_atomic_named_and_audited(name, operation):
    if name not in MANY_TRANSACTIONS:
        assert [ast.unparse(d) for d in operation.decorator_list] == ["transaction.atomic"]
    assert not operation.args.args, "keyword arguments only"
    assert ast.get_docstring(operation)
    if name not in UNAUDITED:
        assert "by" in {a.arg for a in operation.args.kwonlyargs}
        assert {"audit.record", "audit.account"} & {
            ast.unparse(n.func) for n in ast.walk(operation) if isinstance(n, ast.Call)
        }


VIEWS = [p for a in APPS for p in [ROOT / a / "views.py", *(ROOT / a / "views").glob("*.py")] if p.exists()]
# Catalogues and the address book hold nothing about a person in prison.
OPEN_TO_ALL = {"Source", "ContactType", "Prison"}


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_views_fetch_only_what_the_user_may_see(path):
    """Every ``.objects`` in a view, and ``.everything``, is followed by ``.visible_to(…)``."""
    tree = ast.parse(path.read_text())
    scoped = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "visible_to"}
    managers = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in {"objects", "everything"}]
    managers = [n for n in managers if not (isinstance(n.value, ast.Name) and n.value.id in OPEN_TO_ALL)]
    assert [n.lineno for n in managers if id(n) not in scoped] == []


TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if "<form" in path.read_text() and path.parent.name not in {"account", "mfa", "components"}
]
# A search is typed again in a moment: that of notes is posted only so that its words stand in no address. A roll is confirmed, and
# changes and handovers acknowledged, by a tick; signing out asks nothing.
NOTHING_TYPED = {"notes.html", "roll.html", "base.html", "changes.html", "coming.html"}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_form_that_a_template_writes_itself_keeps_drafts(path):
    """``{% crispy %}`` does by itself."""
    if path.name not in NOTHING_TYPED and 'method="post"' in path.read_text():
        assert "{% draft_token" in path.read_text() or "uni_formset" in path.name


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_views_are_short(path):
    functions = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
    assert [f.name for f in functions if f.end_lineno - f.lineno >= 25] == []
