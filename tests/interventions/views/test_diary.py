from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.access import Role
from casework.models import Absence, AuditEntry, RegimeTime
from interventions.models import AppointmentMove, Facilitator, GroupSession
from tests import factories

pytestmark = pytest.mark.django_db
URL = reverse("interventions:diary")
SLOTS = [("AM", time(8, 30), time(11, 30)), ("PM", time(13, 30), time(16, 30)), ("ED", time(18, 30), time(19, 30))]


@pytest.fixture
def kay(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def case(kay):
    return factories.case(spell=factories.spell(), worker=kay)


@pytest.fixture(autouse=True)
def regime(db):
    for name, starts_at, ends_at in SLOTS:
        RegimeTime.objects.create(prison=factories.prison(), name=name, starts_at=starts_at, ends_at=ends_at)


def planned(case, hour=14, day=factories.DAY, **given):
    return factories.appointment(case, at=factories.at(day, hour), **given)


def group(hour, worker=None, **given):
    at = factories.at(hour=hour)
    who = {"prison": factories.prison(), "made_by": factories.user(), "made_at": at, "capacity": 10, "kind": "GROUP"}
    made = GroupSession.objects.create(name="SMART", period=(at, at + timedelta(hours=1)), **{**who, **given})
    if worker:
        Facilitator.objects.create(session=made, prison=made.prison, worker=worker, period=made.period)
    return made


def lines(response):
    """Name of each time → what stands in it, day by day."""
    return {
        line.name: [[f"{timezone.localtime(one.at):%H:%M} {one.state}" for one in entries] for _, entries in line.cells]
        for line in response.context["diary"].lines
    }


def test_diary_of_a_keyworker_shows_his_own_day_by_the_regime(client, kay, case):
    planned(case, 9), planned(case, 14), planned(case, 12), planned(case, 19)
    planned(factories.case(worker=factories.user()), 14)
    group(15, kay), group(9), group(16, kay, state="CANCELLED", cancelled_why="TEAM_NO_ROOM")

    response = client.get(URL)

    assert lines(response) == {
        "AM": [["09:00 Not written up"]],
        "PM": [["14:00 Planned", "15:00 Planned"]],
        "ED": [["19:00 Planned"]],
        "Other times": [["12:00 Planned"]],
    }
    assert "Your diary: Wednesday 14 October 2026" in response.text
    assert "5 in the diary, of which 0 clash with something else and 1 waits to be written up." in response.text


def test_diary_of_the_prison_names_the_workers(client, kay, case):
    planned(case), planned(factories.case(worker=factories.user(full_name="Olu")), 15)
    group(9)

    response = client.get(URL, {"worker": "all"})

    assert lines(response) == {
        "AM": [["09:00 Not written up"]],
        "PM": [["14:00 Planned", "15:00 Planned"]],
        "ED": [[]],
    }
    assert "Olu" in response.text
    assert "Nobody yet" in response.text


def test_diary_of_a_week_has_a_weekend_only_where_something_is_planned(client, kay, case):
    planned(case, 9, factories.DAY + timedelta(days=1)), planned(case, 9, factories.DAY - timedelta(days=2))

    week = client.get(URL, {"span": "week"})
    planned(case, 9, factories.DAY + timedelta(days=3))
    longer = client.get(URL, {"span": "week"})

    assert lines(week)["AM"] == [["09:00 Not written up"], [], [], ["09:00 Planned"], []]
    assert [f"{day:%a}" for day in longer.context["diary"].days] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    assert "12 October to 16 October 2026" in week.text


def test_diary_shows_clashes_and_who_is_away(client, kay, case):
    planned(case), planned(factories.case(worker=kay), 14)
    Absence.objects.create(
        user=kay, prison=case.prison, from_on=factories.DAY, until_on=factories.DAY + timedelta(days=2)
    )

    response = client.get(URL)

    assert response.context["diary"].clashes == 2
    assert "Kay Worker has another session, 14:00 to 14:45." in response.text
    assert "Away: Kay Worker, 14 Oct to 16 Oct." in response.text


def test_diary_offers_to_write_up_what_has_begun_and_nothing_else(client, kay, case):
    over, coming = planned(case, 9), planned(case, 14)

    page = client.get(URL).text

    assert f"?appointment={over.pk}" in page
    assert f"?appointment={coming.pk}" not in page


def test_diary_leads_to_groups_and_drop_ins_and_to_their_registers_once_they_are_over(client, kay):
    over, coming, dropping = group(8, kay), group(15, kay), group(17, kay, kind="DROP_IN")
    closed = group(6, kay, state="HELD", closed_at=factories.at(hour=9), closed_by=kay)

    for span in ["day", "week"]:
        page = client.get(URL, {"span": span}).text
        for row, name in [(over, "group"), (coming, "group"), (closed, "group"), (dropping, "drop_in")]:
            assert f'href="{reverse(f"interventions:{name}", args=[row.pk])}"' in page

    response = client.get(URL)
    assert f'href="{reverse("interventions:register", args=[over.pk])}"' in response.text
    assert reverse("interventions:register", args=[closed.pk]) not in response.text
    assert lines(response)["Other times"] == [["06:00 Held", "08:00 Not written up", "17:00 Planned"]]
    assert response.context["diary"].unwritten == 1


def test_diary_says_that_a_group_is_to_be_run_by_somebody_who_is_away(client, kay):
    olu = factories.user(full_name="Olu")
    group(8, kay), group(15, kay), group(15, olu), group(17, olu)
    for user, days in [(kay, 2), (olu, -3)]:
        day = factories.DAY + timedelta(days=days)
        Absence.objects.create(user=user, prison=kay.prison, from_on=min(day, factories.DAY), until_on=day)

    mine, whole = client.get(URL), client.get(URL, {"worker": "all", "span": "week"})

    assert mine.context["diary"].clashes == whole.context["diary"].clashes == 1
    assert "Kay Worker is away until 16 October." in mine.text
    assert ([one.user for one in mine.context["diary"].away], "Olu, 11 Oct" in whole.text) == ([kay], False)


@pytest.mark.parametrize("span", ["day", "week"])
def test_diary_marks_what_was_moved(client, kay, case, span):
    planned(case, 15)
    assert "Moved" not in client.get(URL, {"span": span}).text

    moved = planned(case)
    AppointmentMove.objects.create(
        appointment=moved, person=case.person, prison=case.prison, before_at=factories.at(hour=9), before_minutes=45,
        before_worker=kay, why="Lock-down", by=kay, at=factories.at(),
    )  # fmt: skip

    assert client.get(URL, {"span": span}).text.count("Moved") == 1


def test_diary_leads_to_the_days_around(client, kay):
    context = client.get(URL, {"on": "30/10/2026", "span": "week", "worker": "all"}).context

    assert context["before_url"] == "?worker=all&on=23%2F10%2F2026&span=week"
    assert context["after_url"] == "?worker=all&on=06%2F11%2F2026&span=week"
    assert context["today_url"] == "?worker=all&on=14%2F10%2F2026&span=week"


@pytest.mark.parametrize("asked", [{"on": "tomorrow"}, {"span": "year"}, {"worker": "x"}, {"worker": "0"}])
def test_diary_takes_rubbish_for_nothing(client, kay, case, asked):
    planned(case)

    response = client.get(URL, asked)

    assert lines(response)["PM"] == [["14:00 Planned"]]
    assert response.context["filter"].errors == {}


def test_diary_of_a_manager_begins_with_the_prison(client, case):
    client.force_login(factories.user(Role.MANAGER))
    planned(case)

    response = client.get(URL)

    assert lines(response)["PM"] == [["14:00 Planned"]]
    assert reverse("interventions:types") in response.text


def test_diary_without_anything_says_so(client, kay):
    assert client.get(URL).text.count("Nothing is planned.") == 3


def test_diary_without_a_regime_is_a_day(client, kay, case):
    RegimeTime.objects.update(ended_on=factories.DAY)
    planned(case)

    assert lines(client.get(URL)) == {"All day": [["14:00 Planned"]]}


def test_diary_tells_the_trail_whom_it_named(client, kay, case):
    other = planned(factories.case(worker=factories.user()), worker=kay)

    client.get(URL)

    read = AuditEntry.objects.get(action="diary.listed")
    assert (read.by_id, read.detail["people"]) == (kay.pk, sorted([case.person_id, other.person_id]))


def test_diary_shows_nothing_of_another_prison(client, kay):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    there = factories.user(prison=altcourse)
    planned(factories.case(spell=factories.spell(prison=altcourse), worker=there), worker=there)

    assert client.get(URL, {"worker": "all"}).context["diary"].planned == 0
    assert client.get(URL, {"worker": there.pk}).context["diary"].planned == 0


@pytest.mark.parametrize("span", ["day", "week"])
@pytest.mark.parametrize("count", [1, 3, 40])
def test_diary_asks_the_same_number_of_queries(client, kay, case, span, count, django_assert_num_queries):
    for number in range(count):
        planned(factories.case(worker=kay), 12 + number % 4)
    group(15, kay)

    with django_assert_num_queries(28):
        client.get(URL, {"worker": "all", "span": span})


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", ["diary", "begin"])
def test_diary_is_for_caseworkers(client, role, page):
    client.force_login(factories.user(role))

    assert client.get(reverse(f"interventions:{page}")).status_code == 403


def test_begin_leads_to_the_form_for_somebody_of_ones_own_caseload(client, kay, case):
    offered = client.get(URL).context["whom"].fields["person"].queryset
    other = factories.case(worker=factories.user())
    url = reverse("interventions:begin")

    assert list(offered) == [case.person]
    assert client.get(url, {"person": case.person_id}).url == reverse("interventions:log", args=[case.person_id])
    for nobody in [other.person_id, "", "x"]:
        assert client.get(url, {"person": nobody}).url == reverse("casework:find")
