"""A standing meeting from its first day to the next one made of it."""

import itertools
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from casework.models import Mail, Notice, User
from partners.models import Meeting, MeetingSeries
from partners.operations import meetings as operations
from tests import factories
from tests.partners import meetings as made

pytestmark = pytest.mark.django_db
State = Meeting.State


def begin(**given):
    today = timezone.localdate()
    given = {
        "from_on": today + timedelta(days=1),
        "at": time(10),
        "weeks": 2,
        "agencies": [factories.agency()],
        **given,
    }
    return operations.make_series(by=factories.user(), **given)


def mails():
    return list(Mail.objects.order_by("pk").values_list("kind", "agency__name", "user", "person"))


@time_machine.travel(datetime(2026, 11, 23, 9), tick=False)
def test_make_series_plans_its_first_meeting_and_invites():
    factories.protocol()
    case = made.due("Testerton", factories.agency())

    meeting = begin(from_on=date(2026, 11, 25))

    assert timezone.localtime(meeting.starts_at).isoformat() == "2026-11-25T10:00:00+00:00"
    assert mails() == [(Notice.MEETING, "Liverpool DIP", None, None)]
    assert [item.person for item in meeting.items.all()] == [case.person]


def test_make_series_once_and_one_only():
    nonce = "8a0b8a2e-0000-4000-8000-000000000001"
    first = begin(nonce=nonce)

    assert begin(nonce=nonce) == first
    with pytest.raises(ValidationError, match="There is a standing meeting already"):
        begin()
    assert MeetingSeries.objects.count() == Meeting.objects.count() == 1


def test_make_series_refuses_a_day_that_is_over_and_a_department_of_the_prison():
    with pytest.raises(ValidationError, match="from today on"):
        begin(from_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(ValidationError, match="is a department of the prison"):
        begin(agencies=[factories.agency("Safer custody", kind="SAFER")])


@pytest.mark.parametrize(
    ("day", "following"),
    [("2026-11-24", "2026-11-25"), ("2026-11-25", "2026-12-09"), ("2026-12-08", "2026-12-09"), ("2026-12-09", "2026-12-23")],
)  # fmt: skip
def test_day_after_keeps_the_rhythm(day, following):
    series = MeetingSeries(from_on=date(2026, 11, 25), weeks=2)

    assert series.day_after(date.fromisoformat(day)) == date.fromisoformat(following)


@time_machine.travel(datetime(2026, 12, 11, 9), tick=False)
def test_cancel_tells_the_agencies_and_plans_the_next_on_a_working_day():
    meeting = begin(from_on=date(2026, 12, 11))

    operations.cancel(meeting=meeting, why="No room", by=meeting.made_by)
    operations.cancel(meeting=meeting, why="No room", by=meeting.made_by)

    following = Meeting.objects.get(state=State.PLANNED)
    assert timezone.localdate(following.starts_at) == date(
        2026, 12, 29
    )  # the 25th is a holiday, the 28th stands in for Boxing Day
    assert [each.agency for each in following.invited.all()] == [factories.agency()]
    assert len(mails()) == 3  # invited, cancelled, invited to the next


def test_close_makes_minutes_for_each_tells_them_and_plans_the_next():
    meeting = begin(from_on=timezone.localdate())
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now())
    operations.hold(meeting=meeting, by=meeting.made_by)
    with pytest.raises(ValidationError, match="Say first which agencies were there"):
        operations.close(meeting=meeting, by=meeting.made_by)
    came = {factories.agency().pk: (True, "Pat")}
    operations.write(meeting=meeting, team_present="Kit", minutes="Cold", came=came, by=meeting.made_by)

    operations.close(meeting=meeting, by=meeting.made_by)
    operations.close(meeting=meeting, by=meeting.made_by)

    assert list(meeting.papers.order_by("pk").values_list("agency__name", "number", "state")) == [
        (None, 1, "WAITING"),
        ("Liverpool DIP", 1, "WAITING"),
    ]
    assert Meeting.objects.filter(state=State.PLANNED).count() == 1


def test_end_series_plans_no_further_meeting():
    meeting = begin()

    operations.end_series(series=meeting.series, by=meeting.made_by)
    operations.end_series(series=meeting.series, by=meeting.made_by)
    operations.cancel(meeting=meeting, why="Over", by=meeting.made_by)

    assert not Meeting.objects.filter(state=State.PLANNED).exists()


def test_edit_invites_anew_takes_back_and_tells_who_is_new():
    meeting = begin()
    wirral = factories.agency("Wirral DIP")

    operations.edit(
        meeting=meeting, starts_at=meeting.starts_at, room=None, agencies=[wirral], version=1, by=meeting.made_by
    )

    assert [each.agency for each in meeting.invited.filter(withdrawn_at=None)] == [wirral]
    assert [name for _, name, _, _ in mails()] == ["Liverpool DIP", "Wirral DIP"]
    with pytest.raises(ValidationError, match="Somebody else changed this"):
        operations.edit(
            meeting=meeting, starts_at=meeting.starts_at, room=None, agencies=[wirral], version=1, by=meeting.made_by
        )


def test_hold_refuses_a_meeting_that_is_to_come():
    with pytest.raises(ValidationError, match="still to come"):
        operations.hold(meeting=begin(), by=factories.user())


def test_write_refuses_a_prison_number_that_every_agency_would_read():
    meeting = made.meeting(state=State.HELD)

    with pytest.raises(ValidationError, match="Take it out"):
        operations.write(meeting=meeting, team_present="", minutes="A1234BC again", came={}, by=meeting.made_by)


def test_remind_tells_an_agency_once_a_week_of_what_is_overdue_and_shared():
    agency, other = factories.agency(), factories.agency("Wirral DIP")
    meeting = made.meeting([agency, other], state=State.HELD)
    item = made.item(meeting, made.due("Testerton", agency))
    yesterday = timezone.localdate() - timedelta(days=1)
    made.action(item, agency=agency, due_on=yesterday)
    made.action(item, agency=other, due_on=yesterday)  # he never agreed to Wirral

    for _ in range(2):
        operations.remind(by=User.objects.system(), on=timezone.localdate())

    assert mails() == [(Notice.MEETING, "Liverpool DIP", None, None)]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_the_database_lets_a_meeting_go_where_its_moves_lead_and_nowhere_else(before, after):
    meeting = made.meeting(state=before)
    allowed = before == after or after in Meeting.MOVES[before]

    try:
        with transaction.atomic():
            Meeting.objects.filter(pk=meeting.pk).update(state=after)
        went = True
    except DatabaseError:
        went = False

    assert went is allowed


def test_the_database_keeps_what_was_said_once_the_minutes_are_closed():
    meeting = made.meeting(state=State.HELD)
    item = made.item(meeting, made.due())
    action = made.action(item)
    Meeting.objects.filter(pk=meeting.pk).update(state=State.CLOSED)

    for rows, change in [
        (meeting.items.all(), {"said": "Other"}),
        (meeting.items.all(), {"removed_at": timezone.now()}),
        (Meeting.objects.all(), {"minutes": "Other"}),
        (item.actions.all(), {"what": "Other"}),
    ]:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    item.actions.update(done_on=timezone.localdate(), done_by=action.made_by)
