"""A room is had by the recovery meeting, by a group or by one person, never by two of them."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework import context
from casework.models import User
from interventions.models import Appointment, Audience, ContactType, GroupSession
from interventions.operations import appointment, drop_in, group
from partners.models import Meeting
from partners.operations import meetings
from tests import factories
from tests.interventions import groups
from tests.interventions.test_group_races import both, only
from tests.partners import meetings as made

ON = date(2026, 11, 25)
TAKEN = "Group room is taken on Wednesday 25 November, 14:00 to 15:30, by the recovery meeting."


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(datetime(2026, 11, 23, 9), tick=False):
        yield


def begin(by=None, **given):
    given = {"from_on": ON, "at": time(14), "weeks": 2, "agencies": [], "room": groups.room(), **given}
    return meetings.make_series(by=by or factories.user(), **given)


def meet_in_group(by=None, **given):
    given = {"name": "SMART", "on": ON, "regime_time": groups.slot(), "capacity": 8, "room": groups.room(), **given}
    return group.make(by=by or factories.user(), **given)


def see(**given):
    worker = factories.user()
    case = factories.case(worker=worker)
    kind = ContactType.objects.get(code="ONE_TO_ONE")
    given = {"at": timezone.make_aware(datetime.combine(ON, time(15))), "room": groups.room(), **given}
    return appointment.plan(person=case.person, type=kind, by=worker, **given)


@pytest.mark.django_db
def test_no_group_drop_in_or_session_has_the_room_of_a_meeting():
    begin()
    refused = [
        meet_in_group,
        see,
        lambda: see(anyway=True),
        lambda: drop_in.open(
            name="Open door", audience=Audience.MAIN, wing=None, on=ON, regime_time=groups.slot(), room=groups.room(),
            by=factories.user(),
        ),
    ]  # fmt: skip

    told = []
    for act in refused:
        with pytest.raises(ValidationError) as refusal:
            act()
        told.append(refusal.value.message_dict)

    sees = {"room": [f"{TAKEN} Choose another room, or another time."]}
    assert told == [{"room": [TAKEN]}, sees, sees, {"room": [TAKEN]}]
    assert (GroupSession.objects.count(), Appointment.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_room_is_free_beside_a_meeting_after_it_and_once_it_is_cancelled():
    meeting = begin()
    see(at=meeting.until)

    meetings.cancel(meeting=meeting, why="Snow", by=factories.user())

    assert meet_in_group(ends=time(15, 30)).room == groups.room()


@pytest.mark.django_db
@pytest.mark.parametrize("had_by", [meet_in_group, see])
def test_no_meeting_has_the_room_of_a_group_or_a_session(had_by):
    had_by()

    with pytest.raises(ValidationError) as refusal:
        begin()

    (sentence,) = refusal.value.message_dict["room"]
    assert sentence.startswith("Group room is taken on Wednesday 25 November")
    assert not Meeting.objects.exists()


@pytest.mark.django_db
def test_edit_moves_within_its_own_time_and_not_into_what_another_has():
    meeting, by = begin(), factories.user()
    meet_in_group(on=ON + timedelta(days=1))

    moved = meetings.edit(
        meeting=meeting, starts_at=meeting.starts_at + timedelta(minutes=30), length=60, room=meeting.room, agencies=[], by=by
    )  # fmt: skip
    with pytest.raises(ValidationError) as refusal:
        meetings.edit(
            meeting=moved, starts_at=moved.starts_at + timedelta(days=1), length=60, room=moved.room, agencies=[], by=by
        )  # fmt: skip

    assert refusal.value.message_dict == {
        "room": ["Group room is taken on Thursday 26 November, 13:30 to 16:30, by SMART."]
    }
    assert Meeting.objects.values_list("length", "starts_at").get() == (60, moved.starts_at)


@pytest.mark.django_db
def test_two_meetings_do_not_share_a_room():
    meeting, other = begin(), made.meeting(starts_at=timezone.make_aware(datetime.combine(ON, time(17))))

    with pytest.raises(ValidationError) as refusal:
        meetings.edit(
            meeting=other, starts_at=meeting.starts_at + timedelta(minutes=30), room=meeting.room, agencies=[],
            by=factories.user(),
        )  # fmt: skip

    assert refusal.value.message_dict == {"room": [TAKEN]}


@pytest.mark.django_db
def test_the_next_meeting_is_planned_without_a_room_that_is_taken():
    meeting = begin()
    meet_in_group(on=ON + timedelta(weeks=2))

    meetings.cancel(meeting=meeting, why="Snow", by=factories.user())

    following = Meeting.objects.get(state=Meeting.State.PLANNED)
    assert (timezone.localdate(following.starts_at), following.room) == (ON + timedelta(weeks=2), None)


def test_a_room_is_had_by_a_meeting_or_by_a_group_at_the_same_moment(fresh_database):
    with context.acting(User.objects.system()):
        groups.room(), groups.slot()
        team = [factories.user(full_name="Kay Worker"), factories.user(full_name="Ola Second")]

    told = only(both(lambda by: begin(by) if by == team[0] else meet_in_group(by), team))

    with context.acting(User.objects.system()):
        assert (Meeting.objects.count() + GroupSession.objects.count(), list(told)) == (1, ["room"])
