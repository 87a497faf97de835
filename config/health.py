"""Whether the process lives, and whether it can do its work."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from redis.exceptions import RedisError


@login_not_required
def live(request):
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(request):
    """200 when the database runs its procedural language, the broker answers and every migration is applied; else 503."""
    checks = {"database": _database, "broker": _broker, "migrations": _migrations}
    found = {name: _holds(check) for name, check in checks.items()}
    return JsonResponse(
        {"status": "ok" if all(found.values()) else "not ready", **found}, status=200 if all(found.values()) else 503
    )


def _holds(check):
    try:
        return bool(check())
    except (DatabaseError, OSError, RedisError):
        return False


def _database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.alive()")
        return cursor.fetchone()[0]


def _broker():
    cache.set("health", "ok", 10)
    return cache.get("health") == "ok"


def _migrations():
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
