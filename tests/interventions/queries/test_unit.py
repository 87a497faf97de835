from datetime import timedelta

import pytest

from interventions.queries import unit as queries
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
YESTERDAY = DAY - timedelta(days=1)


def living(**given):
    return factories.unit_stay(state="LIVING", **given)


@pytest.mark.parametrize("count", [1, 3])
def test_late_counts_the_reviews_and_tests_of_those_who_live_there(count, django_assert_num_queries):
    user = factories.user()
    for _ in range(count):
        living(review_due=YESTERDAY, test_due=YESTERDAY)
    living(review_due=YESTERDAY, test_due=DAY)
    living(review_due=DAY, test_due=None)
    factories.unit_stay(state="LEFT", review_due=YESTERDAY, test_due=YESTERDAY)

    with django_assert_num_queries(1):
        assert queries.late(user) == (count + 1, count)


def test_late_agrees_with_the_page_and_is_of_the_own_prison():
    wing = factories.unit()
    living(review_due=YESTERDAY)
    elsewhere = factories.user(prison=factories.prison("ACI", "Altcourse (HMP)"))

    user = factories.user()
    page = queries.page(user, wing)

    assert queries.late(user) == (page.reviews_late, page.tests_late) == (1, 0)
    assert queries.late(elsewhere) == (0, 0)
