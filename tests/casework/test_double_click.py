"""Forms that carry neither a nonce nor a version: sent twice they make one row, and the second answer is no failure."""

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Absence, Agency, AgencyArea, Prison, RegimeTime, Room, User, Wing
from partners.models import HandoverMove, Protocol
from tests import factories
from tests.partners import pages

pytestmark = pytest.mark.django_db
DAYS = {"from_on": "14/10/2026", "until_on": "16/10/2026"}
FORMS = {
    "casework:add_wing": (Wing, {"code": "E", "name": "E wing", "kind": "GENERAL"}),
    "casework:add_room": (Room, {"name": "Group room", "capacity": "10"}),
    "casework:add_regime_time": (RegimeTime, {"name": "AM", "starts_at": "08:30", "ends_at": "11:30"}),
    "casework:add_prison": (
        Prison,
        {
            "code": "ACI",
            "name": "Altcourse",
            **dict.fromkeys(["triage_working_days", "priority_working_days", "structured_minutes"], "5"),
        },
    ),
    "casework:add_agency": (Agency, {"name": "Wirral DIP", "kind": "DIP"}),
    "casework:make_account": (
        User,
        {
            "full_name": "Robin Testerton",
            "username": "robin",
            "employer": "CHARITY",
            "role": "AUDITOR",
            "capacity": "25",
        },
    ),
    "casework:add_area": (AgencyArea, {"area": "Liverpool", "from_on": "14/10/2026"}),
    "casework:add_absence": (Absence, DAYS),
    "partners:agree": (
        Protocol,
        {
            "purpose": "Continuity of care",
            "items": ["OUT_HANDOVER"],
            "basis": "PUBLIC_TASK",
            "starts_on": "14/10/2026",
            "review_on": "14/10/2027",
            "signed_by_us": "Mo Manager",
            "signed_by_them": "Lena Lead",
        },
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_an_administrators_form_sent_twice_makes_one_row(client, name):
    model, answers = FORMS[name]
    agency, account = factories.agency(), factories.user()
    keys = {"casework:add_area": [agency.pk], "casework:add_absence": [account.pk]}.get(name, [])
    if name == "partners:agree":
        answers = {**answers, "agency": agency.pk}
    client.force_login(factories.user(Role.ADMINISTRATOR))
    before = model.objects.count()

    first, second = (client.post(reverse(name, args=keys), answers) for _ in range(2))

    assert model.objects.count() == before + 1
    assert {first.status_code, second.status_code} <= {200, 302}
    if second.status_code == 200:
        assert second.context["form"].errors


@pytest.mark.parametrize("name", ["query", "acknowledge"])
def test_a_partners_answer_sent_twice_is_one_move(client, name):
    sent = factories.handover()
    client.force_login(factories.user(Role.PARTNER, agency=sent.agency))
    address = pages.at(name, sent.pk)

    answers = [client.post(address, {"words": "Which wing?"}) for _ in range(2)]

    assert {answer.url for answer in answers} == {reverse("partners:received", args=[sent.pk])}
    assert HandoverMove.objects.filter(handover=sent).count() == 1
