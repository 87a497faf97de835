"""Notices through their pages: the one page of a department, and the list of the duty worker."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.access import DEPARTMENT, Permission, Role, allows
from casework.models import AuditEntry
from partners.models import InwardNotice, Protocol
from referrals.models import Referral
from tests import factories
from tests.partners.pages import text

pytestmark = pytest.mark.django_db
TELL, LIST = "/tell/", "/notices/"
NONCE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def department():
    agency = factories.agency("Drug testing", kind="TESTING")
    factories.protocol(agency=agency, items=["IN_POSITIVE", "IN_ACCT"])
    return factories.user(Role.PARTNER, agency=agency)


@pytest.fixture
def person():
    return factories.case(factories.person("Testerton", number="A1234BC"), worker=factories.user()).person


def told(department, number="A1234BC", **given):
    given = {"kind": "POSITIVE", "on": timezone.localdate(), "sent_at": timezone.now(), **given}
    return InwardNotice.objects.create(
        prison=department.prison, agency=department.agency, number=number, sent_by=department, **given
    )


def answers(**given):
    today = f"{timezone.localdate():%d/%m/%Y}"
    return {"kind": "POSITIVE", "number": "a1234bc", "on": today, "words": "Spice", "nonce": NONCE, **given}


def at(name, *args):
    return reverse(f"partners:{name}", args=args)


def test_tell_sends_once_and_shows_only_that_nobody_saw_it(client, department, person):
    client.force_login(department)

    for _ in range(2):
        assert client.post(TELL, answers()).url == TELL

    page = client.get(TELL)
    assert InwardNotice.objects.get().person == person
    assert ["A1234BC" in text(page), "Not seen" in text(page), "Testerton" in text(page)] == [True, True, False]
    assert [choice[0] for choice in page.context["form"].fields["kind"].choices] == ["POSITIVE", "ACCT"]
    assert AuditEntry.objects.filter(action="notice.sent", by_id=department.pk).count() == 1


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("kind", "DETOX"),
        ("kind", ""),
        ("number", "12"),
        ("number", "x" * 1000),
        ("on", "soon"),
        ("words", "x" * 100_000),
    ],
)
def test_tell_refuses_beside_the_field(client, department, field, given):
    client.force_login(department)

    assert list(client.post(TELL, answers(**{field: given})).context["form"].errors) == [field]
    assert not InwardNotice.objects.exists()


def test_tell_refuses_a_day_to_come(client, department):
    client.force_login(department)
    tomorrow = timezone.localdate() + timedelta(days=1)

    page = client.post(TELL, answers(on=f"{tomorrow:%d/%m/%Y}"))

    assert page.context["form"].errors == {"on": ["This day is still to come."]}


def test_tell_offers_nothing_once_the_protocol_lapsed(client, department, person):
    told(department)
    Protocol.objects.update(ended_on=timezone.localdate())
    client.force_login(department)

    page = client.get(TELL)
    assert ["Nothing can be sent at present" in text(page), "A1234BC" in text(page)] == [True, False]
    assert client.post(TELL, answers()).status_code == 200
    assert InwardNotice.objects.count() == 1


def test_a_department_sees_nothing_else_of_the_product(client, department):
    handover = factories.handover()
    client.force_login(department)

    home = client.get("/")
    places = [place.label for place in home.context["navigation"]]
    assert places == ["Today", "Tell the team", "What may pass"]
    for address in [at("coming"), at("received", handover.pk), at("agency_step", handover.pk, "query"), LIST]:
        assert client.get(address).status_code == 403
    assert client.post(at("acknowledge", handover.pk)).status_code == 403


def test_departments_do_what_other_agencies_cannot_and_the_other_way_round(department):
    other = factories.user(Role.PARTNER)

    assert {each for each in Permission if allows(department, each)} == DEPARTMENT
    assert [allows(other, each) for each in [Permission.SEND_NOTICE, Permission.READ_HANDOVER]] == [False, True]


def test_home_of_a_department_counts_what_nobody_saw(client, department):
    told(department)
    told(department, seen_at=timezone.now(), seen_by=factories.user())
    client.force_login(department)

    assert client.get("/").context["unseen"] == 1


def test_the_count_of_today_opens_exactly_its_list(client, department, person):
    worker = factories.user()
    told(department)
    told(department, "Z0000ZZ", seen_at=timezone.now(), seen_by=worker)
    done = {"outcome": "NOTED", "outcome_at": timezone.now(), "outcome_by": worker, "person": person}
    told(department, seen_at=timezone.now(), seen_by=worker, **done)
    told(department, **done)  # made a referral by itself, say, and nobody has looked
    client.force_login(worker)

    count, page = client.get("/").context["notices"], client.get(LIST)

    assert count == len(page.context["notices"]) == 3
    assert ["Testerton" in text(page), "Nobody has this number" in text(page)] == [True, True]
    assert AuditEntry.objects.filter(action="notices.listed").latest("pk").detail == {"people": [person.pk]}
    assert len(client.get("/notices/done/").context["notices"]) == 1


def test_a_notice_is_everybodys_work_until_it_is_dealt_with(client, department, person):
    notice, other = told(department), factories.user()
    client.force_login(other)

    assert client.get(at("notice", notice.pk)).status_code == 200
    assert AuditEntry.objects.filter(action="notice.opened", by_id=other.pk, person_id=person.pk).count() == 1
    assert client.post(at("note_notice", notice.pk)).url == LIST
    assert client.get(at("notice", notice.pk)).status_code == 302  # asks for a reason


def test_refer_makes_a_referral_once(client, department, person):
    notice, worker = told(department, words="Spice"), factories.user()
    client.force_login(worker)

    responses = [client.post(at("refer_notice", notice.pk)) for _ in range(2)]

    notice.refresh_from_db()
    assert [response.url for response in responses] == [LIST, LIST]
    assert (Referral.objects.get().person, notice.outcome, notice.seen_by) == (person, "REFERRED", worker)


def test_see_is_told_to_whoever_sent_it(client, department, person):
    notice = told(department)
    client.force_login(factories.user())
    client.post(at("see_notice", notice.pk))
    client.force_login(department)

    assert "Seen" in text(client.get(TELL)).split("What you sent")[1]


def test_match_says_who_is_meant(client, department, person):
    notice = told(department, "A1234BD")
    client.force_login(factories.user())

    wrong = client.post(at("match_notice", notice.pk), {"number": "Z0000ZZ"})
    right = client.post(at("match_notice", notice.pk), {"number": "a1234bc"})

    notice.refresh_from_db()
    assert "Nobody here has this number" in str(wrong.context["form"].errors)
    assert (right.url, notice.person, notice.number) == (at("notice", notice.pk), person, "A1234BD")


def test_dismiss_wants_a_reason(client, department):
    notice = told(department, "Z0000ZZ")
    client.force_login(factories.user())

    assert list(client.post(at("dismiss_notice", notice.pk), {"why": ""}).context["form"].errors) == ["why"]
    assert client.post(at("dismiss_notice", notice.pk), {"why": "Sent twice"}).url == LIST
    assert "Sent twice" in text(client.get(at("notice", notice.pk)))


@pytest.mark.parametrize(
    "name", ["notice", "see_notice", "refer_notice", "note_notice", "match_notice", "dismiss_notice"]
)
def test_notices_of_another_prison_are_not_found_and_other_roles_refused(client, department, name):
    notice = told(department)
    ask = client.post if name in {"see_notice", "refer_notice", "note_notice"} else client.get
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert ask(at(name, notice.pk)).status_code == 404
    for role in [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER]:
        client.force_login(factories.user(role))
        assert ask(at(name, notice.pk)).status_code == 403


def test_rules_say_which_notices_make_a_referral(client):
    admin = factories.user(Role.ADMINISTRATOR)
    client.force_login(admin)

    client.post("/settings/notices/", {"notice_referral_kinds": ["ACCT", "DETOX"], "version": 1})

    admin.prison.refresh_from_db()
    assert admin.prison.notice_referral_kinds == ["ACCT", "DETOX"]
    assert client.post("/settings/notices/", {"notice_referral_kinds": ["X"], "version": 2}).context["form"].errors


@pytest.mark.parametrize("rows", [1, 3, 25])
@pytest.mark.parametrize(("address", "who", "queries"), [(TELL, "department", 13), (LIST, "worker", 13)])
def test_lists_ask_the_same_queries_for_one_and_for_many(
    client, department, person, rows, address, who, queries, django_assert_num_queries
):
    for _ in range(rows):
        told(department)
    client.force_login(department if who == "department" else factories.user())
    client.get(address)

    with django_assert_num_queries(queries):
        client.get(address)


def test_lists_go_on_behind_the_last_row_and_begin_at_the_beginning_for_garbage(client, department):
    rows = [
        told(department, f"A{number:04}BC", sent_at=timezone.now() + timedelta(seconds=number)) for number in range(30)
    ]
    client.force_login(factories.user())

    first = client.get(LIST)
    rest = client.get(LIST + first.context["next_url"])

    assert [row.pk for row in [*first.context["notices"], *rest.context["notices"]]] == [row.pk for row in rows]
    assert len(client.get(f"{LIST}?after=x'").context["notices"]) == 25
