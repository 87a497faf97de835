"""The pages of peer supporters."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, User
from interventions.models import PeerSupporter, Supervision
from interventions.views import peer as views
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def url(name, *args):
    return reverse(f"interventions:{name}", args=args)


def test_peers_shows_who_is_at_work_what_is_due_and_the_wings_with_nobody(client, worker):
    b, c, d = factories.wing("B"), factories.wing("C"), factories.wing("D")
    late = factories.peer(state="ACTIVE", wings=[b], supervision_due=DAY - timedelta(days=1))
    suspended = factories.peer(state="SUSPENDED", wings=[c], supervision_due=DAY - timedelta(days=3))
    proposed = factories.peer()
    factories.peer(state="ENDED")

    response = client.get(url("peers"))

    page = response.context["page"]
    assert page.rows == [late, suspended, proposed]
    assert (page.active, page.late, page.uncovered) == (1, 1, [c, d])
    assert [entry.detail["people"] for entry in AuditEntry.objects.filter(action="peers.listed")] == [
        sorted(row.person_id for row in page.rows)
    ]
    assert "They have no account" in response.text


def test_peers_is_empty_in_words(client, worker):
    assert "Nobody is a peer supporter yet" in client.get(url("peers")).text
    assert "Nobody has stopped" in client.get(url("peers_stopped")).text


@pytest.mark.parametrize("count", [1, 3, 40])
def test_peers_asks_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    wings = [factories.wing("B"), factories.wing("C")]
    for _ in range(count):
        factories.peer(state="ACTIVE", wings=wings, supervised_by=worker)

    with django_assert_num_queries(PEERS_QUERIES):
        client.get(url("peers"))


PEERS_QUERIES = 19


@pytest.mark.parametrize("count", [1, 3])
def test_peer_asks_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    peer = factories.peer(state="ACTIVE", wings=[factories.wing("B")], supervised_by=worker)
    for number in range(count):
        Supervision.objects.create(
            peer=peer, person=peer.person, prison=peer.prison, on=DAY - timedelta(days=number), by=worker, note="x",
            recorded_at=factories.at(),
        )  # fmt: skip

    with django_assert_num_queries(PEER_QUERIES):
        client.get(url("peer", peer.pk))


PEER_QUERIES = 25


def test_stopped_pages_by_key(client, worker, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    old, middle, new = (
        factories.peer(state="ENDED", ended_on=DAY - timedelta(days=days)) for days in [2, 1, 0]
    )  # fmt: skip

    first = client.get(url("peers_stopped"))
    second = client.get(url("peers_stopped") + first.context["older_url"])

    assert [first.context["rows"], second.context["rows"]] == [[new, middle], [old]]
    assert client.get(url("peers_stopped"), {"after": "x"}).context["rows"] == [new, middle]


def test_a_peer_supporter_from_put_forward_to_stop(client, worker):
    accounts, wing, person = User.objects.count(), factories.wing("B"), factories.spell().person
    on, soon = {"on": "14/10/2026"}, "28/10/2026"

    made = client.post(
        url("put_forward", person.pk),
        {"proposed_on": "14/10/2026", "supervised_by": worker.pk, "note": "Calm", "nonce": uuid4()},
    )
    peer = PeerSupporter.objects.get()
    answers = [
        client.post(url("clear_peer", peer.pk), {**on, "said_by": "SO Sample"}),
        client.post(url("train_peer", peer.pk), on),
        client.post(url("begin_peer", peer.pk), {**on, "wings": [wing.pk], "supervision_due": soon}),
        client.post(url("supervise_peer", peer.pk), {**on, "note": "Goes well", "next_on": soon, "nonce": uuid4()}),
        client.post(url("suspend_peer", peer.pk), {**on, "why": "A fight"}),
        client.post(url("peer_back", peer.pk), {**on, "note": "Settled"}),
        client.post(
            url("change_peer", peer.pk),
            {"supervised_by": worker.pk, "supervision_due": soon, "wings": [], "version": version(peer)},
        ),
        client.post(url("stop_peer", peer.pk), {**on, "why": "Own wish"}),
    ]

    peer.refresh_from_db()
    assert [answer.url for answer in [made, *answers]] == [url("peer", peer.pk)] * 9
    assert (peer.state, peer.end_why, peer.wings.filter(until_on=None).count()) == ("ENDED", "Own wish", 0)
    text = client.get(url("peer", peer.pk)).text
    for told in ["As SO Sample said.", "A fight", "Settled", "Goes well", "Own wish"]:
        assert told in text
    assert User.objects.count() == accounts
    assert "Stopped" in client.get(url("unit_history", person.pk)).text


def version(peer):
    peer.refresh_from_db()
    return peer.version


@pytest.mark.parametrize(
    ("name", "sent", "field"),
    [
        ("clear_peer", {"on": "14/10/2026", "said_by": ""}, "said_by"),
        ("clear_peer", {"on": "15/10/2026", "said_by": "SO"}, "on"),
        ("train_peer", {"on": "then"}, "on"),
        ("begin_peer", {"on": "14/10/2026", "wings": [], "supervision_due": "28/10/2026"}, "wings"),
        ("stop_peer", {"on": "14/10/2026", "why": "x" * 100_000}, "why"),
    ],
)
def test_refusals_stand_beside_the_field_and_change_nothing(client, worker, name, sent, field):
    peer = factories.peer()

    response = client.post(url(name, peer.pk), sent)

    peer.refresh_from_db()
    assert (list(response.context["form"].errors), peer.version, peer.state) == ([field], 1, "PROPOSED")


def test_begin_before_clearance_is_refused_in_words(client, worker):
    peer, wing = factories.peer(), factories.wing("B")

    response = client.post(
        url("begin_peer", peer.pk), {"on": "14/10/2026", "wings": [wing.pk], "supervision_due": "28/10/2026"}
    )

    assert "is not cleared by security and not trained yet, so cannot begin." in response.text


NAMES = [
    "peer", "clear_peer", "train_peer", "begin_peer", "change_peer", "suspend_peer", "peer_back", "stop_peer",
    "supervise_peer",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_peer_pages_are_shown_audited_and_of_one_prison(client, worker, name):
    peer = factories.peer(state="ACTIVE")

    assert client.get(url(name, peer.pk)).status_code == 200
    assert AuditEntry.objects.filter(action="peer.opened", person_id=peer.person_id).count() == 1
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))
    assert client.get(url(name, peer.pk)).status_code == 404
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(url(name, peer.pk)).status_code == 403
