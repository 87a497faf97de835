from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from casework import context
from casework.models import AuditEntry, Restriction
from interventions.models import Facilitator, GroupSession, Seat, Series
from interventions.operations import group as operations
from tests import factories
from tests.interventions import groups

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return factories.user(full_name="Kay Worker")


def make(by, **given):
    usual = {"name": "Families", "on": groups.SOON, "regime_time": groups.slot(), "capacity": 8, "by": by}
    return operations.make(**{**usual, **given})


def move(session, by, **given):
    usual = {"version": session.version, "on": groups.SOON, "regime_time": groups.slot(), "facilitators": [], "by": by}
    return operations.move(session=session, **{**usual, **given})


def test_make_puts_one_session_down_once(worker):
    nonce = uuid4()

    made = [make(worker, nonce=nonce, room=groups.room(), facilitators=[worker]) for _ in range(2)]

    session = GroupSession.objects.get()
    assert made == [session, session]
    assert (session.state, session.number, session.made_by) == ("PLANNED", None, worker)
    assert list(session.facilitators.values_list("worker", flat=True)) == [worker.pk]


@pytest.mark.parametrize("on", [groups.DAY - timedelta(days=1), groups.DAY + timedelta(days=400)])
def test_make_refuses_a_day_that_is_over_or_far(worker, on):
    with pytest.raises(ValidationError) as refused:
        make(worker, on=on)

    assert refused.value.message_dict == {"on": ["Give a day from today on, within a year."]}


def test_the_database_itself_refuses_a_room_a_worker_and_a_person_twice_at_a_time(worker):
    first = groups.session(room=groups.room(), workers=[worker])
    person, other = groups.held(), groups.session()
    groups.seat(first, person)
    same = {"session": other, "prison": other.prison, "worker": worker, "period": other.period}

    for write in [
        lambda: groups.session(room=groups.room()),
        lambda: Facilitator.objects.create(**same),
        lambda: groups.seat(other, person),
    ]:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_a_room_is_free_again_when_the_session_before_ends_or_could_not_run(worker):
    groups.session(room=groups.room(), regime_time=groups.slot("Early", time(12), time(13, 30)))
    groups.session(room=groups.room(), state="CANCELLED", cancelled_why="TEAM_ABSENT")

    assert make(worker, room=groups.room()).room == groups.room()


def test_make_is_refused_where_somebody_sees_one_person_in_the_room(worker):
    for hour, on in [(14, groups.SOON), (9, groups.SOON)]:
        factories.appointment(factories.case(worker=worker), at=factories.at(on, hour), room=groups.room())

    with pytest.raises(ValidationError) as refused:
        make(worker, room=groups.room())

    said = "Group room is taken on Thursday 15 October at 14:00 by Kay Worker, who sees somebody there."
    assert refused.value.message_dict == {"room": [said]}


def test_what_else_the_database_refuses_is_no_clash(worker):
    session = groups.session(number=1)
    series = Series.objects.create(
        prison=worker.prison, name="Families", regime_time=groups.slot(), weekdays=[1], from_on=groups.DAY, capacity=8,
        made_by=worker, made_at=factories.at(),
    )  # fmt: skip
    GroupSession.objects.filter(pk=session.pk).update(series=series)
    rows = [{"series": series, "number": 1, "name": "Twice", "kind": "GROUP", "capacity": 8, "period": session.period}]

    with pytest.raises(IntegrityError, match="one_session_per_number"):
        operations.put_down(rows=rows, facilitators=[], by=worker)


def test_make_in_a_series_takes_the_next_number(worker):
    series = Series.objects.create(
        prison=worker.prison, name="Families", regime_time=groups.slot(), weekdays=[1], from_on=groups.DAY, capacity=8,
        made_by=worker, made_at=factories.at(),
    )  # fmt: skip

    numbers = [make(worker, series=series, on=groups.SOON + timedelta(days=day)).number for day in range(2)]

    assert numbers == [1, 2]


def test_confirm_needs_a_room_and_somebody_who_runs_it(worker):
    bare = groups.session()
    with pytest.raises(ValidationError, match="It needs a room and somebody who runs it first."):
        operations.confirm(session=bare, by=worker)

    session = groups.session(groups.SOON + timedelta(days=1), room=groups.room(), workers=[worker])
    for _ in range(2):
        assert operations.confirm(session=session, by=worker).state == "CONFIRMED"
    assert AuditEntry.objects.filter(action="group.confirmed").count() == 1


def test_move_takes_everything_along_and_raises_the_version(worker):
    second = factories.user()
    session = groups.session(room=groups.room(), workers=[worker])
    seat = groups.seat(session, groups.held())

    moved = move(session, worker, on=groups.SOON + timedelta(days=1), room=groups.room("Chapel"), facilitators=[second])

    seat.refresh_from_db()
    moved.refresh_from_db()
    assert timezone.localdate(moved.starts_at) == groups.SOON + timedelta(days=1)
    assert (moved.room.name, moved.version, seat.period) == ("Chapel", 2, moved.period)
    running = Facilitator.objects.filter(session=session, stood_down_at=None)
    assert list(running.values_list("worker", "period")) == [(second.pk, moved.period)]
    with pytest.raises(ValidationError, match="Somebody else changed this"):
        move(session, worker)


def test_move_takes_restricted_people_along_whom_the_mover_may_not_see(worker):
    session, hidden = groups.session(), groups.held("Hiddenby")
    seat = groups.seat(session, hidden)
    Restriction.objects.create(
        person=hidden, prison=session.prison, number=hidden.number, kind="OTHER", reason="Known to staff",
        made_at=factories.at(), made_by=worker,
    )  # fmt: skip

    with context.acting(worker):
        assert not Seat.objects.visible_to(worker).exists()
        moved = move(session, worker, on=groups.SOON + timedelta(days=1))
    seat.refresh_from_db()
    assert seat.period == moved.period

    with context.acting(worker):
        operations.cancel(session=moved, why="TEAM_NO_ROOM", by=worker)
    seat.refresh_from_db()
    assert (seat.removed_at is None, seat.removed_why) == (False, "The session could not run.")


def test_move_names_the_session_that_has_the_room_the_worker_or_the_person(worker):
    person, later = groups.held(), groups.SOON + timedelta(days=1)
    taken = groups.session(later, name="SMART", room=groups.room(), workers=[worker])
    groups.seat(taken, person)
    session = groups.session()
    groups.seat(session, person)

    said = {}
    for name, given in [("room", {"room": groups.room()}), ("facilitators", {"facilitators": [worker]}), ("on", {})]:
        with pytest.raises(ValidationError) as refused:
            move(session, worker, on=later, **given)
        said |= refused.value.message_dict
        assert name in refused.value.message_dict or "on" in refused.value.message_dict

    assert said["on"] == ["Sam Testerton is expected at SMART at that time."]
    session.refresh_from_db()
    assert (session.version, timezone.localdate(session.starts_at)) == (1, groups.SOON)


def test_move_into_a_room_that_is_too_small_is_refused(worker):
    session = groups.session()
    for _ in range(3):
        groups.seat(session, groups.held())

    with pytest.raises(ValidationError) as refused:
        move(session, worker, room=groups.room("Cupboard", 3), facilitators=[worker])

    assert refused.value.message_dict == {
        "room": ["Cupboard holds 3, staff included: too few for 3 expected and 1 who run it."]
    }


def test_cancel_says_whose_reason_it_was_and_frees_everybody(worker):
    session = groups.session(room=groups.room(), workers=[worker])
    person = groups.held()
    groups.seat(session, person)

    for _ in range(2):
        operations.cancel(session=session, why="TEAM_NO_ROOM", note="Painters", by=worker)

    session.refresh_from_db()
    assert (session.state, session.cancelled_why, session.cancelled_note) == ("CANCELLED", "TEAM_NO_ROOM", "Painters")
    assert (session.closed_by, session.version) == (worker, 2)
    assert list(AuditEntry.objects.filter(action="group.cancelled").values_list("detail", flat=True)) == [
        {"why": "TEAM_NO_ROOM"}
    ]
    again = groups.session(room=groups.room(), workers=[worker])
    assert groups.seat(again, person).pk
    with pytest.raises(ValidationError, match="This cannot be changed any more: could not run."):
        move(session, worker)


def test_move_keeps_who_ran_it_and_takes_on_who_joins(worker):
    second, session = factories.user(), groups.session(workers=[worker])

    move(session, worker, facilitators=[worker, second])

    running = Facilitator.objects.filter(session=session, stood_down_at=None).order_by("pk")
    assert list(running.values_list("worker", flat=True)) == [worker.pk, second.pk]


def test_cancel_is_refused_when_the_register_says_who_came(worker):
    case = factories.case(worker=worker)
    session = groups.session()
    groups.seat(session, case.person, contact=factories.contact(case))

    with pytest.raises(ValidationError, match="The register says who came, so it ran."):
        operations.cancel(session=session, why="TEAM_NO_ROOM", by=worker)


def test_catch_up_is_for_named_people_and_stands_for_the_session(worker):
    session = groups.session(groups.DAY - timedelta(days=1), number=3)
    one, other = groups.held("Aby"), groups.held("Bedby")
    for person in [one, other]:
        groups.seat(session, person)

    made = operations.catch_up(
        session=session,
        people=[one],
        on=groups.SOON,
        regime_time=groups.slot(),
        capacity=3,
        facilitators=[worker],
        by=worker,
    )

    assert (made.stands_for, made.number, made.name, made.audience) == (session, 3, "Recovery group: catch-up", "MAIN")
    assert list(made.seats.values_list("person", flat=True)) == [one.pk]


def test_catch_up_that_is_refused_for_somebody_leaves_nothing(worker):
    session, person = groups.session(groups.DAY - timedelta(days=1)), groups.held()
    factories.alert(person, "WWSEG")

    with pytest.raises(ValidationError) as refused:
        operations.catch_up(
            session=session, people=[person], on=groups.SOON, regime_time=groups.slot(), capacity=3, by=worker
        )

    assert refused.value.message_dict == {
        "people": ["Sam Testerton: Is removed from association: no groups while it lasts."]
    }
    assert GroupSession.objects.get() == session


def test_a_form_is_told_of_a_room_that_is_taken_and_of_no_other(worker):
    taken = groups.session(room=groups.room())
    given = {"regime_time": groups.slot(), "period": taken.period, "made_by": worker}

    def put_down(room):
        session = GroupSession(prison=taken.prison, name="Second", kind="GROUP", capacity=8, **given)
        session.made_at, session.room = timezone.now(), room
        session.full_clean()

    put_down(groups.room("Chapel"))
    with pytest.raises(ValidationError, match="The room is taken"):
        put_down(groups.room())
