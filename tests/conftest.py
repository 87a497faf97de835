"""The ground that tests stand on: a real database under its locks, a fixed place, people to work with."""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from psycopg import sql
from xdist.scheduler import LoadScopeScheduling

from casework import context
from casework.models import User

ROOT = Path(__file__).parent.parent
# Each worker has a cache of its own: emptying it between tests must not empty another's limits half-way through a test.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
settings.CACHES["default"]["LOCATION"] = settings.CACHE_URL.replace("db=1", f"db={2 + int(WORKER[2:])}")
# Files whose tests one worker makes: they build on each other, or on one fixture that takes long. Any other test goes to who is free.
TOGETHER = re.compile(r"tests/(reporting/test_demo_year|journeys/(?!test_every_page))")
SCHEMA = ["casework", "referrals", "interventions", "partners", "reporting"]


class Scheduler(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        return nodeid.split("::")[0] if TOGETHER.match(nodeid) else nodeid


def pytest_xdist_make_scheduler(config, log):
    return Scheduler(config, log)


def _manage(database, login, command):
    environment = {**os.environ, "WINGWALK_DATABASE": database, "WINGWALK_LOGIN": login}
    subprocess.run([sys.executable, ROOT / "manage.py", *command], check=True, env=environment, stdout=subprocess.PIPE)


def _server():
    where = settings.DATABASES["default"]
    return psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname="postgres", autocommit=True)


def _template():
    """The name of a migrated database that others are copied from: made once for each state of the migrations."""
    files = [
        p for app in SCHEMA for p in sorted((ROOT / app).glob("migrations/*.py")) + sorted((ROOT / app).glob("sql/*"))
    ]
    files += [ROOT / "casework" / "rowsecurity.py", ROOT / "casework/management/commands/prepare_database.py"]
    made_of = [
        settings.SECRET_KEY.encode(),
        *(p.read_bytes() for p in files),
    ]  # The database knows the key of its house.
    name = "template_" + hashlib.sha256(b"".join(made_of)).hexdigest()[:16]
    with open(ROOT / "var/test/template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _server() as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                _manage(f"{name}_new", "admin", ["prepare_database"])
                _manage(f"{name}_new", "migrate", ["migrate", "--verbosity=0"])
                server.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, [f"{name}_new", name]))
                )
            server.execute(
                "GRANT pg_maintain TO wingwalk_test"
            )  # To tell the planner of rows that are never committed.
    return name


@contextmanager
def _copy_of_template(name):
    template = _template()
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER wingwalk_owner").format(
                *map(sql.Identifier, [name, template])
            )
        )
        before = settings.DATABASES["default"]["NAME"]
        _use(name)
        yield
        _use(before)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _use(name):
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Every worker has a database of its own, entered as a login that may take on each kind of user."""
    with django_db_blocker.unblock(), _copy_of_template(f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"):
        yield
        connections.close_all()


@pytest.fixture
def fresh_database(django_db_setup, django_db_blocker):
    """A database of its own that a test may commit to, from several threads too. Nothing of it stays."""
    with (
        django_db_blocker.unblock(),
        _copy_of_template(f"fresh_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"),
    ):
        yield
        connections.close_all()


@pytest.fixture(autouse=True)
def acting_as_the_system(request):
    """Tests prepare their rows as the system; each request through the client acts as its own kind of user meanwhile."""
    needs_database = "db" in request.fixturenames or request.node.get_closest_marker("django_db")
    if not needs_database:
        yield
        return
    request.getfixturevalue("db")
    cache.clear()
    with context.acting(User.objects.system()):
        yield


@pytest.fixture
def client_factory():
    """Further browsers beside ``client``."""
    return Client
