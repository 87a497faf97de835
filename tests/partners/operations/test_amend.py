from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Mail
from partners.models import Handover, Pack, ReleaseMove
from partners.operations import handovers
from partners.operations import packs as operations
from tests import factories
from tests.partners import contents, steps

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DATE = "%-d %B %Y"


@pytest.fixture
def sent():
    made = steps.draft()
    steps.build(handovers.ready(handover=made, by=made.made_by))
    handovers.send(handover=made, by=made.made_by)
    made.refresh_from_db()
    return made


def amend(made, **given):
    return operations.amend(handover=made, by=made.made_by, **given)


def states(made):
    return list(made.packs.order_by("number").values_list("number", "state"))


def test_amend_makes_another_pack_that_says_what_changed(sent):
    on = TODAY + timedelta(days=3)

    pack = steps.build(amend(sent, release_on=on))

    sent.refresh_from_db()
    assert (sent.release_on, sent.state, sent.version) == (on, Handover.State.SENT, 4)
    assert states(sent) == [(1, "AMENDED"), (2, "BUILT")]
    before = TODAY + timedelta(days=14)
    assert pack.changed == f"Release date: {on:%A} {on:{DATE}}, before: {before:%A} {before:{DATE}}."
    assert pack.content["pack"] == {"number": sent.reference, "amendment": 1}
    assert pack.content["amendments"] == [{"number": 1, "on": TODAY.isoformat(), "changed": pack.changed}]
    assert steps.actions()[-3:] == ["handover.amended", "pack.attempted", "pack.built"]


def test_amend_tells_the_agency_once_it_is_built_and_names_nobody(sent):
    pack = amend(sent, release_on=TODAY)
    assert not Mail.objects.filter(path__contains="coming").exclude(kind="HANDOVER_SENT").exists()

    steps.build(pack)
    steps.build(amend(sent, content={**contents.FULL, "overdose_risk": "Raised"}))

    told = Mail.objects.filter(agency=sent.agency).order_by("pk").values_list("kind", "path", "person")
    assert list(told)[-2:] == [
        ("RELEASE_MOVED", f"/coming/{sent.pk}/", sent.person_id),
        ("HANDOVER_SENT", f"/coming/{sent.pk}/", sent.person_id),
    ]


def test_amend_keeps_what_the_amendments_before_said(sent):
    steps.build(amend(sent, release_on=TODAY))
    second = steps.build(amend(sent, content={**contents.FULL, "no_appointment_because": "They ring first"}))

    assert [row["number"] for row in second.content["amendments"]] == [1, 2]
    assert second.changed.startswith("Reason why there is no appointment: They ring first")
    assert states(sent) == [(1, "AMENDED"), (2, "AMENDED"), (3, "BUILT")]


def test_amend_twice_by_a_double_click_makes_one(sent):
    first, second = [amend(sent, release_on=TODAY, version=3) for _ in range(2)]

    assert first == second
    assert states(sent) == [(1, "BUILT"), (2, "WAITING")]


def test_amend_sets_aside_an_amendment_that_was_not_built_yet(sent):
    amend(sent, release_on=TODAY)
    second = steps.build(amend(sent, release_on=TODAY + timedelta(days=1)))

    assert states(sent) == [(1, "AMENDED"), (2, "STALE"), (3, "BUILT")]
    assert second.content["pack"]["amendment"] == 1


def test_amend_marks_a_moved_release_as_seen(sent):
    moved = {"before_on": sent.release_on, "after_on": TODAY, "at": timezone.now()}
    move = ReleaseMove.objects.create(handover=sent, prison=sent.prison, agency=sent.agency, **moved)

    amend(sent, release_on=TODAY)

    move.refresh_from_db()
    assert move.seen_by == sent.made_by


def test_amend_refuses_what_is_the_same_or_may_not_be_sent(sent):
    assert steps.refusal(amend, made=sent) == "Nothing is different from the pack that was sent last."
    content = {**contents.FULL, "overdose_risk": "Shares with A9999ZZ"}
    assert "A9999ZZ" in steps.refusal(amend, made=sent, content=content)
    assert "Somebody else changed this" in steps.refusal(amend, made=sent, release_on=TODAY, version=1)
    sent.consent.withdrawn_at = timezone.now()
    sent.consent.save()
    assert "withdrew consent" in steps.refusal(amend, made=sent, release_on=TODAY)


@pytest.mark.parametrize("state", ["DRAFT", "READY", "KEPT", "CLOSED", "RECALLED"])
def test_amend_refuses_what_was_not_sent_or_is_over(state):
    made = factories.handover(state=state)

    assert "so it cannot be amended" in steps.refusal(amend, made=made, release_on=TODAY)


def test_an_amendment_that_fails_leaves_the_pack_before_with_the_agency(sent):
    pack = amend(sent, release_on=TODAY)
    steps.died(sent.case)

    assert steps.build(pack).state == Pack.State.FAILED
    assert states(sent) == [(1, "BUILT"), (2, "FAILED")]
    assert not Mail.objects.filter(kind="RELEASE_MOVED").exists()


def test_an_agency_reads_the_amendment_and_what_was_sent_before_and_nothing_set_aside(sent):
    amend(sent, release_on=TODAY)
    steps.build(amend(sent, release_on=TODAY + timedelta(days=1)))
    partner = factories.user(Role.PARTNER)

    with context.acting(partner), connection.cursor() as cursor:
        cursor.execute("SELECT number FROM partners_pack ORDER BY number")
        assert cursor.fetchall() == [(1,), (3,)]
        assert list(Pack.objects.visible_to(partner).values_list("number", flat=True)) == [3, 1]
    with (
        context.acting(factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT number FROM partners_pack")
        assert cursor.fetchall() == []


@pytest.mark.parametrize("state", ["READY", "KEPT", "RECALLED"])
def test_the_database_lets_nobody_rewrite_what_was_never_amendable(state):
    made = factories.handover(state=state)

    with pytest.raises(DatabaseError, match="by an amendment"), transaction.atomic():
        Handover.objects.filter(pk=made.pk).update(content={"overdose_risk": "Low"})
