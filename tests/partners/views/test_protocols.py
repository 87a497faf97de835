"""Protocols with agencies, through their pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry
from partners.models import Handover, Protocol
from tests import factories

pytestmark = pytest.mark.django_db
PROTOCOLS = "/settings/protocols/"


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR)
    client.force_login(made)
    return made


@pytest.fixture
def answers():
    today = timezone.localdate()
    return {
        "agency": factories.agency().pk,
        "purpose": "Continuity of care",
        "items": ["OUT_HANDOVER", "IN_ANSWER"],
        "basis": "LEGAL",
        "signed_by_us": "Mo Manager",
        "signed_by_them": "Lena Lead",
        "starts_on": f"{today:%d/%m/%Y}",
        "review_on": f"{today + timedelta(days=365):%d/%m/%Y}",
    }


def end(protocol):
    return reverse("partners:end_protocol", args=[protocol.pk])


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


def test_agree_adds_a_protocol_once(client, admin, answers):
    response = client.post(reverse("partners:agree"), answers)
    again = client.post(reverse("partners:agree"), answers)

    protocol = Protocol.objects.get()
    assert response.url == PROTOCOLS
    assert (protocol.prison, protocol.made_by, actions()) == (admin.prison, admin, ["protocol.agreed"])
    assert (protocol.items, protocol.basis) == (["OUT_HANDOVER", "IN_ANSWER"], "LEGAL")
    assert (protocol.signed_by_us, protocol.signed_by_them) == ("Mo Manager", "Lena Lead")
    assert again.context["form"].errors == {
        "agency": ["There is already a protocol with this agency. End it before adding another."]
    }
    assert "In force" in client.get(PROTOCOLS).content.decode()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("review_on", "1/1/2020"),
        ("purpose", ""),
        ("agency", "0"),
        ("starts_on", "soon"),
        ("items", []),
        ("items", ["ALL"]),
    ],
)
def test_agree_refuses_beside_the_field(client, admin, answers, field, given):
    page = client.post(reverse("partners:agree"), {**answers, field: given})

    assert list(page.context["form"].errors) == [field]


def test_agree_offers_no_agency_that_was_ended(client, admin, answers):
    factories.agency("Gone DIP", ended_on=factories.DAY)

    choices = client.get(reverse("partners:agree")).context["form"].fields["agency"].queryset
    assert [agency.name for agency in choices] == ["Liverpool DIP"]


def test_end_protocol_hides_what_was_shared_at_once(client, admin):
    shared = factories.handover()
    protocol = Protocol.objects.get()
    assert list(Handover.objects.visible_to(factories.user(Role.PARTNER))) == [shared]

    assert client.post(end(protocol), {"version": 1}).url == PROTOCOLS

    assert list(Handover.objects.visible_to(factories.user(Role.PARTNER))) == []
    assert actions() == ["protocol.ended"]
    assert list(client.get(f"{PROTOCOLS}?ended=1").context["ended"]) == [protocol]
    assert client.post(end(protocol), {"version": 2}).status_code == 404


def test_end_protocol_on_an_older_version_is_told(client, admin):
    protocol = factories.protocol(version=3)

    assert "Somebody else changed this" in client.post(end(protocol), {"version": 1}).content.decode()


def test_protocols_say_when_they_are_overdue_or_none(client, admin):
    assert "No protocol has been added yet" in client.get(PROTOCOLS).content.decode()
    factories.protocol(review_on=timezone.localdate() - timedelta(days=1))

    assert "Review overdue" in client.get(PROTOCOLS).content.decode()


def test_protocols_of_another_prison_are_not_found(client, admin):
    theirs = factories.protocol(prison=factories.prison("ACI", "Altcourse"))

    assert client.post(end(theirs), {"version": 1}).status_code == 404
    assert list(client.get(PROTOCOLS).context["protocols"]) == []


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", ["protocols", "agree"])
def test_protocols_are_for_administrators(client, role, page):
    client.force_login(factories.user(role))

    assert client.get(reverse(f"partners:{page}")).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_protocols_ask_the_same_queries_for_one_and_for_three(client, admin, rows, django_assert_num_queries):
    for number in range(rows):
        factories.protocol(agency=factories.agency(f"Agency {number}"))
    client.get(PROTOCOLS)

    with django_assert_num_queries(11):
        client.get(PROTOCOLS)
