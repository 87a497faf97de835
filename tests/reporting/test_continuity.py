"""Continuity of care: who was released with a need, and how far he was handed over."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from casework.access import Role
from casework.models import AgencyArea, AuditEntry, Case, CustodySpell, Restriction
from partners.models import Handover
from reporting.queries import continuity as queries
from reporting.queries.months import Month
from tests import factories

pytestmark = pytest.mark.django_db
DAY, State, End = factories.DAY, Handover.State, CustodySpell.End
OUT = DAY - timedelta(days=10)
PAGE = reverse("reporting:continuity")
OCTOBER = Month(DAY.replace(day=1))


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(factories.at(hour=11), tick=False):
        yield


@pytest.fixture
def worker(client):
    user = factories.user()
    client.force_login(user)
    return user


def released(worker, on=OUT, end=End.RELEASED, state=None, sent_on=None, **given):
    """A release with an open case, and a handover in ``state``."""
    case = factories.case(worker=worker, opened_on=DAY - timedelta(days=90))
    factories.end(case.spell, ended_at=factories.at(on), end=end)
    if state:
        sent_at = factories.at(sent_on or on - timedelta(days=9))
        case.made = factories.handover(case, state=state, sent_at=sent_at, **given)
    return case


def appoint(case, outcome="", days=5):
    case.made.appointments.create(
        prison=case.prison, agency=case.made.agency, at=factories.at(OUT + timedelta(days=days)), where="High Street",
        offered_by=case.made.made_by, offered_at=factories.at(OUT), outcome=outcome,
        outcome_at=factories.at() if outcome else None,
    )  # fmt: skip
    return case


def steps(worker):
    return [row.steps for row in queries.releases(worker, OCTOBER)]


SAID = {"appointment": {"on": "2026-10-09"}}


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (lambda worker: released(worker), {"unknown"}),
        (lambda worker: released(worker, state=State.SENT), {"sent", "unknown"}),
        (lambda worker: released(worker, state=State.SENT, content=SAID), {"sent", "appointment", "unknown"}),
        (lambda worker: released(worker, state=State.SENT, sent_on=DAY), {"unknown"}),
        (lambda worker: released(worker, state=State.DRAFT), {"unknown"}),
        (lambda worker: released(worker, state=State.ACKNOWLEDGED), {"sent", "accepted", "unknown"}),
        (lambda worker: released(worker, state=State.REFUSED), {"sent", "not_kept"}),
        (lambda worker: released(worker, state=State.CLOSED, closed_why="REFUSED"), {"sent", "not_kept"}),
        (
            lambda worker: appoint(released(worker, state=State.OFFERED)),
            {"sent", "accepted", "appointment", "unknown"},
        ),
        (
            lambda worker: appoint(released(worker, state=State.KEPT), "KEPT"),
            {"sent", "accepted", "appointment", "kept"},
        ),
        (
            lambda worker: appoint(released(worker, state=State.KEPT), "KEPT", days=22),
            {"sent", "accepted", "appointment", "not_kept"},
        ),
        (
            lambda worker: appoint(appoint(released(worker, state=State.KEPT), "MISSED", days=2), "KEPT", days=21),
            {"sent", "accepted", "appointment", "kept"},
        ),
        (
            lambda worker: appoint(released(worker, state=State.MISSED), "MISSED"),
            {"sent", "accepted", "appointment", "not_kept"},
        ),
    ],
)
def test_a_release_counts_as_far_as_it_was_handed_over(worker, made, found):
    made(worker)

    assert steps(worker) == [{"released"} | found]


def test_only_releases_with_a_need_count(worker):
    for end in [End.DIED, End.TRANSFERRED, End.OTHER]:
        released(worker, end=end)
    before = released(worker)
    Case.objects.filter(pk=before.pk).update(
        closed_on=OUT - timedelta(days=1), close_reason="DROPPED_OUT", closed_by=worker
    )
    released(worker, on=OUT.replace(month=9))
    released(worker, end=End.RELEASED_COURT)

    assert len(steps(worker)) == 1


def test_the_handover_that_went_furthest_counts(worker):
    case = released(worker, state=State.REFUSED)
    other = factories.handover(
        case, agency=factories.agency("Wirral DIP"), state=State.ACKNOWLEDGED, sent_at=factories.at(OUT)
    )

    (row,) = queries.releases(worker, OCTOBER)

    assert (row.handover, row.area, row.steps) == (other.pk, "Wirral DIP", {"released", "sent", "accepted", "unknown"})


def filled(worker):
    AgencyArea.objects.create(agency=factories.agency(), area="Liverpool", from_on=DAY)
    appoint(released(worker, state=State.KEPT), "KEPT")
    released(worker, state=State.SENT)
    released(worker)
    released(worker, on=OUT - timedelta(days=30), state=State.SENT, agency=factories.agency("Wirral DIP"))


def test_lines_are_months_with_their_areas_and_each_number_opens_its_list(client, worker):
    filled(worker)

    page = client.get(PAGE)

    told = [(str(line.month), line.area, list(line.numbers.values())) for line, _ in page.context["lines"]]
    assert told == [
        ("2026-10", "", [3, 2, 1, 1, 1, 0, 2]),
        ("2026-10", "Liverpool", [2, 2, 1, 1, 1, 0, 1]),
        ("2026-10", "Area not known", [1, 0, 0, 0, 0, 0, 1]),
        ("2026-09", "", [1, 1, 0, 0, 0, 0, 1]),
        ("2026-09", "Wirral DIP", [1, 1, 0, 0, 0, 0, 1]),
    ]
    for _, numbers in page.context["lines"]:
        for title, number, url in numbers:
            listed = client.get(PAGE + url)
            assert (listed.context["title"], len(listed.context["rows"])) == (title, number)


def test_the_list_tells_the_trail_whom_it_named(client, worker):
    case = released(worker, state=State.SENT)

    page = client.get(f"{PAGE}2026-10/sent/")

    assert case.person.number in page.text
    assert AuditEntry.objects.get(action="continuity.sent.listed").detail == {"people": [case.person_id]}


@pytest.mark.parametrize("url", ["2026-10/anything/", "2027-10/sent/", "2026-13/sent/"])
def test_what_is_not_counted_is_not_found(client, worker, url):
    assert client.get(PAGE + url).status_code == 404


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(("url", "queries_"), [("", 16), ("2026-10/released/", 18)])
def test_it_asks_the_same_number_of_queries(client, worker, times, url, queries_, django_assert_num_queries):
    for _ in range(times):
        appoint(released(worker, state=State.KEPT), "KEPT")
    client.get(PAGE + url)

    with django_assert_num_queries(queries_):
        client.get(PAGE + url)


def test_a_restricted_release_counts_for_nobody_else(client, worker):
    case, manager = released(worker), factories.user(Role.MANAGER)
    Restriction.objects.create(
        person=case.person, prison=case.prison, number=case.person.number, made_by=manager, made_at=factories.at()
    )

    assert client.get(PAGE).context["lines"] == []
    assert "Nobody was released with a need" in client.get(PAGE).text


def test_it_is_for_casework_of_the_prison(client, worker):
    released(worker)
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert client.get(PAGE).context["lines"] == []
    for role in [Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert [client.get(PAGE).status_code, client.get(f"{PAGE}2026-10/sent/").status_code] == [403, 403]
