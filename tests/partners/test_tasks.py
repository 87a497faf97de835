import pytest

from casework.models import User
from config import celery_app
from partners import tasks
from partners.models import Handover, Pack
from partners.operations import handovers, packs
from tests import factories
from tests.partners import contents

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting():
    made = factories.handover(state=Handover.State.DRAFT, content=contents.FULL)
    return handovers.ready(handover=made, by=made.made_by)


@pytest.fixture
def queued(monkeypatch):
    """What was put on the queue."""
    sent = []
    monkeypatch.setattr(tasks.build_pack, "apply_async", lambda **given: sent.append(given))
    return sent


def test_build_waiting_packs_queues_each_pack_that_waits(waiting, queued):
    factories.pack()
    factories.pack(state=Pack.State.FAILED)

    tasks.build_waiting_packs()

    assert queued == [{"kwargs": {"pack_id": waiting.pk}, "expires": 30}]


def test_build_pack_builds_it_once_however_often_it_is_queued(waiting):
    for _ in range(3):
        tasks.build_pack(pack_id=waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (Pack.State.BUILT, 1)


def test_build_pack_finishes_what_a_killed_worker_began(waiting, queued):
    packs.claim(pack_id=waiting.pk, by=User.objects.system())

    tasks.build_waiting_packs()
    tasks.build_pack(**queued[0]["kwargs"])

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (Pack.State.BUILT, 2)


def test_build_pack_has_the_queue_of_those_who_wait():
    assert celery_app.amqp.router.route({}, tasks.build_pack.name)["queue"].name == "interactive"


def test_nudge_queues_the_pack_on_commit(queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        tasks.nudge(7)
        assert queued == []

    assert [given["kwargs"] for given in queued] == [{"pack_id": 7}]
