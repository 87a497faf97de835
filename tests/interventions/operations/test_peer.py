"""Peer supporters: every step that is meant, and none that is not."""

import itertools
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from casework.models import AuditEntry, CustodySpell, User
from casework.operations import custody, person
from interventions.models import PeerStep, PeerSupporter, PeerWing, Supervision
from interventions.operations import peer as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
SOON = DAY + timedelta(days=14)
State = PeerSupporter.State


@pytest.fixture
def worker():
    return factories.user()


def steps(peer):
    return list(peer.steps.order_by("pk").values_list("what", flat=True))


HERE = {"PROPOSED", "ACTIVE", "SUSPENDED"}


def acts(worker, wing):
    """What it does, in which states it may be done, into which state it leads (None where it stays), by name."""
    said, then = {"by": worker, "on": DAY}, {"by": worker, "supervision_due": SOON, "wings": [wing]}
    return {
        "clear": (lambda p: operations.clear(peer=p, said_by="SO New", **said), HERE, None),
        "train": (lambda p: operations.train(peer=p, **said), HERE, None),
        "begin": (lambda p: operations.begin(peer=p, on=DAY, **then), {"PROPOSED"}, "ACTIVE"),
        "suspend": (lambda p: operations.suspend(peer=p, why="A phone", **said), {"ACTIVE"}, "SUSPENDED"),
        "come_back": (lambda p: operations.come_back(peer=p, **said), {"SUSPENDED"}, "ACTIVE"),
        "stop": (lambda p: operations.stop(peer=p, why="Wants to work", **said), HERE, "ENDED"),
        "supervise": (
            lambda p: operations.supervise(peer=p, note="Goes well", next_on=SOON, **said),
            {"ACTIVE", "SUSPENDED"},
            None,
        ),
        "change": (lambda p: operations.change(peer=p, version=1, supervised_by=worker, **then), HERE, None),
    }


ACTS = ["clear", "train", "begin", "suspend", "come_back", "stop", "supervise", "change"]


@pytest.mark.parametrize(("before", "name"), list(itertools.product(State, ACTS)))
def test_each_act_is_done_in_its_states_and_in_no_other(worker, before, name):
    ready = {"cleared_on": DAY - timedelta(days=3), "cleared_by": "SO Sample", "trained_on": DAY - timedelta(days=3)}
    given = {"ended_on": DAY - timedelta(days=1)} if before == "ENDED" else {}
    peer = factories.peer(state=before, **ready, **given)
    act, allowed, after = acts(worker, factories.wing("B"))[name]

    if before in allowed:
        act(peer)
    else:
        with pytest.raises(ValidationError, match="so this cannot be done"):
            act(peer)

    peer.refresh_from_db()
    assert peer.state == (after if before in allowed and after else before)
    if before in allowed and after:
        assert after in PeerSupporter.MOVES[before]


def test_the_table_of_moves_names_every_state_and_every_move_has_its_act(worker):
    made = {
        (before, after)
        for _, allowed, after in acts(worker, factories.wing("B")).values()
        for before in allowed
        if after
    }

    assert PeerSupporter.MOVES.keys() == operations.STANDS.keys() == set(State)
    assert made == {(before, after) for before, afters in PeerSupporter.MOVES.items() for after in afters}


def test_put_forward_is_for_people_who_are_here_once_and_makes_no_account(worker):
    accounts, stay = User.objects.count(), factories.spell()

    peer = operations.put_forward(person=stay.person, proposed_on=DAY, supervised_by=worker, by=worker, note="Patient")

    assert (peer.state, steps(peer), User.objects.count()) == ("PROPOSED", ["PUT_FORWARD"], accounts)
    with pytest.raises(ValidationError, match="already"):
        operations.put_forward(person=stay.person, proposed_on=DAY, supervised_by=worker, by=worker)
    with pytest.raises(ValidationError, match="is not in this prison now"):
        operations.put_forward(person=factories.person(), proposed_on=DAY, supervised_by=worker, by=worker)
    with pytest.raises(ValidationError, match="still to come"):
        operations.put_forward(
            person=factories.spell().person, proposed_on=SOON, supervised_by=worker, by=worker
        )  # fmt: skip


def test_begin_only_when_cleared_and_trained(worker):
    peer, wing = factories.peer(), factories.wing("B")
    begin = {"on": DAY, "wings": [wing], "supervision_due": SOON, "by": worker}

    with pytest.raises(ValidationError, match="not cleared by security and not trained yet"):
        operations.begin(peer=peer, **begin)
    operations.clear(peer=peer, on=DAY, said_by="SO Sample, security", by=worker)
    with pytest.raises(ValidationError, match="is not trained yet"):
        operations.begin(peer=peer, **begin)
    operations.train(peer=peer, on=DAY, by=worker)
    with pytest.raises(ValidationError, match="14 October 2026"):
        operations.begin(peer=peer, **{**begin, "on": DAY - timedelta(days=1)})
    operations.begin(peer=peer, **begin)
    again = operations.begin(peer=peer, **begin)

    assert (again.state, again.cleared_by) == ("ACTIVE", "SO Sample, security")
    assert steps(peer) == ["CLEARED", "TRAINED", "BEGAN"]
    assert list(peer.wings.values_list("wing", flat=True)) == [wing.pk]


def test_the_database_itself_wants_clearance_and_training():
    for given in [{"cleared_on": None}, {"trained_on": None}]:
        with pytest.raises(IntegrityError, match="peer_active_when_cleared_and_trained"), transaction.atomic():
            factories.peer(state="ACTIVE", **given)
    with pytest.raises(IntegrityError, match="peer_suspended_in_words"), transaction.atomic():
        factories.peer(state="SUSPENDED", suspended_why="")
    with pytest.raises(IntegrityError, match="peer_ended_in_words"), transaction.atomic():
        factories.peer(state="ENDED", end_why="")


def test_the_same_again_changes_nothing(worker):
    peer = factories.peer()
    for _ in range(2):
        operations.clear(peer=peer, on=DAY, said_by="SO Sample", by=worker)
        operations.train(peer=peer, on=DAY, by=worker)
    for _ in range(2):
        operations.begin(peer=peer, on=DAY, wings=[], supervision_due=SOON, by=worker)
    for _ in range(2):
        operations.suspend(peer=peer, on=DAY, why="A fight", by=worker)
    for _ in range(2):
        operations.come_back(peer=peer, on=DAY, by=worker)
    for _ in range(2):
        operations.stop(peer=peer, on=DAY, why="Own wish", by=worker)

    assert steps(peer) == ["CLEARED", "TRAINED", "BEGAN", "SUSPENDED", "CAME_BACK", "STOPPED"]


def test_suspension_is_kept_in_the_steps_when_somebody_comes_back(worker):
    peer = factories.peer(state="ACTIVE")

    operations.suspend(peer=peer, on=DAY, why="Found with a phone", by=worker)
    peer = operations.come_back(peer=peer, on=DAY, note="Security agreed", by=worker)

    assert (peer.state, peer.suspended_on, peer.suspended_why) == ("ACTIVE", None, "")
    assert list(peer.steps.order_by("pk").values_list("what", "note")) == [
        ("SUSPENDED", "Found with a phone"),
        ("CAME_BACK", "Security agreed"),
    ]


def test_change_adds_and_ends_wings_and_tells_whoever_was_slower(worker):
    b, c = factories.wing("B"), factories.wing("C")
    peer = factories.peer(state="ACTIVE", wings=[b])

    operations.change(peer=peer, version=1, supervised_by=worker, supervision_due=SOON, wings=[c], by=worker)
    with pytest.raises(ValidationError, match="Somebody else changed this"):
        operations.change(peer=peer, version=1, supervised_by=worker, supervision_due=SOON, wings=[b], by=worker)

    assert list(PeerWing.objects.order_by("pk").values_list("wing", "until_on")) == [(b.pk, DAY), (c.pk, None)]


def test_supervise_sets_when_the_next_is(worker):
    peer = factories.peer(state="ACTIVE", supervision_due=DAY)

    with pytest.raises(ValidationError, match="after this one"):
        operations.supervise(peer=peer, on=DAY, note="x", next_on=DAY, by=worker)
    row = operations.supervise(peer=peer, on=DAY, note="Two people asked him for help", next_on=SOON, by=worker)
    again = operations.supervise(peer=peer, on=DAY, note="x", next_on=SOON, by=worker, nonce=row.nonce)

    peer.refresh_from_db()
    assert (peer.supervision_due, again, Supervision.objects.count()) == (SOON, row, 1)


@pytest.mark.parametrize("state", ["PROPOSED", "ACTIVE", "SUSPENDED"])
def test_leaving_the_prison_ends_the_work(worker, state):
    peer, other = factories.peer(state=state, wings=[factories.wing("B")]), factories.peer()
    spell = CustodySpell.objects.get(person=peer.person)
    factories.end(spell, off_roll_on=DAY)

    custody.confirm_departure(spell_id=spell.pk, meaning="TRANSFERRED", on=DAY, at=timezone.now(), by=worker)

    peer.refresh_from_db()
    other.refresh_from_db()
    assert (peer.state, peer.ended_on, peer.end_why) == ("ENDED", DAY, "Transferred to another prison")
    assert (peer.wings.get().until_on, other.state, steps(peer)) == (DAY, "PROPOSED", ["STOPPED"])
    assert AuditEntry.objects.filter(action="peer.left_prison").count() == 1


def test_merging_leaves_one_live_peer_supporter(worker):
    kept, removed = factories.peer(state="ACTIVE"), factories.peer(state="SUSPENDED", wings=[factories.wing("B")])
    operations.supervise(peer=removed, on=DAY, note="x", next_on=SOON, by=worker)

    person.merge(
        removed=removed.person, kept=kept.person, at=timezone.now(), by=User.objects.system(), prison=kept.prison
    )

    rows = PeerSupporter.objects.filter(person=kept.person)
    assert (rows.count(), list(rows.live())) == (2, [kept])
    for model in [PeerWing, PeerStep, Supervision]:
        assert not model.objects.exclude(person=kept.person).exists()
