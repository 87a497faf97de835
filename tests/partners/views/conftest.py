import pytest

from tests import factories
from tests.partners import pages


@pytest.fixture
def worker(client):
    user = factories.user(full_name="Kit Keyworker")
    client.force_login(user)
    return user


@pytest.fixture
def case(worker):
    """A case of somebody who agreed to Liverpool DIP, due out in ten days."""
    case = factories.case(worker=worker)
    factories.protocol()
    factories.consent(case.person)
    pages.due(case, 10)
    return case
