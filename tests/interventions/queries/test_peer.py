from datetime import timedelta

import pytest

from interventions.queries import peer as queries
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
YESTERDAY = DAY - timedelta(days=1)


@pytest.mark.parametrize("count", [1, 3])
def test_late_counts_those_at_work_whose_supervision_is_overdue(count, django_assert_num_queries):
    user = factories.user()
    for _ in range(count):
        factories.peer(state="ACTIVE", supervision_due=YESTERDAY)
    factories.peer(state="ACTIVE", supervision_due=DAY)
    factories.peer(state="SUSPENDED", supervision_due=YESTERDAY)

    with django_assert_num_queries(1):
        assert queries.late(user) == count
    assert queries.page(user).late == count


def test_late_is_of_the_own_prison():
    factories.peer(state="ACTIVE", supervision_due=YESTERDAY)

    assert queries.late(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)"))) == 0
