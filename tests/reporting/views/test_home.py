from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Case, ReleaseDate, RollImport, User
from partners.models import Handover
from reporting import tasks
from reporting.operations import figures
from reporting.queries.months import Month
from tests import factories

pytestmark = pytest.mark.django_db
HOME, SESSIONS = reverse("home"), reverse("reporting:sessions")
NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(NOON, tick=False):
        yield


def sign_in(client, role=Role.KEYWORKER, **given):
    made = factories.user(role, **given)
    client.force_login(made)
    return made


def leaving(days, worker):
    """A case whose person is due out in so many days."""
    case = factories.case(worker=worker)
    ReleaseDate.objects.create(
        spell=case.spell,
        prison=case.prison,
        kind="CONDITIONAL",
        on=NOON.date() + timedelta(days=days),
        recorded_at=NOON,
        recorded_by=worker,
    )
    return case


def people(response, name):
    return {row.person_id for row in response.context[name]}


# Keyworkers


def test_home_of_a_keyworker_counts_what_its_links_list(client):
    keyworker, colleague = sign_in(client), factories.user()
    mine = {leaving(days, keyworker).person_id for days in (0, 14)}
    own = {*mine, leaving(15, keyworker).person_id, factories.case(worker=keyworker).person_id}
    leaving(3, colleague)
    referral = factories.referral()
    factories.referral(spell=referral.spell, repeat_of=referral)
    factories.contact(Case.objects.filter(person_id__in=mine).first(), worker=keyworker, at=NOON)

    context = client.get(HOME).context

    assert {name: context[name] for name in ("cases", "releases", "sessions", "waiting")} == {
        "cases": 4,
        "releases": 2,
        "sessions": 1,
        "waiting": 1,
    }
    assert set(client.get(reverse("casework:caseload")).context["page"].people) == own
    releases = client.get(reverse("partners:releases") + "?within=14&whose=mine")
    assert people(releases, "cases") == mine
    assert len(client.get(reverse("referrals:queue")).context["page"].rows) == 1
    assert len(client.get(SESSIONS).context["page"].rows) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_home_of_a_keyworker_takes_the_same_queries_however_much_there_is(client, count, django_assert_num_queries):
    keyworker = sign_in(client)
    for _ in range(count):
        factories.contact(leaving(3, keyworker), worker=keyworker, at=NOON)
        factories.referral()
    client.get(HOME)

    with django_assert_num_queries(14):
        client.get(HOME)


# The day's sessions


def test_sessions_lists_todays_own_and_is_audited(client):
    keyworker = sign_in(client)
    case = factories.case(worker=keyworker)
    factories.contact(case, worker=keyworker, at=datetime(2026, 11, 15, 9, 30, tzinfo=UTC))
    factories.contact(case, worker=keyworker, at=datetime(2026, 11, 15, 8, tzinfo=UTC), outcome="PERSON_ILL")
    factories.contact(case, worker=keyworker, at=datetime(2026, 11, 14, 23, 59, tzinfo=UTC))
    factories.contact(case, worker=factories.user(), at=NOON)

    response = client.get(SESSIONS)

    assert [(dict(row.cells)["When"], dict(row.cells)["Outcome"]) for row in response.context["page"].rows] == [
        ("15 Nov 2026, 08:00", "Person: ill"),
        ("15 Nov 2026, 09:30", "Took place"),
    ]
    read = AuditEntry.objects.get(action="sessions.today.listed")
    assert (read.by_id, read.detail["people"]) == (keyworker.pk, [case.person_id])


def test_sessions_says_that_there_are_none(client):
    sign_in(client)

    assert "None yet" in client.get(SESSIONS).text


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_sessions_is_for_casework(client, role):
    sign_in(client, role)

    assert client.get(SESSIONS).status_code == 403


# Managers


def test_home_of_a_manager_counts_what_its_links_list(client):
    sign_in(client, Role.MANAGER, full_name="Mo Manager")
    ann, zoe = factories.user(full_name="Ann"), factories.user(full_name="Zoe")
    for days in (1, 2, 14, 42, 84, 85):
        leaving(days, zoe)
    nobodys = factories.case(opened_by=ann)
    factories.user(full_name="Elsewhere", prison=factories.prison("ACI", "Altcourse (HMP)"))

    response = client.get(HOME)

    assert [(days, count) for days, _, count in response.context["releases"]] == [
        ("1", 1),
        ("14", 3),
        ("42", 4),
        ("84", 5),
    ]
    for days, _, count in response.context["releases"]:
        assert len(client.get(reverse("partners:releases") + f"?within={days}").context["cases"]) == count
    held = [(worker.full_name, worker.held) for worker in response.context["workers"]]
    assert held == sorted(held)
    assert {name: cases for name, cases in held if not name.startswith("Worker")} == {
        "Ann": 0,
        "Mo Manager": 0,
        "Zoe": 6,
    }
    for worker in response.context["workers"]:
        page = client.get(reverse("casework:caseload"), {"worker": worker.pk}).context["page"]
        assert page.total == worker.held
    assert response.context["unallocated"] == 1
    nobody = client.get(reverse("casework:caseload"), {"worker": "none"}).context["page"]
    assert nobody.people == [nobodys.person_id]


def test_home_of_a_manager_keeps_somebody_who_left_and_still_holds_cases(client):
    sign_in(client, Role.MANAGER, full_name="Mo Manager")
    leaver, gone = factories.user(full_name="Leaver"), factories.user(full_name="Gone")
    factories.case(worker=leaver)
    User.objects.filter(pk__in=[leaver.pk, gone.pk]).update(is_active=False)

    workers = client.get(HOME).context["workers"]

    assert [(worker.full_name, worker.held) for worker in workers if worker.held or worker == gone] == [("Leaver", 1)]


def test_home_of_a_manager_shows_last_month_or_how_to_have_it(client):
    manager = sign_in(client, Role.MANAGER)
    october = Month.read("2026-10")
    without = client.get(HOME)
    assert (without.context["cards"], "Have them computed" in without.text) == ([], True)

    row = figures.ask(prison=manager.prison, month=october, by=manager)
    tasks.compute_month(figures_id=row.pk)

    response = client.get(HOME)
    assert len(response.context["cards"]) == 8
    assert f'href="{reverse("reporting:records", args=[october, "caseload"])}"' in response.text


@pytest.mark.parametrize("count", [1, 3])
def test_home_of_a_manager_takes_the_same_queries_however_much_there_is(client, count, django_assert_num_queries):
    sign_in(client, Role.MANAGER)
    for _ in range(count):
        leaving(3, factories.user())
        factories.referral()
    client.get(HOME)

    with django_assert_num_queries(18):
        client.get(HOME)


# The others


def test_home_of_an_administrator_names_the_last_roll(client):
    administrator = sign_in(client, Role.ADMINISTRATOR)
    assert "No roll yet" in client.get(HOME).text

    for name in ("older.csv", "newer.csv"):
        RollImport.objects.create(
            prison=administrator.prison, filename=name, uploaded_at=NOON, uploaded_by=administrator, state="DONE"
        )

    response = client.get(HOME)
    assert response.context["roll"].filename == "newer.csv"
    assert f'href="{reverse("casework:settings")}"' in response.text


def test_home_of_a_partner_counts_who_is_coming_to_his_agency_only(client):
    factories.handover()
    answered = factories.handover(state=Handover.State.ACKNOWLEDGED)
    factories.handover(agency=factories.agency("Wirral DIP"))
    sign_in(client, Role.PARTNER, agency=answered.agency)

    response = client.get(HOME)

    assert (response.context["coming"], response.context["unanswered"]) == (2, 1)
    assert "1 waiting for your answer." in response.text
    assert len(client.get(reverse("partners:coming")).context["handovers"]) == 2


def test_home_of_a_partner_to_whom_nobody_comes_says_so(client):
    factories.handover()
    sign_in(client, Role.PARTNER, agency=factories.agency("Wirral DIP"))

    assert "Nobody is coming to you" in client.get(HOME).text


def test_home_of_an_auditor_leads_to_the_trail_and_the_figures(client):
    sign_in(client, Role.AUDITOR)

    response = client.get(HOME)

    assert f'href="{reverse("casework:trail")}"' in response.text
    assert f'href="{reverse("reporting:months")}"' in response.text


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_home_names_no_one(client, role):
    sign_in(client, role)
    case = leaving(3, factories.user())

    assert case.person.surname not in client.get(HOME).text
