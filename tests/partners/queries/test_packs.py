import pytest

from casework.models import Location
from partners.queries import packs as queries
from tests import factories

pytestmark = pytest.mark.django_db


def test_compose_tells_the_code_of_a_wing_and_not_why_somebody_lives_there():
    handover = factories.handover()
    wing = factories.wing("K", kind="VULNERABLE")
    type(wing).objects.filter(pk=wing.pk).update(name="K wing: vulnerable prisoners")
    Location.objects.filter(spell=handover.case.spell).update(wing=wing)

    content = queries.compose(handover, sender=handover.made_by)

    assert content["custody"]["wing"] == "K wing"
    assert "vulnerable" not in str(content)
