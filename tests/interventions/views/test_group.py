import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Restriction
from interventions.models import GroupSession, Guest, GuestVisit, Seat, Series
from interventions.operations import group as operations
from tests import factories
from tests.interventions import groups

pytestmark = pytest.mark.django_db
PAGES = ["groups", "groups_look", "make_group", "make_series", "all_series"]
OF_SERIES = ["series", "add_to_series", "end_series"]
OF_GROUP = ["group", "move_group", "cancel_group", "catch_up", "add_seats", "remove_seat", "accept_seat"]
POSTS = ["confirm_group", "add_enrolled"]


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def url(name, *keys):
    return reverse(f"interventions:{name}", args=keys)


def series_answers(worker, **given):
    usual = {
        "name": "Triggers and cravings", "kind": "GROUP", "audience": "MAIN", "weekdays": ["1"], "regime_time": groups.slot().pk,
        "room": groups.room().pk, "facilitators": [worker.pk], "from_on": "22/12/2026", "count": "2", "capacity": "10",
        "skip_holidays": "on", "nonce": uuid4(),
    }  # fmt: skip
    return {**usual, **given}


def move_answers(session, **given):
    usual = {"on": "15/10/2026", "regime_time": groups.slot().pk, "version": session.version}
    return {**usual, **given}


def words(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.content.decode()))


# Who may


@pytest.mark.parametrize("name", [*PAGES, *OF_GROUP, *OF_SERIES])
def test_pages_are_for_those_who_run_groups(client, worker, name):
    keys = [groups.session().pk] if name in OF_GROUP else []
    keys = [series(worker).pk] if name in OF_SERIES else keys
    assert client.get(url(name, *keys)).status_code == 200
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(url(name, *keys)).status_code == 403


def series(worker):
    return Series.objects.create(
        prison=worker.prison, name="Families", regime_time=groups.slot(), weekdays=[1], from_on=groups.DAY, capacity=8,
        made_by=worker, made_at=factories.at(),
    )  # fmt: skip


@pytest.mark.parametrize("name", [*OF_GROUP, *POSTS, *OF_SERIES, "expect_enrolled"])
def test_another_prison_has_no_such_session(client, worker, name):
    keys = [series(worker).pk if name in {*OF_SERIES, "expect_enrolled"} else groups.session().pk]
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))
    ask = client.post if name in {*POSTS, "expect_enrolled"} else client.get

    assert ask(url(name, *keys)).status_code == 404


# The week


def test_index_shows_the_week_by_day_and_time(client, worker):
    early = groups.session(
        groups.SOON, regime_time=groups.slot("AM", groups.time(8, 30), groups.time(11, 30)), name="Early"
    )
    late = groups.session(groups.SOON, name="Late", room=groups.room(), workers=[worker], state="CONFIRMED")
    groups.session(groups.DAY + timedelta(days=7), name="Next week")
    groups.seat(late, groups.held())

    response = client.get(url("groups"))

    week = response.context["week"]
    assert [(day, list(rows)) for day, rows in week.days] == [(groups.SOON, [early, late])]
    text = "Thursday 15 October PM, 13:30 to 16:30 Late , 15 October, 13:30 Group room Kay Worker 1 of 10 Confirmed"
    assert text in words(response)


def test_index_counts_what_could_not_run_and_whose_reason_it_was(client, worker):
    groups.session(groups.DAY, state="CANCELLED", cancelled_why="TEAM_NO_ROOM")
    groups.session(groups.SOON, state="CANCELLED", cancelled_why="REGIME_CURTAILED")
    groups.session(groups.DAY - timedelta(days=14), state="CANCELLED", cancelled_why="TEAM_NO_ROOM")

    text = words(client.get(url("groups")))

    assert "2 sessions, 2 could not run, 1 for a reason of the team, 1 for one of the prison." in text
    assert "In the four weeks up to then these could not run: Team: no room 2, Prison: regime curtailed 1." in text


def test_index_is_filtered_and_paged_by_the_address(client, worker):
    wing = factories.wing("K")
    mine = groups.session(groups.SOON, workers=[worker], wing=wing, state="CONFIRMED")
    own = groups.session(groups.SOON, series=series(worker))
    programme = groups.programme()
    Series.objects.update(programme=programme)

    for asked, found in [
        ({"wing": wing.pk}, [mine]),
        ({"worker": worker.pk}, [mine]),
        ({"state": "CONFIRMED"}, [mine]),
        ({"programme": programme.pk}, [own]),
        ({"week": "2026-10-20"}, []),
        ({"week": "never", "wing": "x", "state": "NONE", "worker": "9" * 30}, [mine, own]),
        ({"week": "0001-01-01"}, [mine, own]),
    ]:
        response = client.get(url("groups"), asked)
        assert [row for _, rows in response.context["week"].days for row in rows] == found, asked
    assert client.get(url("groups"), {"week": "2026-10-20"}).context["week"].first == date(2026, 10, 19)
    assert "week=2026-10-26" in client.get(url("groups"), {"week": "2026-10-20"}).context["behind_url"]


@pytest.mark.parametrize("count", [1, 3, 20])
def test_index_asks_as_often_however_many_there_are(client, worker, count, django_assert_num_queries):
    for number in range(count):
        session = groups.session(groups.DAY, regime_time=groups.slot(f"Slot {number}"), workers=[factories.user()])
        groups.seat(session, groups.held())
    client.get(url("groups"))

    with django_assert_num_queries(32):
        client.get(url("groups"))


# One session


def test_show_names_who_is_expected_and_says_so_in_the_trail(client, worker):
    session = groups.session(room=groups.room(), workers=[worker])
    one, off = groups.held("Aby"), groups.held("Offby")
    factories.alert(one, "HA")
    groups.seat(session, one, despite="Video link")
    groups.seat(session, off, removed_at=factories.at(), removed_by=worker, removed_why="Works in the kitchen")
    guest = Guest.objects.create(prison=session.prison, name="Sam Speaker", organisation="Narcotics Anonymous")
    GuestVisit.objects.create(session=session, prison=session.prison, guest=guest)

    response = client.get(url("group", session.pk))

    text = words(response)
    assert f"Aby, Sam ACCT open {one.number} A-1-001 Video link" in text
    assert "Sam Speaker (Narcotics Anonymous)" in text
    assert "Offby, Sam on 14 October 2026, 10:00 by Kay Worker: Works in the kitchen" in text
    listed = AuditEntry.objects.get(action="group.people.listed")
    assert listed.detail == {"people": sorted([one.pk, off.pk])}


def test_show_counts_restricted_people_without_a_name(client, worker):
    session, hidden = groups.session(), groups.held("Hiddenby")
    groups.seat(session, hidden)
    Restriction.objects.create(
        person=hidden, prison=session.prison, number=hidden.number, kind="OTHER", reason="Known to staff",
        made_at=factories.at(), made_by=worker,
    )  # fmt: skip

    for name in ["group", "remove_seat", "accept_seat", "catch_up"]:
        assert "Hiddenby" not in words(client.get(url(name, session.pk))), name
    assert "1 restricted record is not shown." in words(client.get(url("group", session.pk)))


@pytest.mark.parametrize("count", [1, 3, 20])
def test_show_asks_as_often_however_many_are_expected(client, worker, count, django_assert_num_queries):
    session = groups.session(capacity=30, workers=[worker])
    for _ in range(count):
        groups.seat(session, groups.held())
    client.get(url("group", session.pk))

    with django_assert_num_queries(34):
        client.get(url("group", session.pk))


def test_look_lists_what_stands_against_the_sessions_to_come(client, worker):
    session, person = groups.session(), groups.held("Aby")
    seat = groups.seat(session, person)
    factories.alert(person, "RCON")

    response = client.get(url("groups_look"))

    assert (
        "Aby, Sam In conflict with other prisoners: ask the wing first. Take off Sam Aby, 15 October, 13:30"
        in words(response)
    )
    assert f"{url('accept_seat', session.pk)}?seat={seat.pk}" in response.content.decode()
    assert AuditEntry.objects.get(action="group.problems.listed").detail == {"people": [person.pk]}
    assert "1 session of the next four weeks is to be looked at." in words(client.get(url("groups")))


# What is done


def test_a_series_is_put_down_at_once_and_bank_holidays_are_told(client, worker):
    answers = series_answers(worker, weekdays=["4"])
    first, second = (client.post(url("make_series"), answers, follow=True) for _ in range(2))

    made = Series.objects.get()
    assert first.redirect_chain == second.redirect_chain == [(url("series", made.pk), 302)]
    assert "Left out, because it is a bank holiday: 25 December 2026, 1 January 2027." in words(first)
    assert [timezone.localdate(each.starts_at) for each in made.sessions.order_by("number")] == [
        date(2027, 1, 8),
        date(2027, 1, 15),
    ]


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"weekdays": []}, "weekdays", "Choose at least one day."),
        ({"count": "0"}, "count", "Give between 1 and 60 sessions."),
        ({"count": ""}, "count", "Say how many."),
        ({"capacity": "500"}, "capacity", "Give a number between 1 and 200."),
        ({"from_on": "1/1/2020"}, "from_on", "Give a day from today on, within a year."),
        ({"begins": "soon"}, "begins", "Write the time, for example 14:00."),
        ({"begins": "07:00"}, "begins", "PM is from 13:30 to 16:30."),
        ({"name": "x" * 100_000}, "name", "Shorten this to 80 characters. It has 100000."),
        ({"room": "999999"}, "room", "Select a valid choice. That choice is not one of the available choices."),
    ],
)
def test_a_series_is_refused_beside_the_field(client, worker, given, field, text):
    response = client.post(url("make_series"), series_answers(worker, **given))

    assert response.context["form"].errors == {field: [text]}
    assert (Series.objects.count(), GroupSession.objects.count()) == (0, 0)


def test_a_room_that_is_taken_is_told_beside_the_field_with_the_other_session(client, worker):
    groups.session(date(2026, 12, 29), name="Families", room=groups.room())

    response = client.post(url("make_series"), series_answers(worker))

    said = "Group room is taken on Tuesday 29 December, 13:30 to 16:30, by Families."
    assert response.context["form"].errors == {"room": [said]}
    assert f'href="#{response.context["form"]["room"].id_for_label}">{said}' in response.content.decode()
    assert Series.objects.count() == 0


def test_one_session_is_put_down_confirmed_and_could_not_run(client, worker):
    answers = {**series_answers(worker), "on": "15/10/2026"}
    response = client.post(url("make_group"), answers)
    session = GroupSession.objects.get()
    assert response.url == url("group", session.pk)

    client.post(url("confirm_group", session.pk))
    session.refresh_from_db()
    assert session.state == "CONFIRMED"

    refused = client.post(url("cancel_group", session.pk), {"note": ""})
    client.post(url("cancel_group", session.pk), {"why": "TEAM_NO_ROOM", "note": "Painters"})
    session.refresh_from_db()
    assert refused.context["form"].errors == {"why": ["Choose why."]}
    assert (session.state, session.cancelled_why) == ("CANCELLED", "TEAM_NO_ROOM")
    assert "Could not run Team: no room: Painters, recorded by Kay Worker" in words(
        client.get(url("group", session.pk))
    )


def test_confirm_without_a_room_says_why_not(client, worker):
    session = groups.session()

    response = client.post(url("confirm_group", session.pk), follow=True)

    assert "It needs a room and somebody who runs it first. Move it, and choose." in words(response)
    assert client.get(url("confirm_group", session.pk)).status_code == 405


def test_move_shows_what_is_planned_and_tells_whoever_was_slower(client, worker):
    session = groups.session(workers=[worker])
    form = client.get(url("move_group", session.pk)).context["form"]
    assert {name: form.initial[name] for name in ["on", "begins", "facilitators", "version"]} == {
        "on": groups.SOON, "begins": None, "facilitators": [worker.pk], "version": 1,
    }  # fmt: skip
    operations.move(
        session=session,
        version=1,
        on=groups.SOON,
        regime_time=groups.slot(),
        room=groups.room(),
        facilitators=[],
        by=worker,
    )

    slower = client.post(url("move_group", session.pk), move_answers(session, on="16/10/2026"))

    assert "Somebody else changed this while you had it open" in words(slower)
    assert slower.context["form"].theirs["room"] == "Group room (holds 14)"
    again = move_answers(session, on="16/10/2026", version=2, room=groups.room().pk)
    client.post(url("move_group", session.pk), again)
    session.refresh_from_db()
    assert (timezone.localdate(session.starts_at), session.version) == (date(2026, 10, 16), 3)


def test_people_are_put_down_by_number_and_what_is_wrong_is_said_beside_it(client, worker):
    session, one, other = groups.session(), groups.held("Aby"), groups.held("Bedby")
    add = url("add_seats", session.pk)

    for numbers, said in [
        ("", "Give at least one prison number."),
        ("A9999ZZ x", "Nobody here has this number: A9999ZZ, x. Look under Find a person."),
        ("x" * 100_000, "Shorten this to 1000 characters. It has 100000."),
    ]:
        response = client.post(add, {"numbers": numbers, "nonce": uuid4()})
        assert response.context["form"].errors == {"numbers": [said]}
    answers = {"numbers": f"{one.number}, {other.number.lower()}\n{one.number}", "nonce": uuid4()}
    first, second = (client.post(add, answers) for _ in range(2))

    assert first.url == second.url == url("group", session.pk)
    assert list(session.seats.order_by("pk").values_list("person", flat=True)) == [one.pk, other.pk]


def test_somebody_who_is_kept_apart_is_refused_without_a_name(client, worker):
    session, one, other = groups.session(), groups.held("Aby"), groups.held("Otherby")
    groups.apart(one, other)
    groups.seat(session, other)

    with context.acting(worker):
        assert Seat.objects.visible_to(worker).count() == 1
    response = client.post(url("add_seats", session.pk), {"numbers": one.number, "nonce": uuid4()})

    said = "Sam Aby: Cannot be in this room with somebody who is expected. Ask who plans the groups."
    assert response.context["form"].errors == {"numbers": [said]}
    assert "Otherby" not in words(response)
    client.force_login(factories.user(duties=["SCHEDULE"]))
    named = client.post(url("add_seats", session.pk), {"numbers": one.number, "nonce": uuid4()})
    assert named.context["form"].errors == {"numbers": ["Sam Aby: Is kept apart from Sam Otherby, who is expected."]}


def test_somebody_is_taken_off_or_expected_all_the_same_with_a_reason(client, worker):
    session, one, other = groups.session(), groups.held("Aby"), groups.held("Bedby")
    seats = [groups.seat(session, person) for person in [one, other]]
    factories.alert(other, "RCON")
    off, same = url("remove_seat", session.pk), url("accept_seat", session.pk)

    assert client.get(f"{off}?seat={seats[1].pk}").context["form"].initial["seat"] == str(seats[1].pk)
    refused = client.post(off, {"seat": seats[0].pk, "why": ""})
    assert refused.context["form"].errors == {"why": ["Say why."]}
    client.post(off, {"seat": seats[0].pk, "why": "Kitchen work"})
    client.post(same, {"seat": seats[1].pk, "why": "The wing says yes"})
    wrong = client.post(same, {"seat": seats[0].pk, "why": "x"})

    for seat in seats:
        seat.refresh_from_db()
    assert (seats[0].removed_why, seats[1].despite) == ("Kitchen work", "The wing says yes")
    assert wrong.context["form"].errors == {"seat": ["Choose again who."]}


def test_a_catch_up_is_planned_for_those_who_missed_it(client, worker):
    session = groups.session(groups.DAY - timedelta(days=1), number=2)
    came, missed = factories.case(worker=worker), groups.held("Missby")
    groups.seat(session, came.person, contact=factories.contact(came))
    seat = groups.seat(session, missed)

    form = client.get(url("catch_up", session.pk)).context["form"]
    assert list(form.fields["people"].queryset) == [seat]
    answers = {
        "people": [seat.pk],
        "on": "15/10/2026",
        "regime_time": groups.slot().pk,
        "capacity": "3",
        "nonce": uuid4(),
    }
    response = client.post(url("catch_up", session.pk), answers)

    made = GroupSession.objects.get(stands_for=session)
    assert response.url == url("group", made.pk)
    assert [row.person for row in made.seats.all()] == [missed]


def test_enrolled_are_put_down_and_who_is_left_out_is_told(client, worker):
    run = series(worker)
    session = groups.session(series=run)
    good, bad = groups.held("Aby"), groups.held("Bedby")
    factories.alert(bad, "WWSEG")
    programme = groups.programme()
    for person in [good, bad]:
        person.enrolments.create(
            prison=run.prison,
            programme=programme,
            series=run,
            state="ACTIVE",
            proposed_on=groups.DAY,
            proposed_by=worker,
        )

    page = client.post(url("add_enrolled", session.pk), follow=True)
    client.post(url("expect_enrolled", run.pk))

    assert "Sam Bedby was left out. Is removed from association: no groups while it lasts." in words(page)
    assert [seat.person for seat in session.seats.all()] == [good]
