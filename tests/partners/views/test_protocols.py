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
    assert response.url == reverse("partners:protocol", args=[protocol.pk])
    assert (protocol.prison, protocol.made_by, actions()) == (admin.prison, admin, ["protocol.agreed"])
    assert (protocol.items, protocol.basis) == (["OUT_HANDOVER", "IN_ANSWER"], "LEGAL")
    assert (protocol.signed_by_us, protocol.signed_by_them) == ("Mo Manager", "Lena Lead")
    assert again.context["form"].errors == {
        "agency": ["There is a protocol with this agency on some of these days already. Renew it, or end it first."]
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

    assert "Lapsed: nothing passes" in client.get(PROTOCOLS).content.decode()


def test_protocols_of_another_prison_are_not_found(client, admin):
    theirs = factories.protocol(prison=factories.prison("ACI", "Altcourse"))

    assert client.post(end(theirs), {"version": 1}).status_code == 404
    assert list(client.get(PROTOCOLS).context["protocols"]) == []


KEEPING = ["agree", "change_protocol", "renew", "end_protocol"]


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", ["protocols", "protocol", *KEEPING])
def test_protocols_are_kept_by_administrators_and_read_by_managers(client, role, page):
    protocol = factories.protocol()
    client.force_login(factories.user(role))

    answer = client.get(reverse(f"partners:{page}", args=[] if page in {"protocols", "agree"} else [protocol.pk]))

    read = role == Role.MANAGER and page not in KEEPING
    assert answer.status_code == (200 if read else 403)
    assert not read or "change/" not in answer.content.decode()


@pytest.mark.parametrize("page", ["protocol", *KEEPING[1:]])
def test_pages_of_a_protocol_of_another_prison_are_not_found(client, admin, page):
    theirs = factories.protocol(prison=factories.prison("ACI", "Altcourse"))

    assert client.get(reverse(f"partners:{page}", args=[theirs.pk])).status_code == 404


def one(name, protocol):
    return reverse(f"partners:{name}", args=[protocol.pk])


def test_protocol_says_what_may_pass_in_each_direction_and_what_happened(client, admin, answers):
    client.post(reverse("partners:agree"), answers)
    protocol = Protocol.objects.get()

    page = client.get(one("protocol", protocol))

    assert (protocol.outwards, protocol.inwards) == (
        ["Handovers for release, with the release date"],
        ["Answers, appointments and outcomes"],
    )
    body = page.content.decode()
    assert [word in body for word in ["Legal obligation", "Mo Manager", "Lena Lead", "Agreed", *protocol.outwards]] == [
        True
    ] * 5
    assert (page.context["state"], page.context["lapses_in"]) == ("In force", None)


def test_change_says_what_it_said_before(client, admin, answers):
    client.post(reverse("partners:agree"), answers)
    protocol = Protocol.objects.get()

    later = f"{protocol.review_on + timedelta(days=1):%d/%m/%Y}"
    refused = client.post(one("change_protocol", protocol), {**answers, "review_on": later, "version": 1})
    done = client.post(one("change_protocol", protocol), {**answers, "items": ["OUT_HANDOVER"], "version": 1})

    assert refused.context["form"].errors == {
        "review_on": ["A later review is a new agreement. Renew the protocol instead."]
    }
    assert done.url == one("protocol", protocol)
    assert "What may pass: Handovers for release" in client.get(done.url).content.decode()
    stale = client.post(one("change_protocol", protocol), {**answers, "purpose": "Other", "version": 1})
    assert "Somebody else changed this" in stale.content.decode()


def test_renew_before_it_lapses_leaves_no_gap(client, admin, answers):
    protocol = factories.protocol(review_on=timezone.localdate() + timedelta(days=7))
    page = client.get(one("protocol", protocol))
    assert page.context["lapses_in"] == 7
    until = timezone.localdate() + timedelta(days=400)
    given = {**answers, "review_on": f"{until:%d/%m/%Y}", "version": 1}

    responses = [client.post(one("renew", protocol), given) for _ in range(2)]

    new = protocol.renewals.get()
    assert responses[0].url == one("protocol", new)
    assert "Somebody else changed this" in responses[1].content.decode()
    assert (new.starts_on, new.review_on) == (protocol.review_on + timedelta(days=1), until)
    assert client.get(one("protocol", protocol)).context["lapses_in"] is None
    assert [row.pk for row in client.get(PROTOCOLS).context["protocols"]] == [protocol.pk, new.pk]


def test_agree_refuses_what_cannot_pass_with_this_kind_of_agency(client, admin, answers):
    department = factories.agency("Drug testing", kind="TESTING")

    refused = client.post(reverse("partners:agree"), {**answers, "agency": department.pk})
    client.post(reverse("partners:agree"), {**answers, "agency": department.pk, "items": ["IN_POSITIVE"]})

    assert list(refused.context["form"].errors) == ["items"]
    assert Protocol.objects.get().items == ["IN_POSITIVE"]


def test_the_agency_sees_what_was_signed_and_is_told_before_it_lapses(client):
    protocol = factories.protocol(review_on=timezone.localdate() + timedelta(days=3))
    factories.protocol(agency=factories.agency("Wirral DIP"), purpose="Something else")
    client.force_login(factories.user(Role.PARTNER))

    page, home = client.get("/agreements/"), client.get("/")

    assert [row.pk for row in page.context["protocols"]] == [protocol.pk]
    for shown in [page, home]:
        assert "lapses after" in shown.content.decode()
    client.force_login(factories.user())
    assert client.get("/agreements/").status_code == 403


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_both_who_keep_protocols_are_told_on_their_first_page(client, role):
    factories.protocol(review_on=timezone.localdate() + timedelta(days=3))
    client.force_login(factories.user(role))

    assert "lapses after" in client.get("/").content.decode()


def test_answers_need_a_protocol_that_lets_them_pass(client):
    shared = factories.handover()
    Protocol.objects.update(items=["OUT_HANDOVER"])
    client.force_login(factories.user(Role.PARTNER))

    page = client.get(reverse("partners:received", args=[shared.pk])).content.decode()
    client.post(reverse("partners:acknowledge", args=[shared.pk]))

    shared.refresh_from_db()
    assert ["lets no answers pass" in page, "acknowledge/" in page, shared.state] == [True, False, "SENT"]


@pytest.mark.parametrize("rows", [1, 3])
def test_protocols_ask_the_same_queries_for_one_and_for_three(client, admin, rows, django_assert_num_queries):
    for number in range(rows):
        factories.protocol(agency=factories.agency(f"Agency {number}"))
    client.get(PROTOCOLS)

    with django_assert_num_queries(12):
        client.get(PROTOCOLS)
