import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry, Consent
from partners.models import OutwardReferral
from partners.queries import outward as queries
from tests import factories
from tests.partners import walks
from tests.partners.pages import at, text

pytestmark = pytest.mark.django_db
TO_US = "/referred/"


@pytest.fixture
def partner(client):
    made = factories.user(Role.PARTNER)
    client.force_login(made)
    return made


@pytest.fixture
def manager(client):
    made = factories.user(Role.MANAGER)
    client.force_login(made)
    return made


def test_refer_offers_who_may_be_told_and_shows_where_it_stands(client, manager):
    person = factories.spell().person
    walks.agreement()
    walks.agreement(factories.agency("Wirral DIP"))
    assert "No agency may be told yet" in text(client.get(at("refer_out", person.pk)))
    factories.consent(person)
    page = client.get(at("refer_out", person.pk))
    given = {"nonce": uuid.uuid4(), "agency": factories.agency().pk, "why": "Wants <i>help</i>"}
    client.post(at("refer_out", person.pk), given)
    saved = client.post(at("refer_out", person.pk), given)

    assert [agency.name for agency in page.context["agencies"]] == ["Liverpool DIP"]
    assert (saved.url, OutwardReferral.objects.count()) == (at("release", person.pk), 1)
    told = client.get(saved.url)
    assert "Waits for an answer" in text(told)
    assert "Wants &lt;i&gt;help&lt;/i&gt;" in told.content.decode()
    assert ("refer_out.opened", person.pk) in AuditEntry.objects.values_list("action", "person_id")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"agency": ""}, "agency"),
        ({"agency": 0}, "agency"),
        ({"why": ""}, "why"),
        ({"why": "x" * 501}, "why"),
        ({"why": "x" * 100_000}, "why"),
    ],
)
def test_refer_refuses_beside_the_field(client, manager, given, field):
    person = factories.spell().person
    walks.agreement()
    factories.consent(person)
    usual = {"nonce": uuid.uuid4(), "agency": factories.agency().pk, "why": "Wants help"}

    page = client.post(at("refer_out", person.pk), {**usual, **given})

    assert list(page.context["form"].errors) == [field]
    assert OutwardReferral.objects.count() == 0


def test_refer_twice_is_told(client, manager):
    referral = walks.refer()
    given = {"nonce": uuid.uuid4(), "agency": referral.agency_id, "why": "Again"}

    page = client.post(at("refer_out", referral.person_id), given)

    assert page.context["form"].errors == {"__all__": ["This agency has been asked already."]}


def test_referrals_to_us_are_answered_in_one_page(client, partner):
    first, second = walks.refer(), walks.refer()
    page = client.get(TO_US)
    assert [row.pk for row in page.context["rows"]] == [first.pk, second.pk]
    refused = client.post(at("answer_referral", first.pk), {"accepted": "REFUSE", "words": " "})
    assert refused.context["form"].errors == {"words": ["Say why not."]}
    assert client.post(at("answer_referral", first.pk), {"accepted": "ACCEPT", "words": "Monday at ten"}).url == TO_US
    assert client.post(at("answer_referral", second.pk), {"accepted": "REFUSE", "words": "Other area"}).url == TO_US

    assert list(OutwardReferral.objects.order_by("pk").values_list("state", "answer", "answered_by")) == [
        ("ACCEPTED", "Monday at ten", partner.pk),
        ("REFUSED", "Other area", partner.pk),
    ]
    assert "No referral waits for you" in text(client.get(TO_US))
    assert [row.pk for row in client.get(f"{TO_US}?answered").context["rows"]] == [second.pk, first.pk]
    assert "Monday at ten" in text(client.get(at("answer_referral", first.pk)))
    late = client.post(at("answer_referral", second.pk), {"accepted": "ACCEPT"})
    assert late.context["form"].errors == {"__all__": ["This referral is refused already."]}
    assert AuditEntry.objects.filter(action="referred.opened", by_id=partner.pk).count() == 5


def test_withdrawn_consent_is_not_there_at_the_next_click(client, partner):
    referral = walks.refer()
    assert client.get(at("answer_referral", referral.pk)).status_code == 200
    Consent.objects.update(withdrawn_at=timezone.now())

    assert client.get(at("answer_referral", referral.pk)).status_code == 404
    assert client.post(at("answer_referral", referral.pk), {"accepted": "ACCEPT"}).status_code == 404
    assert client.get(TO_US).context["rows"] == []


def test_the_team_writes_down_what_it_was_told_and_withdraws(client, manager):
    first, second = walks.refer(), walks.refer()
    client.post(at("told_answer", first.pk), {"accepted": "ACCEPT", "words": "By telephone"})
    client.post(at("withdraw_outward", second.pk), {"why": "Changed his mind"})

    assert list(OutwardReferral.objects.order_by("pk").values_list("state", "answer")) == [
        ("ACCEPTED", "By telephone"),
        ("WITHDRAWN", "Changed his mind"),
    ]
    page = client.get(at("release", second.person_id))
    assert "Changed his mind" in text(page)
    assert "It is withdrawn already" in text(client.get(at("withdraw_outward", second.pk)))


def test_answers_are_due_after_five_working_days(client, manager):
    with time_machine.travel(factories.at(date(2026, 11, 12), 23), tick=False):  # a Thursday
        walks.refer()
    for day, late, due in [(18, False, 0), (19, False, 1), (20, True, 1)]:
        with time_machine.travel(factories.at(date(2026, 11, day), 9), tick=False):
            client.force_login(manager)
            (row,) = client.get(at("outward")).context["rows"]
            assert (row.due_on, row.late) == (date(2026, 11, 19), late)
            assert queries.due(manager, timezone.localdate()).count() == due


def test_the_first_pages_count_what_their_links_list(client, partner):
    with time_machine.travel(timezone.now() - timedelta(days=9), tick=False):
        overdue = walks.refer()
    walks.refer()
    walks.holder(name="Val Visitor", vetted_until=timezone.localdate())
    assert client.get("/").context["referred"] == 2
    for role in [Role.MANAGER, Role.KEYWORKER]:
        client.force_login(factories.user(role))
        page = client.get("/")
        assert (page.context["outward_due"], page.context["visit_lines"]) == (1, 0)
    client.force_login(factories.user(Role.MANAGER))
    assert "Val Visitor" in text(client.get("/"))
    assert overdue.person.list_name in text(client.get(at("outward")))


@pytest.mark.parametrize(
    ("name", "open_to"),
    [
        ("outward", {Role.KEYWORKER, Role.MANAGER}),
        ("refer_out", {Role.KEYWORKER, Role.MANAGER}),
        ("told_answer", {Role.KEYWORKER, Role.MANAGER}),
        ("withdraw_outward", {Role.KEYWORKER, Role.MANAGER}),
        ("referred", {Role.PARTNER}),
        ("answer_referral", {Role.PARTNER}),
    ],
)
def test_who_may_open_what(client, name, open_to):
    referral = walks.refer()
    arguments = {"outward": [], "referred": [], "refer_out": [referral.person_id]}.get(name, [referral.pk])
    for role in [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert (client.get(at(name, *arguments)).status_code != 403) == (role in open_to), role


def test_another_agency_and_another_prison_find_nothing(client):
    referral = walks.refer()
    client.force_login(factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP")))
    assert client.get(at("answer_referral", referral.pk)).status_code == 404
    client.force_login(factories.user(Role.MANAGER, prison=factories.prison("ACI", "Altcourse")))
    for name in ["told_answer", "withdraw_outward"]:
        assert client.get(at(name, referral.pk)).status_code == 404
    assert client.get(at("refer_out", referral.person_id)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 25])
@pytest.mark.parametrize(("role", "name", "queries"), [(Role.PARTNER, "referred", 12), (Role.MANAGER, "outward", 13)])
def test_lists_ask_the_same_queries(client, role, name, queries, rows, django_assert_num_queries):
    for _ in range(rows):
        walks.refer()
    client.force_login(factories.user(role))
    client.get(at(name))

    with django_assert_num_queries(queries):
        client.get(at(name))


def test_more_follow(client, partner):
    for _ in range(26):
        walks.refer()
    page = client.get(TO_US)

    assert len(client.get(TO_US + page.context["older_url"]).context["rows"]) == 1


def test_see_takes_an_answer_off_what_is_due(client, manager):
    referral = walks.refer()
    early = client.post(at("see_outward", referral.pk), follow=True)
    OutwardReferral.objects.filter(pk=referral.pk).update(
        state="ACCEPTED", answered_at=timezone.now(), answered_by=factories.user(Role.PARTNER)
    )
    page = client.get(at("release", referral.person_id)).content.decode()
    form = page[page.index(at("see_outward", referral.pk)) :]

    seen = client.post(at("see_outward", referral.pk), follow=True)

    assert "The agency has not answered yet." in text(early)
    assert "csrfmiddlewaretoken" in form[: form.index("I have seen this answer")]
    assert "Noted that you looked at the answer" in text(seen)
    assert "I have seen this answer" not in text(seen)


def test_see_is_for_the_team_of_the_prison(client, partner):
    referral = walks.refer()
    assert client.post(at("see_outward", referral.pk)).status_code == 403

    elsewhere = factories.user(Role.MANAGER, prison=factories.prison("ACI", "Altcourse"))
    client.force_login(elsewhere)
    assert client.post(at("see_outward", referral.pk)).status_code == 404
