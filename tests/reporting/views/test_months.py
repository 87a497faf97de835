from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Prison, User
from interventions.models import ContactType
from reporting import tasks
from reporting.models import MonthlyFigures
from reporting.operations import figures
from reporting.queries import indicators, records
from reporting.queries.months import Month
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER = Month.read("2026-10")
MONTHS, ASK = reverse("reporting:months"), reverse("reporting:ask")


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(datetime(2026, 11, 15, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """What was sent to the broker."""
    found = []
    monkeypatch.setattr(tasks.compute_month, "apply_async", lambda **given: found.append(given["kwargs"]["figures_id"]))
    return found


def sign_in(client, role=Role.MANAGER, **given):
    made = factories.user(role, **given)
    client.force_login(made)
    return made


def computed(month=OCTOBER, prison=None):
    """A month, computed now."""
    row = figures.ask(prison=prison or factories.prison(), month=month, by=User.objects.system())
    tasks.compute_month(figures_id=row.pk)
    row.refresh_from_db()
    return row


def url(name, month="2026-10", *more):
    return reverse(f"reporting:{name}", args=[month, *more])


def cards(response):
    return {card.name: card for card in response.context["cards"]}


def said(response):
    return [str(message) for message in response.context["messages"]]


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").values_list("by_id", "action"))


# The list of months


def test_months_says_that_there_are_none(client):
    sign_in(client, Role.KEYWORKER)

    response = client.get(MONTHS)

    assert response.context["lines"] == []
    assert response.context["form"] is None
    assert "No month has been computed" in response.text


def test_months_shows_the_newest_first_with_what_has_to_be_said(client):
    sign_in(client)
    computed(OCTOBER.previous)
    computed(OCTOBER)
    computed(OCTOBER.following)
    figures.ask(prison=factories.prison(), month=Month.read("2026-01"), by=User.objects.system())
    computed(OCTOBER, factories.prison("ACI", "Altcourse (HMP)"))

    lines = client.get(MONTHS).context["lines"]

    assert [(str(line.month), line.tag and line.tag["text"]) for line in lines] == [
        ("2026-11", "Part of the month"),
        ("2026-10", None),
        ("2026-09", None),
        ("2026-01", "Waiting to be computed"),
    ]
    assert [number for _, number in lines[1].numbers] == ["0"] * 7 + ["–"]
    assert {number for _, number in lines[3].numbers} == {"–"}


def test_months_goes_on_behind_the_last(client):
    user, month = sign_in(client), Month.read("2026-10")
    for _ in range(30):
        MonthlyFigures.objects.create(
            prison=user.prison, month=month.first, asked_at=factories.at(), asked_by=user, state="COMPUTED"
        )
        month = month.previous

    first = client.get(MONTHS)
    second = client.get(MONTHS + first.context["older_url"])

    assert (len(first.context["lines"]), len(second.context["lines"])) == (24, 6)
    assert first.context["lines"][-1].month.previous == second.context["lines"][0].month
    assert len(client.get(MONTHS + "?before=nonsense").context["lines"]) == 24


@pytest.mark.parametrize("count", [1, 3])
def test_months_takes_the_same_queries_for_every_length(client, count, django_assert_num_queries):
    sign_in(client)
    for month in list(map(Month.read, ["2026-08", "2026-09", "2026-10"]))[:count]:
        computed(month)
    client.get(MONTHS)

    with django_assert_num_queries(11):
        assert len(client.get(MONTHS).context["lines"]) == count


# Asking


def test_months_offers_a_manager_to_ask(client):
    sign_in(client)

    response = client.get(MONTHS)

    assert f'action="{ASK}"' in response.text
    months = [value for value, _ in response.context["form"].fields["month"].widget.choices]
    assert (months[0], months[-1], len(months)) == ("2026-11", "2025-11", 13)


def test_ask_has_the_month_computed_and_leads_to_it(client, queued, django_capture_on_commit_callbacks):
    manager = sign_in(client)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(ASK, {"month": "2026-10"}, follow=True)

    row = MonthlyFigures.objects.get()
    assert response.redirect_chain == [(url("month"), 302)]
    assert said(response) == ["The figures of October 2026 are being computed."]
    assert (row.prison, row.month, row.asked_by, row.state) == (manager.prison, OCTOBER.first, manager, "WAITING")
    assert actions() == [(manager.pk, "figures.asked")]
    assert queued == [row.pk]


def test_ask_twice_makes_one_row(client):
    sign_in(client)

    client.post(ASK, {"month": "2026-10"})
    client.post(ASK, {"month": "2026-10"})

    assert MonthlyFigures.objects.count() == 1
    assert len(actions()) == 1


@pytest.mark.parametrize(
    ("month", "error"),
    [
        ("2026-12", "December 2026 has not begun."),
        ("soon", "“soon” is not a month. Write it as 2026-10."),
        ("", "Choose a month"),
    ],
)
def test_ask_shows_why_not(client, month, error):
    sign_in(client)

    response = client.post(ASK, {"month": month})

    assert response.context["form"].errors == {"month": [error]}
    assert not MonthlyFigures.objects.exists()
    assert response.text.count(error) == 2  # in the summary and beside the field


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.AUDITOR, Role.ADMINISTRATOR, Role.PARTNER])
def test_ask_is_the_managers(client, role):
    sign_in(client, role)

    assert client.post(ASK, {"month": "2026-10"}).status_code == 403
    assert not MonthlyFigures.objects.exists()


def test_ask_changes_nothing_when_it_is_only_looked_at(client):
    sign_in(client)

    assert client.get(ASK).status_code == 405


# A month


def test_month_shows_each_figure_with_definition_and_link(client):
    sign_in(client, Role.KEYWORKER)
    factories.triage(factories.referral(received_on=date(2026, 10, 5)), done_on=date(2026, 10, 7))
    computed()

    response = client.get(url("month"))

    assert list(cards(response)) == list(indicators.BY_NAME)
    assert (cards(response)["new_referrals"].number, cards(response)["triaged_in_time"].number) == ("1", "100 %")
    assert cards(response)["triaged_in_time"].remark == "1 of 1."
    for indicator in indicators.ALL:
        assert f'href="{url("records", "2026-10", indicator.name)}"' in response.text
        assert indicator.definition(factories.prison()) in response.text
    assert "Computed on 15 November 2026 at 12:00." in response.text


def test_month_compares_with_the_month_before(client):
    sign_in(client)
    factories.referral(received_on=date(2026, 9, 7))
    for day in (5, 6, 7):
        factories.referral(received_on=date(2026, 10, day))
    on_time = factories.referral(received_on=date(2026, 10, 8))
    factories.triage(on_time, done_on=date(2026, 10, 9))
    computed(OCTOBER.previous)
    computed()

    shown = cards(client.get(url("month")))

    assert shown["new_referrals"].remark == "3 more than in September 2026."
    assert shown["interventions"].remark == "As in September 2026."
    assert shown["triaged_in_time"].remark == "1 of 4. 25 points more than in September 2026."


def test_month_names_what_was_entered_later(client):
    sign_in(client)
    row = computed()
    factories.triage(factories.referral(received_on=date(2026, 10, 5)), done_on=date(2026, 10, 7))

    shown = cards(client.get(url("month")))

    assert (shown["new_referrals"].number, shown["new_referrals"].remark) == ("0", "1 now.")
    assert (shown["triaged_in_time"].number, shown["triaged_in_time"].remark) == ("–", "0 of 0. 100 % now (1 of 1).")
    assert shown["interventions"].remark == ""
    row.refresh_from_db()
    assert row.figures["new_referrals"]["value"] == 0


def test_month_keeps_the_definition_that_it_was_computed_with(client):
    sign_in(client)
    computed()
    Prison.objects.update(structured_minutes=45)

    assert "at least 20 minutes" in cards(client.get(url("month")))["structured_one_to_ones"].definition


def test_month_shows_an_auditor_the_figures_without_leading_further(client):
    sign_in(client, Role.AUDITOR)
    factories.referral(received_on=date(2026, 10, 5))
    computed()

    response = client.get(url("month"))

    assert cards(response)["new_referrals"].number == "1"
    assert url("records", "2026-10", "new_referrals") not in response.text


def test_month_offers_to_compute_what_was_not(client):
    sign_in(client)

    response = client.get(url("month"))

    assert "Not computed yet" in response.text
    assert "Compute now" in response.text
    assert "Compute now" not in client_of(Role.KEYWORKER, client).get(url("month")).text


def client_of(role, client):
    sign_in(client, role)
    return client


def test_month_says_that_it_is_being_computed(client):
    manager = sign_in(client)
    figures.ask(prison=manager.prison, month=OCTOBER, by=manager)

    response = client.get(url("month"))

    assert f'hx-get="{url("month_progress")}"' in response.text
    assert "Compute again" not in response.text


def test_month_says_that_it_could_not_be_computed(client):
    manager = sign_in(client)
    row = figures.ask(prison=manager.prison, month=OCTOBER, by=manager)
    MonthlyFigures.objects.filter(pk=row.pk).update(attempts=5)
    figures.give_up(figures_id=row.pk, by=User.objects.system())

    response = client.get(url("month"))

    assert "These figures could not be computed" in response.text
    assert "Compute again" in response.text


@pytest.mark.parametrize("name", ["month", "month_progress"])
def test_month_shows_nothing_of_another_prison(client, name):
    computed(prison=factories.prison("ACI", "Altcourse (HMP)"))
    sign_in(client)

    response = client.get(url(name))

    if name == "month":
        assert response.context["row"] is None
    else:
        assert response.status_code == 404


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "1999-01"])
def test_month_that_has_not_begun_or_is_none_is_not_found(client, month):
    sign_in(client)

    assert client.get(f"/months/{month}/").status_code == 404
    assert client.get(f"/months/{month}/caseload/").status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER])
def test_month_is_not_for_everybody(client, role):
    sign_in(client, role)
    computed()

    for page in (MONTHS, url("month"), url("month_progress"), url("records", "2026-10", "caseload")):
        assert client.get(page).status_code == 403


def test_month_takes_as_many_queries_as_there_are_figures(client, django_assert_num_queries):
    sign_in(client)
    computed()
    client.get(url("month"))

    with django_assert_num_queries(22):
        client.get(url("month"))


# Progress


def test_month_progress_shows_how_far_it_is_then_the_page(client):
    manager = sign_in(client)
    row = figures.ask(prison=manager.prison, month=OCTOBER, by=manager)
    figures.advance(figures_id=row.pk, progress=37, by=row.asked_by)

    waiting = client.get(url("month_progress"), headers={"HX-Request": "true"})
    assert "37 % done." in waiting.text
    assert "<html" not in waiting.text
    assert client.get(url("month_progress")).url == url("month")

    figures.keep(figures_id=row.pk, figures={}, by=User.objects.system())
    done = client.get(url("month_progress"), headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"


# Records


def test_records_lists_exactly_what_the_figure_counts_and_is_audited(client):
    keyworker = sign_in(client, Role.KEYWORKER)
    first = factories.referral(received_on=date(2026, 10, 5))
    second = factories.referral(factories.person("Zeta"), received_on=date(2026, 10, 6))
    factories.referral(received_on=date(2026, 11, 2))
    computed()

    response = client.get(url("records", "2026-10", "new_referrals"))

    rows = response.context["page"].rows
    assert [(row.name, row.url) for row in rows] == [
        ("Testerton, Sam", reverse("reporting:person", args=[first.person_id])),
        ("Zeta, Sam", reverse("reporting:person", args=[second.person_id])),
    ]
    assert dict(rows[0].cells) == {
        "Received": "5 Oct 2026",
        "Source": "Self-referral",
        "Urgency": "Ordinary",
        "Triaged": "Waiting",
    }
    assert "As computed on 15 November 2026 at 12:00." in response.text
    read = AuditEntry.objects.get(action="figures.new_referrals.listed")
    assert (read.by_id, read.detail["people"]) == (keyworker.pk, sorted([first.person_id, second.person_id]))


def test_records_says_where_the_figure_was_computed_from_fewer(client):
    sign_in(client)
    computed()
    factories.referral(received_on=date(2026, 10, 5))

    response = client.get(url("records", "2026-10", "new_referrals"))

    assert response.context["count"] == 1
    assert "computed on 15 November 2026 at 12:00 from 0; what was entered since then" in response.text


def test_records_of_a_rate_has_its_parts(client):
    sign_in(client)
    on_time = factories.referral(factories.person("Ontime"), received_on=date(2026, 10, 5))
    factories.triage(on_time, done_on=date(2026, 10, 6))
    factories.referral(factories.person("Late"), received_on=date(2026, 10, 5))

    def names(which):
        response = client.get(url("records", "2026-10", "triaged_in_time"), {"which": which})
        return [row.name for row in response.context["page"].rows]

    assert (names("all"), names("met"), names("missed")) == (
        ["Ontime, Sam", "Late, Sam"],
        ["Ontime, Sam"],
        ["Late, Sam"],
    )


def test_records_knows_no_other_figure_or_part(client):
    sign_in(client)

    assert client.get(url("records", "2026-10", "nonsense")).status_code == 404
    assert client.get(url("records", "2026-10", "caseload"), {"which": "met"}).status_code == 404


def test_records_is_not_for_the_auditor(client):
    sign_in(client, Role.AUDITOR)
    factories.referral(received_on=date(2026, 10, 5))

    assert client.get(url("records", "2026-10", "new_referrals")).status_code == 403
    assert AuditEntry.objects.get(kind="REFUSAL").action == "refused.403"


def test_records_shows_none_of_another_prison(client):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    factories.referral(spell=factories.spell(prison=altcourse), received_on=date(2026, 10, 5))
    sign_in(client)

    assert client.get(url("records", "2026-10", "new_referrals")).context["page"].rows == []


@pytest.mark.parametrize("name", indicators.BY_NAME)
@pytest.mark.parametrize("count", [1, 3])
def test_records_takes_the_same_queries_for_every_length(client, name, count, django_assert_num_queries):
    sign_in(client)
    for _ in range(count):
        busy()
    page = url("records", "2026-10", name)
    client.get(page)

    # By when a triage was due is worked out from the facts, which are asked first.
    with django_assert_num_queries(16 if name == "triaged_in_time" else 15):
        assert len(client.get(page).context["page"].rows) == count * (2 if name == "interventions" else 1)


def busy():
    """A person who counts in every figure of October."""
    referral = factories.referral(received_on=date(2026, 10, 5))
    factories.triage(referral, done_on=date(2026, 10, 6))
    case = factories.case(spell=referral.spell, worker=factories.user())
    factories.contact(case)
    factories.contact(case, type=ContactType.objects.get(code="GROUP"))


def test_records_goes_on_page_by_page(client, monkeypatch):
    sign_in(client)
    monkeypatch.setattr(records.page, "__kwdefaults__", {"size": 2})
    people = {factories.referral(received_on=date(2026, 10, 5)).person_id for _ in range(5)}

    shown, address = [], url("records", "2026-10", "new_referrals")
    while address:
        response = client.get(address)
        shown += [row.person_id for row in response.context["page"].rows]
        older = response.context["older_url"]
        address = older and url("records", "2026-10", "new_referrals") + older

    assert (set(shown), len(shown)) == (people, 5)
