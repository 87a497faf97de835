"""Scheduled work of the recovery meeting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from casework.models import Mail, Restriction
from config import celery_app
from partners import tasks
from partners.models import Meeting, MeetingMinutes
from tests import factories
from tests.partners import meetings as made

pytestmark = pytest.mark.django_db


def paper(**given):
    meeting = made.meeting(state=Meeting.State.CLOSED)
    given = {"prison": meeting.prison, "asked_by": meeting.made_by, "asked_at": timezone.now(), **given}
    return MeetingMinutes.objects.create(meeting=meeting, **given)


def test_build_waiting_minutes_queues_each_that_waits(monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.build_minutes, "apply_async", lambda **given: sent.append(given))
    waiting = paper()

    tasks.build_waiting_minutes()

    assert sent == [{"kwargs": {"minutes_id": waiting.pk}, "expires": 30}]


def test_build_minutes_builds_them_once_however_often_they_are_queued():
    waiting = paper()

    for _ in range(3):
        tasks.build_minutes(minutes_id=waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == ("BUILT", 1)


def test_build_minutes_has_the_queue_of_those_who_wait():
    assert celery_app.amqp.router.route({}, tasks.build_minutes.name)["queue"].name == "interactive"


def test_propose_for_meetings_lists_those_too_whom_no_single_worker_may_see():
    meeting, case = made.meeting(), made.due("Hiddenby", factories.agency())
    Restriction.objects.create(
        person=case.person, prison=case.prison, number=case.person.number, kind="OTHER", reason="Known",
        made_at=timezone.now(), made_by=meeting.made_by,
    )  # fmt: skip

    for _ in range(2):
        tasks.propose_for_meetings()

    assert [item.person for item in meeting.items.all()] == [case.person]


def test_remind_of_actions_writes_to_agencies():
    item = made.item(made.meeting(), made.due("Oneby", factories.agency()))
    made.action(item, agency=factories.agency(), due_on=timezone.localdate() - timedelta(days=1))

    tasks.remind_of_actions()

    assert Mail.objects.get().agency == factories.agency()
