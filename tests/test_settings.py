"""What the settings refuse. Each case is a process of its own, for settings are read once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "WINGWALK_ENVIRONMENT": "production",
    "WINGWALK_SECRET_KEY": "a-secret-that-is-long-enough-and-used-nowhere-else",
    "WINGWALK_AUDIT_KEY": "an-audit-key-that-is-long-enough-and-used-nowhere",
    "WINGWALK_HOSTS": "wingwalk.example",
    "DATABASE_URL": "postgres://wingwalk_web:secret@database.example/wingwalk",
    "REDIS_URL": "redis://queue.example/0",
    "WINGWALK_LOGIN": "web",
}


def start(**changed):
    """Start with the settings of production, changed (None: not set); what Django says."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WINGWALK_", "DATABASE_", "REDIS_", "CACHE_"))
    }
    given = {name: value for name, value in {**PRODUCTION, **changed}.items() if value is not None}
    command = [sys.executable, ROOT / "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    run = subprocess.run(
        command, env={**kept, "WINGWALK_STATE": "nowhere.json", **given}, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stderr


def test_production_starts_with_everything_set():
    assert start() == (0, "")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"WINGWALK_SECRET_KEY": None}, "Set WINGWALK_SECRET_KEY to at least 40 random characters."),
        ({"WINGWALK_SECRET_KEY": "short"}, "Set WINGWALK_SECRET_KEY to at least 40 random characters."),
        ({"WINGWALK_AUDIT_KEY": None}, "Set WINGWALK_AUDIT_KEY to at least 40 random characters."),
        ({"WINGWALK_HOSTS": None}, "Set WINGWALK_HOSTS to the host names people type"),
        ({"DATABASE_URL": None}, "Set DATABASE_URL to a PostgreSQL database"),
        ({"DATABASE_URL": "sqlite:///house.db"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"REDIS_URL": None}, "Set REDIS_URL to a Redis or Valkey server."),
        ({"WINGWALK_ENVIRONMENT": "staging"}, "WINGWALK_ENVIRONMENT is production, demo or test."),
    ],
)
def test_production_refuses_to_start_without(changed, words):
    status, said = start(**changed)

    assert status != 0
    assert words in said
