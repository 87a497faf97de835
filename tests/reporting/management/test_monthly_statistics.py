import io
import json
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command

from reporting.queries import indicators
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(datetime(2026, 11, 15, 12, tzinfo=UTC), tick=False):
        yield


def monthly_statistics(*arguments, prison="LPI", month="2026-10"):
    out = io.StringIO()
    call_command("monthly_statistics", "--prison", prison, "--month", month, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def october():
    factories.triage(factories.referral(received_on=date(2026, 10, 5)), done_on=date(2026, 10, 7))
    factories.referral(received_on=date(2026, 10, 6))


def test_monthly_statistics_prints_one_object(october):
    printed = json.loads(monthly_statistics("--json"))

    assert list(printed) == list(indicators.BY_NAME)
    assert printed["new_referrals"] == {
        "title": "New referrals",
        "definition": indicators.BY_NAME["new_referrals"].sentence,
        "unit": "referrals",
        "value": 2,
    }
    assert {name: printed["triaged_in_time"][name] for name in ("numerator", "denominator", "value")} == {
        "numerator": 1,
        "denominator": 2,
        "value": 50.0,
    }


def test_monthly_statistics_prints_a_table_for_people(october):
    lines = monthly_statistics(prison="lpi").splitlines()

    assert lines[0] == "New referrals                  2"
    assert lines[-1] == "Triaged in time             50 %  (1 of 2)"
    assert len(lines) == len(indicators.ALL)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"prison": "XXI"}, "There is no prison “XXI” here. There is: LPI."),
        ({"month": "2026-13"}, "“2026-13” is not a month. Write it as 2026-10."),
        ({"month": "2026-12"}, "December 2026 has not begun."),
    ],
)
def test_monthly_statistics_says_plainly_what_is_wrong(given, said):
    factories.prison()

    with pytest.raises(CommandError) as refusal:
        monthly_statistics(**given)
    assert str(refusal.value) == said
