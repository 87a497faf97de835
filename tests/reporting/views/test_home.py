from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, ReleaseDate, Restriction, RollImport, User
from casework.operations import opening
from interventions.models import ContactType, WingRound
from partners.models import Handover
from reporting import tasks
from reporting.operations import figures
from reporting.queries.months import Month
from tests import crowd, factories

pytestmark = pytest.mark.django_db
HOME, SESSIONS = reverse("home"), reverse("reporting:sessions")
KEYWORKER_QUERIES, MANAGER_QUERIES = 50, 52
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


def listed(client, name, **query):
    """How many rows the list has that a number leads to."""
    return len(client.get(reverse(f"reporting:{name}"), query).context["rows"])


def test_home_of_a_keyworker_counts_what_its_links_list(client):
    keyworker, colleague = sign_in(client), factories.user()
    mine = {leaving(days, keyworker).person_id for days in (0, 14)}
    own = {*mine, leaving(15, keyworker).person_id, factories.case(worker=keyworker).person_id}
    leaving(3, colleague)
    referral = factories.referral()
    factories.referral(spell=referral.spell, repeat_of=referral)

    context = client.get(HOME).context

    assert {name: context[name] for name in ("cases", "leaving")} == {"cases": 4, "leaving": 2}
    assert (context["front"].waiting, context["front"].mine, context["offers"], context["slips"]) == (1, 0, 0, 0)
    # Opened on 14 October, all four were to be assessed by the 28th and seen by 4 November, and the two who are not about to leave to
    # have a start profile. Today: one exit profile, three releases that became known today, two appointments; tomorrow the third.
    assert context["numbers"] == {"overdue": 10, "today": 6, "soon": 1}
    for state, count in context["numbers"].items():
        assert listed(client, "due", state=state) == count
    assert {row.case.person.pk for row in context["rows"]} == own
    assert set(client.get(reverse("casework:caseload")).context["page"].people) == own
    shown = client.get(reverse("reporting:leaving"), {"within": "14"}).context["rows"]
    assert {row.case.person.pk for row in shown} == mine
    assert len(client.get(reverse("referrals:queue")).context["page"].rows) == 1


def test_home_of_a_keyworker_counts_the_changes_to_take_note_of(client):
    keyworker = sign_in(client)
    case = factories.case(worker=keyworker)
    factories.alert(case.person, from_at=NOON)
    factories.alert(factories.case(worker=factories.user()).person, from_at=NOON)

    assert client.get(HOME).context["changes"] == 1
    assert len(client.get(reverse("casework:changes")).context["page"].changes) == 1


def test_home_of_a_keyworker_tells_the_trail_whom_it_named(client):
    keyworker = sign_in(client)
    owed, seen = factories.case(worker=keyworker), factories.case(worker=factories.user())
    factories.contact(seen, worker=keyworker, at=NOON)

    client.get(HOME)

    read = AuditEntry.objects.get(action="today.listed")
    assert (read.by_id, read.detail["people"]) == (keyworker.pk, sorted([owed.person_id, seen.person_id]))


def test_home_of_a_keyworker_shows_the_day_and_what_is_not_written_up(client):
    keyworker = sign_in(client)
    case = factories.case(worker=keyworker)
    kept = factories.contact(case, worker=keyworker, at=NOON - timedelta(hours=2))
    factories.appointment(case, worker=keyworker, at=kept.at, contact=kept)
    factories.appointment(case, worker=keyworker, at=NOON + timedelta(hours=2))
    factories.appointment(case, worker=keyworker, at=NOON - timedelta(hours=1))
    factories.appointment(case, worker=keyworker, at=NOON - timedelta(days=3))
    factories.appointment(case, worker=keyworker, at=NOON - timedelta(days=3), called_off_at=NOON)
    factories.contact(case, worker=keyworker, at=NOON - timedelta(hours=3))

    response = client.get(HOME)

    assert [row.state for row in response.context["sessions"]] == [
        "Written up",
        "Written up",
        "Not written up",
        "Planned",
    ]
    assert [row.at for row in response.context["unwritten"]] == [NOON - timedelta(days=3), NOON - timedelta(hours=1)]
    assert listed(client, "sessions") == 4
    assert listed(client, "unwritten") == 2


def test_home_of_a_keyworker_counts_what_he_did_on_rounds(client):
    keyworker = sign_in(client)
    alone, walked = (factories.case(worker=keyworker) for _ in range(2))
    kind = ContactType.objects.get(code="BRIEF")
    by = {"worker": keyworker, "recorded_by": keyworker, "recorded_at": NOON}
    walk = WingRound.objects.create(prison=walked.prison, wing=factories.wing(), type=kind, at=NOON, minutes=10, **by)
    assert "None planned and none held yet" in client.get(HOME).text
    factories.contact(walked, worker=keyworker, at=NOON, round=walk)

    page = client.get(HOME)
    factories.contact(alone, worker=keyworker, at=NOON)
    later = client.get(HOME)

    assert (page.context["sessions"], page.context["on_rounds"]) == ([], 1)
    assert "None planned and none held yet" not in page.text
    assert "1 on wing rounds" in page.text
    assert [row.person for row in later.context["sessions"]] == [alone.person]
    assert listed(client, "sessions") == 2


def test_home_of_a_keyworker_shows_the_groups_that_he_runs_today(client):
    keyworker, day = sign_in(client), NOON.date()
    given = {"worker": keyworker, "minutes": 60}
    over, closed, coming, dropping = (
        factories.group_session(day, 9, **given),
        factories.group_session(day, 10, **given, state="HELD", closed_at=NOON, closed_by=keyworker),
        factories.group_session(day, 14, **given),
        factories.group_session(day, 16, **given, kind="DROP_IN"),
    )
    factories.group_session(day, 17, **given, state="CANCELLED", cancelled_why="TEAM_NO_ROOM")
    factories.group_session(day, 9, worker=factories.user())
    factories.group_session(day + timedelta(days=1), 9, worker=keyworker)
    for _ in range(2):
        factories.seat(coming)
    factories.seat(coming, removed_at=NOON)

    response = client.get(HOME)

    pages = {over: "register", closed: "register", coming: "group", dropping: "drop_in"}
    assert [(row.said, row.expected, row.url) for row in response.context["groups"]] == [
        (said, expected, reverse(f"interventions:{page}", args=[row.pk]))
        for said, expected, (row, page) in zip(
            ["Not written up", "Held", "Planned", "Planned"], [0, 0, 2, 0], pages.items(), strict=True
        )
    ]
    assert all(row.url in response.text for row in response.context["groups"])


@pytest.mark.parametrize("count", [1, 3, 400])
def test_home_of_a_keyworker_takes_the_same_queries_however_much_there_is(client, count, django_assert_num_queries):
    crowd.fill(count, sign_in(client), NOON)
    client.get(HOME)

    with django_assert_num_queries(KEYWORKER_QUERIES):
        client.get(HOME)


# The day's sessions


def test_sessions_lists_those_of_the_day_and_is_audited(client):
    keyworker = sign_in(client)
    case = factories.case(worker=keyworker)
    factories.contact(case, worker=keyworker, at=datetime(2026, 11, 15, 9, 30, tzinfo=UTC))
    factories.contact(case, worker=keyworker, at=datetime(2026, 11, 15, 8, tzinfo=UTC), outcome="PERSON_ILL")
    factories.contact(case, worker=keyworker, at=datetime(2026, 11, 14, 23, 59, tzinfo=UTC))
    factories.contact(case, worker=factories.user(), at=NOON)

    response = client.get(SESSIONS)

    assert [row.at.hour for row in response.context["rows"]] == [8, 9]
    assert listed(client, "sessions", worker="all") == 3
    read = AuditEntry.objects.filter(action="sessions.today.listed").last()
    assert (read.by_id, read.detail["people"]) == (keyworker.pk, [case.person_id])


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_sessions_is_for_casework(client, role):
    sign_in(client, role)

    assert client.get(SESSIONS).status_code == 403


# Managers


def test_home_of_a_manager_counts_restricted_records_and_yesterdays_openings(client):
    manager, worker = sign_in(client, Role.MANAGER), factories.user()
    for kept, lifted_at in [(factories.person(), None), (factories.person(), NOON)]:
        Restriction.objects.create(
            person=kept, prison=manager.prison, number=kept.number, made_by=manager, made_at=NOON, lifted_at=lifted_at
        )
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        opening.give_reason(person=factories.person(), reason="He rang from court", by=worker)
    opening.give_reason(person=factories.person(), reason="Asked by the wing", by=worker)

    response = client.get(HOME)

    assert (response.context["restricted"], response.context["openings"]) == (1, 1)
    for name in ["restrictions", "openings"]:
        address = reverse(f"casework:{name}")
        assert f'href="{address}"' in response.text
        assert len(client.get(address).context["page"].rows) == 1


def test_home_of_a_manager_counts_what_its_links_list(client):
    sign_in(client, Role.MANAGER, full_name="Mo Manager")
    ann, zoe = factories.user(full_name="Ann"), factories.user(full_name="Zoe", capacity=5)
    for days in (1, 2, 14, 42, 84, 85):
        leaving(days, zoe)
    nobodys = factories.case(opened_by=ann)
    factories.co_worker(nobodys, worker=ann)
    factories.contact(factories.case(worker=ann), worker=ann, at=NOON)
    factories.appointment(worker=zoe, at=NOON - timedelta(days=1))
    factories.user(full_name="Elsewhere", prison=factories.prison("ACI", "Altcourse (HMP)"))

    response = client.get(HOME)

    assert [(within, count) for within, _, count in response.context["horizons"]] == [
        ("1", 1),
        ("14", 3),
        ("42", 4),
        ("84", 5),
        ("unknown", 0),
    ]
    for within, _, count in response.context["horizons"]:
        assert listed(client, "leaving", within=within, worker="all") == count
    workers = response.context["workers"]
    held = [(one.name, one.held, one.shared, one.capacity) for one in workers if not one.name.startswith("Worker")]
    assert held == [("Ann", 1, 1, 25), ("Mo Manager", 0, 0, 25), ("Zoe", 6, 0, 5), ("Nobody", 1, 0, None)]
    for worker in workers:
        key = worker.pk or "none"
        page = client.get(reverse("casework:caseload"), {"worker": key}).context["page"]
        assert (page.total, page.shared) == (worker.held + worker.shared, worker.shared)
        for state in ["overdue", "today", "soon"]:
            assert listed(client, "due", worker=key, state=state) == getattr(worker, state)
        if worker.pk:
            assert listed(client, "sessions", worker=key) == worker.sessions
            assert listed(client, "unwritten", worker=key) == worker.unwritten
    for name, total in response.context["totals"].items():
        assert sum(getattr(worker, name) for worker in workers) == total
    nobody = client.get(reverse("casework:caseload"), {"worker": "none"}).context["page"]
    assert nobody.people == [nobodys.person_id]


def test_home_of_a_manager_keeps_somebody_who_left_and_still_holds_cases(client):
    sign_in(client, Role.MANAGER, full_name="Mo Manager")
    leaver, gone = factories.user(full_name="Leaver"), factories.user(full_name="Gone")
    factories.case(worker=leaver)
    User.objects.filter(pk__in=[leaver.pk, gone.pk]).update(is_active=False)

    workers = client.get(HOME).context["workers"]

    assert [(worker.name, worker.held) for worker in workers if worker.held or worker.pk == gone.pk] == [("Leaver", 1)]


def test_home_of_a_manager_tells_of_the_return_and_of_protocols_that_lapse(client):
    manager = sign_in(client, Role.MANAGER)
    factories.protocol(review_on=NOON.date() + timedelta(days=29))
    soon = factories.protocol(agency=factories.agency("Wirral DIP"), review_on=NOON.date() + timedelta(days=28))
    lapsed = factories.protocol(agency=factories.agency("Sefton DIP"), review_on=NOON.date() - timedelta(days=1))

    response = client.get(HOME)

    assert [(row.agency.name, row.lapses_in) for row in response.context["protocols"]] == [
        (lapsed.agency.name, -1),
        (soon.agency.name, 28),
    ]
    assert "is due on 10 November 2026" in response.text
    row = figures.ask(prison=manager.prison, month=Month.read("2026-10"), by=manager)
    tasks.compute_month(figures_id=row.pk)
    assert client.get(HOME).context["return_due"] is None


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


@pytest.mark.parametrize("count", [1, 3, 400])
def test_home_of_a_manager_takes_the_same_queries_however_much_there_is(client, count, django_assert_num_queries):
    sign_in(client, Role.MANAGER)
    crowd.fill(count, factories.user(), NOON)
    client.get(HOME)

    with django_assert_num_queries(MANAGER_QUERIES):
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
    assert "Waiting for your answer" in response.text
    coming = reverse("partners:coming")
    assert [len(client.get(coming + query).context["handovers"]) for query in ["", "?state=SENT"]] == [2, 1]


def test_home_of_a_partner_to_whom_nobody_comes_says_so(client):
    factories.handover()
    sign_in(client, Role.PARTNER, agency=factories.agency("Wirral DIP"))

    assert "Nobody is coming to you" in client.get(HOME).text


def test_home_of_an_auditor_leads_to_the_trail_and_the_figures(client):
    sign_in(client, Role.AUDITOR)

    response = client.get(HOME)

    assert f'href="{reverse("casework:trail")}"' in response.text
    assert f'href="{reverse("reporting:months")}"' in response.text


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.SYSTEM, Role.KEYWORKER}])
def test_home_names_no_one(client, role):
    sign_in(client, role)
    case = leaving(3, factories.user())

    assert case.person.surname not in client.get(HOME).text
