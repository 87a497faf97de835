from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, CourtDate, LegalStatus, ReleaseDate
from casework.operations import case as cases
from partners.models import OutwardReferral
from reporting.queries import due
from tests import crowd, factories
from tests.partners import walks

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
TODAY = NOON.date()
DUE, LEAVING = reverse("reporting:due"), reverse("reporting:leaving")


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def keyworker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def case(worker=None, *, opened=TODAY, release=None, court=None, status="SENTENCED", surname="Testerton", prison=None):
    """An open case with what says when its person may leave."""
    prison = prison or factories.prison()
    person = factories.person(surname, prison_ids=[prison.pk])
    spell = factories.spell(person, prison=prison, received_on=opened)
    by = worker or factories.user(prison=prison)
    its = {"spell": spell, "prison": prison}
    LegalStatus.objects.create(status=status, from_at=NOON, **its)
    if release:
        ReleaseDate.objects.create(kind="CONDITIONAL", on=release, recorded_at=NOON, recorded_by=by, **its)
    if court:
        CourtDate.objects.create(
            person=person, on=court, court="Liverpool Crown", said_by="List", recorded_by=by, recorded_at=NOON, **its
        )
    return factories.case(spell=spell, worker=worker, opened_on=opened, opened_by=by)


def rows(client, url, **query):
    return client.get(url, query).context["rows"]


def owed(client, **query):
    return [(row.due.kind.name, row.due.on, row.state.name) for row in rows(client, DUE, **query)]


# What is due


def test_due_tells_what_is_owed_and_by_when(client, keyworker):
    case(keyworker, opened=date(2026, 11, 2))

    assert owed(client) == [
        ("COMPREHENSIVE", date(2026, 11, 16), "TODAY"),
        ("TOP_START", date(2026, 11, 16), "TODAY"),
        ("FIRST_INTERVENTION", date(2026, 11, 23), "SOON"),
    ]


def test_due_shows_the_latest_first_and_is_audited(client, keyworker):
    late = case(keyworker, opened=date(2026, 9, 1))
    recent = case(keyworker, opened=date(2026, 10, 20))

    response = client.get(DUE)

    shown = response.context["rows"]
    assert [row.due.on for row in shown] == sorted(row.due.on for row in shown)
    assert (shown[0].when, shown[0].case.person) == ("62 days late", late.person)
    read = AuditEntry.objects.get(action="due.listed")
    assert (read.by_id, read.detail["people"]) == (keyworker.pk, sorted([late.person_id, recent.person_id]))


def test_due_is_narrowed_by_worker_time_and_kind(client, keyworker):
    case(keyworker, opened=date(2026, 11, 2))
    case(factories.user(), opened=date(2026, 11, 2))
    case(None, opened=date(2026, 11, 2))

    assert len(owed(client)) == 3
    assert len(owed(client, worker="all")) == 9
    assert len(owed(client, worker="none")) == 3
    assert [kind for kind, _, _ in owed(client, state="soon")] == ["FIRST_INTERVENTION"]
    assert [kind for kind, _, _ in owed(client, kind="top-start")] == ["TOP_START"]


@pytest.mark.parametrize(
    "query", [{"worker": "999999"}, {"worker": "x"}, {"state": "x"}, {"kind": "\0"}, {"after": "x"}]
)
def test_due_begins_at_the_beginning_when_the_address_is_garbage(client, keyworker, query):
    case(keyworker, opened=date(2026, 11, 2))

    assert len(rows(client, DUE, **query)) in {0, 3}


def test_due_pages_by_key(client, keyworker, monkeypatch):
    monkeypatch.setattr(due, "PAGE", 2)
    case(keyworker, opened=date(2026, 11, 2))

    begin = client.get(DUE)
    after = client.get(DUE + begin.context["older_url"])

    kinds = [[row.due.kind.name for row in page.context["rows"]] for page in (begin, after)]
    assert kinds == [["COMPREHENSIVE", "TOP_START"], ["FIRST_INTERVENTION"]]
    assert after.context["older_url"] == ""


def test_due_of_a_manager_begins_with_the_team(client):
    client.force_login(factories.user(Role.MANAGER))
    case(factories.user(), opened=date(2026, 11, 2))

    assert len(owed(client)) == 3
    page = client.get(reverse("reporting:due"))
    assert page.context["filter"].fields["worker"].choices[0] == ("all", "The whole team")  # says what it shows


def test_due_holds_nothing_of_another_prison(client, keyworker):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    case(factories.user(prison=altcourse), opened=date(2026, 11, 2), prison=altcourse)

    assert owed(client, worker="all") == []


def test_due_owes_nothing_once_a_case_is_closed(client, keyworker):
    closed = case(keyworker, opened=date(2026, 11, 2))
    cases.close(case=closed, reason="COMPLETED", closed_on=TODAY, by=keyworker)

    assert owed(client, worker="all") == []


def test_due_follows_the_settings_of_the_prison(client, keyworker):
    case(keyworker, opened=date(2026, 11, 2))
    keyworker.prison.comprehensive_working_days = 3
    keyworker.prison.save()

    assert owed(client, kind="comprehensive") == [("COMPREHENSIVE", date(2026, 11, 5), "OVERDUE")]


@pytest.mark.parametrize(
    ("started", "last"),
    [(None, date(2026, 11, 16)), (date(2026, 11, 2), date(2026, 11, 16)), (date(2026, 10, 30), date(2026, 11, 13))],
)
def test_due_counts_the_start_profile_from_the_start_of_treatment_as_its_page_does(client, keyworker, started, last):
    one = case(keyworker, opened=date(2026, 11, 2))
    factories.contact(one, at=NOON - timedelta(days=4), worker=keyworker)
    if started:
        factories.strand(one, kind="DETOX", started_on=started)
        factories.strand(one, kind="PSYCHOSOCIAL", started_on=date(2026, 11, 9))

    ((_, on, _),) = owed(client, kind="top-start")
    ((_, window),) = client.get(rows(client, DUE, kind="top-start")[0].url).context["windows"]

    assert (on, window.last) == (last, last)


def test_due_leads_to_the_page_on_which_each_is_done(client, keyworker):
    new, known = case(keyworker, opened=date(2026, 11, 2)), case(keyworker, opened=date(2026, 8, 1))
    leaver = case(keyworker, opened=date(2026, 11, 9), release=TODAY + timedelta(days=2))
    strand = factories.strand(known, kind="DETOX")
    factories.assessment(known, "COMPREHENSIVE", done_on=date(2026, 8, 3))
    factories.assessment(leaver, "COMPREHENSIVE", done_on=date(2026, 11, 10))
    agreed = factories.plan(known, begun_on=date(2026, 8, 4), agreed_on=date(2026, 8, 4))
    factories.action(factories.goal(agreed), worker=keyworker, due_on=TODAY)
    factories.profile(known, done_on=date(2026, 5, 12))

    shown = {(row.due.kind.name, row.case.pk): row.url for row in rows(client, DUE)}
    found = {kind: shown[kind, of.pk] for kind, of in [
        ("COMPREHENSIVE", new), ("TOP_START", new), ("CLINICAL_REVIEW", known), ("PLAN_REVIEW", known), ("ACTION", known),
        ("TOP_REVIEW", known), ("PLAN", leaver), ("TOP_EXIT", leaver),
    ]}  # fmt: skip

    assert found == {
        "COMPREHENSIVE": reverse("casework:assessments", args=[new.person_id]),
        "TOP_START": reverse("casework:record_profile", args=[new.person_id]) + "?stage=START",
        "CLINICAL_REVIEW": reverse("casework:review_strand", args=[strand.pk]),
        "PLAN_REVIEW": reverse("casework:plan", args=[known.person_id]),
        "ACTION": reverse("casework:plan", args=[known.person_id]),
        "TOP_REVIEW": reverse("casework:record_profile", args=[known.person_id]) + "?stage=REVIEW",
        "PLAN": reverse("casework:plan", args=[leaver.person_id]),
        "TOP_EXIT": reverse("casework:record_profile", args=[leaver.person_id]) + "?stage=EXIT",
    }
    assert {client.get(url).status_code for url in shown.values()} == {200}


def test_due_tells_of_referrals_to_agencies(client, keyworker):
    person = case(keyworker).person
    for agency in [factories.agency(), factories.agency("Wirral DIP"), factories.agency("Sefton DIP")]:
        factories.consent(person, agency=agency)
    waits = walks.refer(person, at=NOON - timedelta(days=10))
    answered = walks.refer(person, agency=factories.agency("Wirral DIP"))
    withdrawn = walks.refer(person, agency=factories.agency("Sefton DIP"))
    known = {"answered_at": NOON, "answered_by": keyworker}
    OutwardReferral.objects.filter(pk=answered.pk).update(state="REFUSED", **known)
    OutwardReferral.objects.filter(pk=withdrawn.pk).update(state="WITHDRAWN", **known)

    found = {row.due.kind.name: row for row in rows(client, DUE) if row.due.kind.name.startswith("OUTWARD")}

    assert {name: (row.due.detail, row.state.name, row.url) for name, row in found.items()} == {
        "OUTWARD_ANSWER": ("Liverpool DIP", "OVERDUE", reverse("partners:told_answer", args=[waits.pk])),
        "OUTWARD_SEEN": ("Wirral DIP", "SOON", reverse("partners:release", args=[person.pk])),
    }


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("name", ["due", "leaving", "sessions", "unwritten"])
def test_lists_are_for_casework(client, role, name):
    client.force_login(factories.user(role))

    assert client.get(reverse(f"reporting:{name}")).status_code == 403


@pytest.mark.parametrize("count", [1, 3, 400])
@pytest.mark.parametrize(("url", "queries"), [(DUE, 27), (LEAVING, 28)])
def test_lists_take_the_same_queries_however_much_there_is(
    client, keyworker, count, url, queries, django_assert_num_queries
):
    crowd.fill(count, keyworker, NOON)
    client.get(url)

    with django_assert_num_queries(queries):
        client.get(url)


# Who could leave


def leavers(client, **query):
    shown = rows(client, LEAVING, worker="all", **query)
    return [(row.case.person.surname, row.on, row.why) for row in shown]


def test_leaving_knows_release_and_court_dates_and_those_who_may_go_any_day(client, keyworker):
    tomorrow = TODAY + timedelta(days=1)
    case(keyworker, surname="Release", release=tomorrow)
    case(keyworker, surname="Court", court=TODAY, status="REMAND")
    case(keyworker, surname="Both", court=tomorrow, release=TODAY + timedelta(days=60))
    case(keyworker, surname="Later", release=TODAY + timedelta(days=2))
    case(keyworker, surname="Anyday", status="REMAND")
    case(keyworker, surname="Sentenced")

    assert leavers(client) == [
        ("Court", TODAY, "Court: Liverpool Crown"),
        ("Release", tomorrow, "Release date"),
        ("Both", tomorrow, "Court: Liverpool Crown"),
    ]
    assert [len(leavers(client, within=days)) for days in ["1", "14", "42", "84"]] == [3, 4, 4, 4]
    assert leavers(client, within="unknown") == [("Anyday", None, "No court date known")]


def test_leaving_forgets_a_court_date_that_was_taken_back_or_is_past(client, keyworker):
    taken_back = case(keyworker, court=TODAY)
    taken_back.spell.court_dates.update(withdrawn_at=NOON, withdrawn_by=keyworker)
    case(keyworker, court=TODAY - timedelta(days=1))

    assert leavers(client, within="84") == []


def test_leaving_tells_what_is_missing_for_each(client, keyworker):
    case(keyworker, surname="Nothing", release=TODAY)
    sent = case(keyworker, surname="Sent", release=TODAY)
    said = {"naloxone": {"answer": "Given"}, "harm_reduction": ["Overdose"], "no_appointment_because": "No date yet"}
    factories.handover(sent, content=said)

    missing = {row.case.person.surname: row.missing for row in rows(client, LEAVING)}

    assert missing == {
        "Nothing": [
            "Consent not asked",
            "Handover not begun",
            "Naloxone not answered",
            "Harm reduction not given",
            "No appointment",
            "Not assessed",
            "No plan",
        ],
        "Sent": ["Not assessed", "No plan"],
    }


def test_leaving_is_audited(client, keyworker):
    leaver = case(keyworker, release=TODAY)

    client.get(LEAVING)

    assert AuditEntry.objects.get(action="leaving.listed").detail["people"] == [leaver.person_id]
