from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework.models import AuditEntry
from interventions.models import Enrolment, Facilitator, GroupSession, Seat, Series
from interventions.operations import enrolment as enrolments
from interventions.operations import group
from interventions.operations import series as operations
from tests import factories
from tests.interventions import groups, programmes

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return factories.user(full_name="Kay Worker")


def make(by, **given):
    usual = {
        "name": "Triggers and cravings", "from_on": groups.DAY, "weekdays": [1, 3], "regime_time": groups.slot(), "count": 6,
        "capacity": 10, "room": groups.room(), "facilitators": [by], "by": by,
    }  # fmt: skip
    return operations.make(**{**usual, **given})


def days(series):
    return [timezone.localdate(session.starts_at) for session in series.sessions.order_by("number")]


def test_make_puts_every_session_down_with_room_and_workers(worker):
    series = make(worker, begins=time(14))

    sessions = list(series.sessions.order_by("number"))
    assert days(series) == [date(2026, 10, day) for day in [15, 20, 22, 27, 29]] + [date(2026, 11, 3)]
    assert [session.number for session in sessions] == [1, 2, 3, 4, 5, 6]
    assert {(session.room, session.state, session.kind, session.capacity) for session in sessions} == {
        (groups.room(), "PLANNED", "GROUP", 10)
    }
    hours = {
        (f"{timezone.localtime(one.starts_at):%H:%M}", f"{timezone.localtime(one.ends_at):%H:%M}") for one in sessions
    }
    assert hours == {("14:00", "16:30")}
    assert Facilitator.objects.filter(session__series=series, worker=worker).count() == 6
    assert AuditEntry.objects.get(action="series.made").detail["count"] == 6


def test_make_leaves_bank_holidays_out_and_says_so(worker):
    christmas = {"from_on": date(2026, 12, 18), "weekdays": [4], "count": 2}

    series = make(worker, **christmas)
    assert (days(series), series.skipped) == (
        [date(2026, 12, 18), date(2027, 1, 8)],
        [date(2026, 12, 25), date(2027, 1, 1)],
    )
    kept = make(worker, **christmas, skip_holidays=False, regime_time=groups.slot("ED", time(18), time(19)))
    assert (days(kept), kept.skipped) == ([date(2026, 12, 18), date(2026, 12, 25)], [])


def test_make_sent_twice_makes_one(worker):
    nonce = uuid4()

    assert make(worker, nonce=nonce) == make(worker, nonce=nonce)
    assert (Series.objects.count(), GroupSession.objects.count()) == (1, 6)


def test_make_is_refused_by_the_database_where_a_room_is_taken(worker):
    groups.session(date(2026, 10, 22), room=groups.room(), name="Families")

    with pytest.raises(ValidationError) as refused:
        make(worker)

    assert refused.value.message_dict == {
        "room": ["Group room is taken on Thursday 22 October, 13:30 to 16:30, by Families."]
    }
    assert (Series.objects.count(), GroupSession.objects.count()) == (0, 1)


def test_make_is_refused_by_the_database_where_a_worker_runs_another(worker):
    groups.session(date(2026, 10, 20), workers=[worker], name="SMART", room=groups.room("Chapel"))

    with pytest.raises(ValidationError) as refused:
        make(worker)

    assert refused.value.message_dict == {
        "facilitators": ["Kay Worker runs SMART on Tuesday 20 October, 13:30 to 16:30."]
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weekdays": []}, {"weekdays": ["Choose at least one day."]}),
        ({"count": 0}, {"count": ["Give between 1 and 60 sessions."]}),
        ({"count": 61}, {"count": ["Give between 1 and 60 sessions."]}),
        ({"from_on": groups.DAY - timedelta(days=1)}, {"from_on": ["Give a day from today on, within a year."]}),
        (
            {"from_on": date(2027, 10, 1), "count": 60},
            {"from_on": ["The last session would be more than a year away."]},
        ),
        ({"begins": time(8)}, {"begins": ["PM is from 13:30 to 16:30."]}),
        ({"ends": time(17)}, {"ends": ["PM is from 13:30 to 16:30."]}),
        ({"begins": time(15), "ends": time(14)}, {"ends": ["It ends after it begins."]}),
        (
            {"capacity": 14},
            {"capacity": ["Group room holds 14, staff included: too few for 14 people and 1 who run it."]},
        ),
    ],
)
def test_make_refuses_beside_the_field(worker, given, said):
    with pytest.raises(ValidationError) as refused:
        make(worker, **given)

    assert refused.value.message_dict == said
    assert Series.objects.count() == 0


def enrol(series, person, **given):
    given = {"state": "ALLOCATED", "proposed_on": groups.DAY, "proposed_by": series.made_by, **given}
    return Enrolment.objects.create(
        person=person, prison=series.prison, programme=series.programme, series=series, **given
    )  # fmt: skip


def test_expect_enrolled_gives_each_a_place_in_every_session_to_come_once(worker):
    series = make(worker, programme=groups.programme(), count=2)
    people = [groups.held("Aby"), groups.held("Bedby")]
    seg = groups.held("Cely")
    factories.alert(seg, "WWSEG")
    for person in [*people, seg]:
        enrol(series, person)
    enrol(series, groups.held("Waitby"), state="WAITING")

    first = operations.expect_enrolled(series=series, by=worker)
    second = operations.expect_enrolled(series=series, by=worker)

    assert first == (4, {"Sam Cely": "Is removed from association: no groups while it lasts."})
    assert second[0] == 0
    assert sorted(Seat.objects.values_list("person__surname", flat=True)) == ["Aby", "Aby", "Bedby", "Bedby"]
    assert not Seat.objects.filter(enrolment=None).exists()


def test_add_puts_one_more_session_down_like_the_others_and_expects_whoever_has_a_place(worker):
    series = make(worker, programme=groups.programme(), count=2, audience="VULNERABLE")
    wing = factories.wing("K", kind="VULNERABLE")
    good, bad = groups.held("Aby", wing=wing), groups.held("Bedby", wing=wing)
    factories.alert(bad, "RCON")
    for person in [good, bad]:
        enrol(series, person)
    answers = {
        "on": date(2026, 11, 5),
        "regime_time": groups.slot(),
        "capacity": 8,
        "room": groups.room(),
        "nonce": uuid4(),
    }

    made = [operations.add(series=series, by=worker, **answers) for _ in range(2)]

    session = series.sessions.get(number=3)
    assert made == [session, session]
    assert (session.name, session.kind, session.audience) == ("Triggers and cravings", "GROUP", "VULNERABLE")
    assert made[0].left_out == {"Sam Bedby": "In conflict with other prisoners: ask the wing first."}
    assert [seat.person for seat in session.seats.all()] == [good]


def test_expect_enrolled_leaves_out_what_stands_for_another_session(worker):
    series = make(worker, programme=groups.programme(), count=1)
    session = series.sessions.get()
    groups.session(date(2026, 10, 30), series=series, number=1, stands_for=session)
    enrol(series, groups.held())

    assert operations.expect_enrolled(series=series, by=worker) == (1, {})
    assert Seat.objects.get().session == session


# The end


def test_end_gives_places_back_and_calls_off_what_is_to_come(worker):
    series = make(worker, programme=groups.programme(), count=2)
    row = programmes.enrolment(programme=series.programme, state="ALLOCATED", series=series)
    operations.expect_enrolled(series=series, by=worker)

    for _ in range(2):
        operations.end(series=series, version=1, why="TEAM_ABSENT", note="Moves to another prison", by=worker)

    row.refresh_from_db()
    series.refresh_from_db()
    assert (series.ended_on, series.version) == (groups.DAY, 2)
    assert (row.state, row.series, row.moves.last().note) == ("WAITING", None, "Triggers and cravings ended.")
    assert set(series.sessions.values_list("state", "cancelled_why", "cancelled_note")) == {
        ("CANCELLED", "TEAM_ABSENT", "Moves to another prison")
    }
    assert Seat.objects.expected().count() == 0
    assert AuditEntry.objects.filter(action="series.ended").count() == 1


def test_end_is_refused_until_everybody_is_settled_and_every_register_closed(worker):
    series = make(worker, programme=groups.programme(), count=1)
    for state in ["ACTIVE", "SUSPENDED"]:
        programmes.enrolment(programme=series.programme, state=state, series=series)
    groups.session(groups.DAY - timedelta(days=1), series=series, number=7)

    with pytest.raises(ValidationError) as refused, transaction.atomic():
        operations.end(series=series, why="TEAM_ABSENT", by=worker)

    assert refused.value.messages == [
        "2 people attend it. Say of each first whether they graduate, or why they did not complete it.",
        "1 register is not written yet. Close it first, or record that the session could not run.",
    ]
    assert Series.objects.get().ended_on is None


def test_end_asks_why_sessions_to_come_do_not_run_and_tells_of_a_change(worker):
    series = make(worker, count=1)

    with pytest.raises(ValidationError) as refused, transaction.atomic():
        operations.end(series=series, by=worker)
    with pytest.raises(ValidationError) as stale, transaction.atomic():
        operations.end(series=series, version=9, why="TEAM_ABSENT", by=worker)

    assert refused.value.message_dict == {"why": ["Choose why the sessions still to come do not run."]}
    assert stale.value.code == "stale"


def test_nothing_is_added_to_a_series_that_ended(worker):
    series = make(worker, programme=groups.programme(), count=1)
    session = series.sessions.get()
    operations.end(series=series, why="TEAM_ABSENT", by=worker)
    row = programmes.enrolment(programme=series.programme, state="WAITING")
    on = {"on": date(2026, 11, 5), "regime_time": groups.slot(), "capacity": 8, "by": worker}

    for act in [
        lambda: operations.add(series=series, **on),
        lambda: group.catch_up(session=session, people=[row.person], **on),
    ]:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            act()
        assert refused.value.messages == ["Triggers and cravings ended on 14 October 2026, so it has no more sessions."]
    with pytest.raises(ValidationError, match="that goes on"), transaction.atomic():
        enrolments.allocate(enrolment=row, series=series, by=worker)
