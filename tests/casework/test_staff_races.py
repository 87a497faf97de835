"""Two administrators who remove each other at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.core.exceptions import ValidationError
from django.db import connection

from casework import context
from casework.access import Role
from casework.models import User
from casework.operations import staff
from tests import factories


def test_two_administrators_who_deactivate_each_other_leave_one(fresh_database):
    with context.acting(User.objects.system()):
        pair = [factories.user(Role.ADMINISTRATOR) for _ in range(2)]
    connection.close()
    barrier = threading.Barrier(2)

    def deactivate(by, other):
        barrier.wait()
        try:
            with context.acting(by):
                staff.deactivate(user=other, version=None, by=by)
        except ValidationError as error:
            return error.messages
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(deactivate, pair, reversed(pair)))

    with context.acting(User.objects.system()):
        assert User.objects.active().filter(role=Role.ADMINISTRATOR).count() == 1
    assert results.count(None) == 1
    assert "only administrator" in str(results)
