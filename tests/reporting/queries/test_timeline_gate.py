"""What the timeline tells of recovery meetings, and what the first page counts of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from casework.access import Role
from partners.models import Meeting
from reporting.queries import timeline, today
from tests import factories
from tests.partners import meetings as made

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_page_tells_what_a_meeting_said_and_what_came_of_it():
    worker = factories.user()
    case = made.due("Oneby", factories.agency(), worker=worker)
    item = made.item(made.meeting(state=Meeting.State.CLOSED), case, said="Wants a room")
    made.action(item, agency=factories.agency(), what="Hold a bed", done_on=TODAY, done_by=worker, note="Held")

    told = {event.kind.name: (event.title, event.note) for event in timeline.page(case.person, worker).events}

    assert told["meeting"] == ("Talked about at the recovery meeting", "Wants a room")
    assert told["meeting-action"] == ("Action agreed at the recovery meeting: Liverpool DIP", "Hold a bed")
    assert told["meeting-action-done"] == ("Action of the recovery meeting done: Hold a bed", "Held")


def test_today_counts_the_open_actions_of_a_worker_and_of_an_agency():
    worker, partner = factories.user(), factories.user(Role.PARTNER)
    item = made.item(made.meeting(), made.due("Oneby", factories.agency()))
    made.action(item, worker=worker, due_on=TODAY - timedelta(days=1))
    made.action(item, worker=worker)
    made.action(item, worker=worker, done_on=TODAY, done_by=worker)
    made.action(item, agency=partner.agency, due_on=TODAY)

    assert today.meeting_actions(worker, today=TODAY) == {"actions": 2, "actions_late": 1}
    assert today.meeting_actions(partner, today=TODAY) == {"actions": 1, "actions_late": 0}
