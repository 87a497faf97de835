import pytest

from casework.access import Role
from interventions.forms import session as forms
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("at", ["25/10/2026 01:30", "29/3/2026 01:30"])
def test_log_tells_plainly_of_an_hour_that_is_struck_twice_or_never(at):
    form = forms.Log({"at": at}, person=None, user=factories.user(Role.KEYWORKER))

    assert form.errors["at"] == ["The clocks changed at this hour. Give a time an hour earlier or later."]
