import pytest
import time_machine

from tests import factories


@pytest.fixture(autouse=True)
def clock():
    """Wednesday 14 October 2026, eleven o'clock."""
    with time_machine.travel(factories.at(hour=11)):
        yield


@pytest.fixture
def worker(client):
    """A keyworker who has signed in."""
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made
