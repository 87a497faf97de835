import pytest

from casework import context
from casework.models import User
from partners.formats import pack as formats
from partners.models import Pack
from partners.operations import handovers
from partners.operations import packs as operations
from partners.queries import handovers as queries
from tests.partners import steps
from tests.partners.formats import packs


@pytest.fixture
def waiting(db):
    made = steps.draft()
    return handovers.ready(handover=made, by=made.made_by)


def test_build_makes_the_pdf_once(waiting):
    built = steps.build(waiting)
    before = (bytes(built.pdf), built.built_at, built.sha256)

    again = steps.build(built)

    assert before[0].startswith(b"%PDF")
    assert (bytes(again.pdf), again.built_at, again.sha256) == before
    assert (again.state, again.attempts, again.progress) == (Pack.State.BUILT, 1, 100)
    assert steps.actions()[-2:] == ["pack.attempted", "pack.built"]


def test_build_killed_half_way_is_counted_and_done_by_the_next(waiting):
    system = User.objects.system()

    assert operations.claim(pack_id=waiting.pk, by=system) is True  # And the worker dies here.
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts, waiting.progress) == (Pack.State.WAITING, 1, 20)

    steps.build(waiting)
    assert (waiting.state, waiting.attempts) == (Pack.State.BUILT, 2)


def test_claim_gives_up_after_five_attempts_until_somebody_tries_again(waiting):
    system = User.objects.system()

    assert [operations.claim(pack_id=waiting.pk, by=system) for _ in range(7)] == [True] * 5 + [False] * 2
    waiting.refresh_from_db()
    assert (waiting.state, waiting.failure) == (Pack.State.FAILED, operations.GIVEN_UP)
    assert steps.build(waiting).state == Pack.State.FAILED

    operations.try_again(pack=waiting, by=waiting.asked_by)
    operations.try_again(pack=waiting, by=waiting.asked_by)
    assert steps.build(waiting).state == Pack.State.BUILT
    assert steps.actions().count("pack.asked_again") == 1


def test_build_says_at_once_what_cannot_be_typeset(waiting):
    waiting.content["overdose_risk"] = packs.NOTE * 400
    waiting.save()

    steps.build(waiting)

    assert (waiting.state, waiting.failure, waiting.attempts) == (Pack.State.FAILED, formats.TOO_LONG, 1)
    assert bytes(waiting.pdf) == b""


def test_build_makes_no_pack_for_somebody_who_died(waiting):
    steps.died(waiting.handover.case)

    steps.build(waiting)

    assert (waiting.state, waiting.failure) == (Pack.State.FAILED, queries.DIED)


def test_build_by_two_workers_at_once_builds_once(fresh_database):
    with context.acting(User.objects.system()):
        made = steps.draft()
        pack = handovers.ready(handover=made, by=made.made_by)
    system = User.objects.system()

    steps.at_once(lambda by: operations.build(pack_id=pack.pk, by=by), system, system)

    with context.acting(system):
        assert steps.actions().count("pack.built") == 1
