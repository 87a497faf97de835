import pytest
import time_machine

from tests import factories


@pytest.fixture(autouse=True)
def clock():
    """Wednesday 14 October 2026, eleven o'clock."""
    with time_machine.travel(factories.at(hour=11)):
        yield
