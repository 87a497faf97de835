from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Restriction
from tests import factories

pytestmark = pytest.mark.django_db
HOME, DAY = reverse("home"), factories.DAY
LONG_AGO, YESTERDAY = DAY - timedelta(days=4), DAY - timedelta(days=1)
ALL = {
    "Out, and no handover made": 1,
    "Registers open too long": 2,
    "Lines of registers put off": 1,
    "Unit reviews overdue": 2,
    "Unit tests overdue": 1,
    "Peer supervision overdue": 1,
    "Handovers not acknowledged": 2,
    "Outcomes not told": 1,
    "Releases moved, not looked at": 1,
}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(factories.at(hour=11), tick=False):
        yield


def enter(client, role=Role.KEYWORKER, **given):
    user = factories.user(role, **given)
    client.force_login(user)
    return user


def page_of(name):
    return reverse("reporting:late", args=[name])


def everything(times=1):
    """Something of each kind that is late, beside something that is not yet."""
    for _ in range(times):
        factories.group_session(LONG_AGO)
        drop_in = factories.group_session(LONG_AGO, kind="DROP_IN", name="Friday drop-in")
        factories.group_session(YESTERDAY)
        case = factories.case(spell=factories.spell(), worker=factories.user())
        factories.seat(drop_in, case.person, contact=factories.contact(case), skipped=True)
        factories.unit_stay(state="LIVING", review_due=YESTERDAY, test_due=YESTERDAY)
        factories.unit_stay(state="LIVING", review_due=YESTERDAY, test_due=DAY)
        factories.peer(state="ACTIVE", supervision_due=YESTERDAY)
        factories.peer(state="ACTIVE", supervision_due=DAY)
        at_agencies()
        out = factories.case(spell=factories.spell(), worker=factories.user())
        factories.end(out.spell, ended_at=factories.at(YESTERDAY), end="RELEASED_COURT")


def at_agencies():
    """Two that no agency answered in time, one of them with a release that moved; one whose outcome nobody told; others in time."""
    manager_told = factories.at(DAY - timedelta(days=7))
    moved = factories.handover(sent_at=manager_told)
    moved.release_moves.create(
        prison=moved.prison, agency=moved.agency, before_on=DAY, after_on=DAY + timedelta(days=1), at=factories.at(YESTERDAY)
    )  # fmt: skip
    factories.handover(sent_at=manager_told)
    factories.handover(sent_at=factories.at(YESTERDAY))
    factories.handover(state="ACKNOWLEDGED", sent_at=manager_told)
    for days, end in [(23, "RELEASED"), (20, "RELEASED"), (23, "TRANSFERRED")]:
        made = factories.handover(state="ACKNOWLEDGED", sent_at=manager_told)
        factories.end(made.case.spell, ended_at=factories.at(DAY - timedelta(days=days)), end=end)


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
def test_home_counts_what_is_late_and_each_number_leads_to_exactly_those(client, role):
    enter(client, role)
    everything()

    home = client.get(HOME)

    assert {title: count for title, count, _ in home.context["late"]} == ALL
    for title, count, url in home.context["late"]:
        assert f'href="{url}"' in home.text
        listed = client.get(url)
        assert (listed.context["title"], len(listed.context["rows"])) == (title, count)
        for row in listed.context["rows"]:
            assert client.get(row.url).status_code in {200, 302}


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
def test_home_shows_no_card_while_nothing_is_late(client, role):
    enter(client, role)
    factories.group_session(YESTERDAY)

    page = client.get(HOME)

    assert page.context["late"] == []
    assert "Late in the whole team" not in page.text
    assert reverse("interventions:rounds") in page.text
    assert reverse("interventions:diary") in page.text


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("without", 15),
        ("registers", 12),
        ("lines", 13),
        ("reviews", 13),
        ("tests", 13),
        ("supervision", 13),
        ("unanswered", 13),
        ("untold", 13),
        ("moved", 13),
    ],  # fmt: skip
)
def test_late_asks_the_same_number_of_queries(client, name, queries, count, django_assert_num_queries):
    enter(client)
    everything(count)
    client.get(page_of(name))

    with django_assert_num_queries(queries):
        client.get(page_of(name))


def test_late_tells_the_trail_whom_it_named(client):
    user, peer = enter(client), factories.peer(state="ACTIVE", supervision_due=YESTERDAY)

    client.get(page_of("supervision"))

    read = AuditEntry.objects.get(action="late.supervision.listed")
    assert (read.by_id, read.detail["people"]) == (user.pk, [peer.person_id])


def test_late_without_anything_says_so(client):
    enter(client)

    assert "Nothing is late here" in client.get(page_of("registers")).text


def test_late_hides_restricted_people_and_other_prisons(client):
    enter(client)
    peer = factories.peer(state="ACTIVE", supervision_due=YESTERDAY)
    manager = factories.user(Role.MANAGER)
    Restriction.objects.create(
        person=peer.person, prison=peer.prison, number=peer.person.number, made_by=manager, made_at=factories.at()
    )
    assert client.get(page_of("supervision")).context["rows"] == []

    everything()
    enter(client, prison=factories.prison("ACI", "Altcourse (HMP)"))
    assert client.get(HOME).context["late"] == []
    assert [client.get(page_of(name)).context["rows"] for name in ["registers", "lines", "reviews"]] == [[]] * 3


def test_late_knows_no_other_list(client):
    enter(client)

    assert client.get(page_of("anything")).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_late_is_for_casework(client, role):
    enter(client, role)

    assert client.get(page_of("registers")).status_code == 403
