import os

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand
from psycopg import sql

KINDS = ["anonymous", "keyworker", "manager", "administrator", "partner", "auditor", "link"]
ROLES = ["wingwalk_owner", "ww_definer", "ww_system", *(f"ww_{kind}" for kind in KINDS)]
# login → roles it may take on; the first is its own from the start, the others only for a transaction.
LOGINS = {
    "migrate": ["wingwalk_owner"],
    "web": [f"ww_{kind}" for kind in KINDS],
    "worker": ["ww_system"],
    "test": ["ww_system", *(f"ww_{kind}" for kind in KINDS)],
}


class Command(BaseCommand):
    help = "Make the database, its roles and its logins. Run as an administrator of the server; safe to run again."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--database", default=os.environ.get("WINGWALK_DATABASE", "wingwalk"))

    def handle(self, *args, database, **options):
        logins = [login for login in LOGINS if login != "test" or settings.ENVIRONMENT == "test"]
        with self.connect() as server:
            for role in ROLES:
                self.make_role(server, role, "NOLOGIN")
            for login in logins:
                self.make_login(server, login)
            server.execute("GRANT ww_definer TO wingwalk_owner WITH INHERIT FALSE, SET TRUE")
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                # A managed server's administrator is no superuser and makes a database only for a role it belongs to.
                server.execute("GRANT wingwalk_owner TO CURRENT_USER")
                server.execute(
                    sql.SQL("CREATE DATABASE {} OWNER wingwalk_owner TEMPLATE template0 ENCODING 'UTF8'").format(
                        sql.Identifier(database)
                    )
                )
        with self.connect(dbname=database) as server:
            self.prepare_schemas(server)
        self.stdout.write(f"The database {database} is prepared.")

    def connect(self, **other):
        where = settings.DATABASES["default"]
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        given = {name: where[key] for name, key in names.items() if where.get(key)}
        return psycopg.connect(**{**given, **other}, autocommit=True)

    def make_role(self, server, role, kind):
        if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            server.execute(sql.SQL("CREATE ROLE {} " + kind).format(sql.Identifier(role)))

    def make_login(self, server, login):
        name = sql.Identifier(f"wingwalk_{login}")
        self.make_role(server, f"wingwalk_{login}", "LOGIN NOINHERIT")
        if password := os.environ.get(f"WINGWALK_{login.upper()}_PASSWORD"):
            server.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
        own, *others = LOGINS[login]
        server.execute(sql.SQL("GRANT {} TO {} WITH INHERIT TRUE, SET TRUE").format(sql.Identifier(own), name))
        for role in others:
            server.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(sql.Identifier(role), name))

    def prepare_schemas(self, server):
        server.execute("CREATE SCHEMA IF NOT EXISTS ww AUTHORIZATION wingwalk_owner")
        everybody = sql.SQL(", ").join(sql.Identifier(role) for role in ROLES[1:])
        server.execute(sql.SQL("GRANT USAGE ON SCHEMA ww, public TO {}").format(everybody))
        server.execute("GRANT CREATE ON SCHEMA ww TO ww_definer")
        server.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        server.execute("GRANT CREATE, USAGE ON SCHEMA public TO wingwalk_owner")
