from datetime import time, timedelta

import pytest
from django.db import connection

from casework import context
from casework.access import Role
from casework.models import Absence, CourtDate, CustodySpell, Location, Restriction, Wing
from interventions.models import Commitment, Guest, GuestVisit, Seat
from interventions.queries import places, readiness, separation
from tests import factories
from tests.interventions import groups

pytestmark = pytest.mark.django_db
ASK = "Cannot be in this room with somebody who is expected. Ask who plans the groups."


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def planner():
    return factories.user(duties=["SCHEDULE"])


def found(session, people, user):
    """What stands against each of ``people``, in words, asked as ``user``."""
    with context.acting(user):
        findings = separation.findings(session, people, user)
    return [[each.text for each in findings[person.pk]] for person in people]


def codes(session, person, user):
    with context.acting(user):
        return [(each.code, each.firm) for each in separation.findings(session, [person], user)[person.pk]]


def looked(user, *sessions):
    with context.acting(user):
        looks = readiness.to_look_at(user, list(sessions) or None)
    return [(each.seat and each.seat.person.surname, each.finding.text) for look in looks for each in look.problems]


def asked(user, sql, *parameters):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


# Kept apart


def test_kept_apart_is_told_by_name_to_those_who_plan_and_without_to_others(worker, planner):
    session, one, other = groups.session(), groups.held("Firstby"), groups.held("Otherby")
    groups.apart(one, other)
    groups.seat(session, other)

    assert found(session, [one], worker) == [[ASK]]
    assert found(session, [one], planner) == [["Is kept apart from Sam Otherby, who is expected."]]
    assert codes(session, one, worker) == codes(session, one, planner) == [("APART", True)]


@pytest.mark.parametrize("scope", ["CELL", "LANDING", "WING", "ROOM"])
def test_kept_apart_in_any_way_is_not_in_one_room(worker, scope):
    session, one, other = groups.session(), groups.held(), groups.held()
    groups.apart(one, other, scope=scope)
    groups.seat(session, other)

    assert found(session, [one], worker) == [[ASK]]


def test_kept_apart_of_two_who_come_together_bars_the_second(worker):
    session, one, other, third = groups.session(), groups.held(), groups.held(), groups.held()
    groups.apart(one, other)
    groups.apart(other, third)

    assert found(session, [one, other, third], worker) == [[], [ASK], []]


def test_kept_apart_on_the_way_needs_a_reason_of_those_who_plan_and_is_firm_for_others(worker, planner):
    there, session = groups.session(name="Other group"), groups.session()
    one, other = groups.held("Firstby"), groups.held("Otherby")
    pair = groups.apart(one, other)
    groups.seat(there, other)

    assert codes(session, one, worker) == [("APART", True)]
    assert codes(session, one, planner) == [(f"APART-{pair.pk}", False)]
    assert found(session, [one], planner) == [["Would meet Sam Otherby on the way."]]
    assert codes(groups.session(regime_time=groups.slot("AM", time(8, 30), time(11, 30))), one, planner) == []


def test_kept_apart_later_is_told_of_the_session_and_of_nobody_to_those_who_do_not_plan(worker, planner):
    session, one, other = groups.session(), groups.held("Firstby"), groups.held("Otherby")
    for person in [one, other]:
        groups.seat(session, person)
    groups.apart(one, other)

    assert looked(worker) == [(None, "Two who are expected here must not be in one room. Ask who plans the groups.")]
    assert looked(planner) == [
        ("Firstby", "Is kept apart from Sam Otherby, who is expected."),
        ("Otherby", "Is kept apart from Sam Firstby, who is expected."),
    ]


def test_kept_apart_on_the_way_is_not_told_again_once_it_was_accepted(worker, planner):
    there, session = groups.session(name="Other group"), groups.session()
    one, other = groups.held("Firstby"), groups.held("Otherby")
    pair = groups.apart(one, other)
    groups.seat(there, other)
    seat = groups.seat(session, one)

    assert looked(planner, session) == [("Firstby", "Would meet Sam Otherby on the way.")]
    Seat.objects.filter(pk=seat.pk).update(accepted=[f"APART-{pair.pk}"], despite="Two escorts")
    assert looked(planner) == looked(worker) == []


def test_the_database_answers_nobody_of_another_prison_or_another_kind(worker):
    session, one, other = groups.session(), groups.held(), groups.held()
    groups.apart(one, other)
    groups.seat(session, other)
    join, part, count = (f"SELECT * FROM ww.{name}" for name in ["cannot_join", "sessions_to_part", "expected_at"])
    there = factories.user(prison=factories.prison("ACI", "Altcourse (HMP)"))

    for user, answers in [
        (worker, 1),
        (factories.user(Role.MANAGER), 1),
        (there, 0),
        (factories.user(Role.ADMINISTRATOR), 0),
    ]:
        assert len(asked(user, f"{join}(%s, %s)", session.pk, [one.pk])) == answers
        assert len(asked(user, f"{count}(%s)", [session.pk])) == answers
    groups.seat(session, one)
    assert asked(worker, f"{part}(%s)", [session.pk]) == [(session.pk, "ROOM")]
    assert asked(there, f"{part}(%s)", [session.pk]) == []


def test_restricted_people_take_their_place_and_are_not_named(worker, planner):
    session = groups.session(capacity=1)
    hidden, other = groups.held("Hiddenby"), groups.held("Otherby")
    groups.seat(session, hidden)
    groups.apart(hidden, other)
    Restriction.objects.create(
        person=hidden, prison=session.prison, number=hidden.number, kind="OTHER", reason="Known to staff",
        made_at=factories.at(), made_by=worker,
    )  # fmt: skip

    with context.acting(planner):
        assert places.expected([session]) == {session.pk: 1}
        assert places.left(session) == 0
    assert found(session, [other], planner) == [[ASK]]
    assert asked(planner, "SELECT * FROM ww.cannot_join(%s, %s)", session.pk, [hidden.pk]) == []


# Who may sit together


def test_vulnerable_prisoners_and_the_others_are_never_in_one_room(worker):
    wing = factories.wing("K", kind=Wing.Kind.VULNERABLE)
    main, apart = (
        groups.session(),
        groups.session(audience="VULNERABLE", regime_time=groups.slot("ED", time(18), time(19))),
    )
    there, usual, protected = groups.held(wing=wing), groups.held(), groups.held()
    factories.alert(protected, "VOP")

    texts = "Is a vulnerable prisoner, and this session is for everybody else."
    assert found(main, [there, usual, protected], worker) == [[texts], [], [texts]]
    other = "Is not a vulnerable prisoner, and this session is for them only."
    assert found(apart, [there, usual, protected], worker) == [[], [other], []]


@pytest.mark.parametrize("code", ["V45", "V46", "V49G", "WWSEG"])
def test_removed_from_association_means_no_groups(worker, code):
    person = groups.held()
    factories.alert(person, code)

    assert found(groups.session(), [person], worker) == [["Is removed from association: no groups while it lasts."]]


def test_segregation_means_no_groups(worker):
    person = groups.held(wing=factories.wing("E", kind=Wing.Kind.SEGREGATION))

    assert codes(groups.session(), person, worker) == [("REMOVED", True)]


@pytest.mark.parametrize(("code", "label"), [("RNO121", "Do not see alone"), ("WWPAIR", "See in pairs")])
def test_who_is_not_seen_alone_needs_two_members_of_staff(worker, code, label):
    person = groups.held()
    factories.alert(person, code)
    text = f"{label}: two members of staff are needed, and this session has"

    assert found(groups.session(), [person], worker) == [[f"{text} none."]]
    one = groups.session(groups.SOON + timedelta(days=1), workers=[worker])
    assert found(one, [person], worker) == [[f"{text} 1."]]
    both = groups.session(groups.SOON + timedelta(days=2), workers=[worker, factories.user()])
    assert found(both, [person], worker) == [[]]


def test_alerts_on_which_the_wing_is_asked_need_a_reason(worker):
    person = groups.held()
    factories.alert(person, "RCON")

    assert codes(groups.session(), person, worker) == [("ALERT-RCON", False)]
    assert found(groups.session(groups.SOON + timedelta(days=1)), [person], worker) == [
        ["In conflict with other prisoners: ask the wing first."]
    ]


# Where he is and what else he has


def test_who_left_or_is_not_on_the_roll_is_expected_nowhere(worker):
    gone, off = groups.held(), groups.held()
    CustodySpell.objects.filter(person=gone).update(ended_at=factories.at(), end="RELEASED")
    CustodySpell.objects.filter(person=off).update(off_roll_on=groups.DAY)

    assert found(groups.session(), [gone, off], worker) == [
        ["Is not in this prison any more."],
        ["Not on the roll since 14 October."],
    ]


def test_whereabouts_count_today_only(worker):
    person = groups.held()
    Location.objects.filter(spell__person=person).update(whereabouts="COURT")

    assert found(groups.session(groups.DAY), [person], worker) == [["At court now."]]
    assert found(groups.session(), [person], worker) == [[]]


def test_what_else_is_in_the_day_needs_a_reason(worker):
    case = factories.case(worker=worker)
    person, at = case.person, factories.at(groups.SOON, 14)
    given = {"prison": case.prison, "person": person, "recorded_by": worker, "recorded_at": factories.at()}
    CourtDate.objects.create(spell=case.spell, on=groups.SOON, said_by="Court list", **given)
    factories.appointment(case, at=at)
    factories.appointment(case, at=factories.at(groups.SOON, 10))
    Commitment.objects.create(kind="VISIT", starts_at=at, ends_at=at + timedelta(hours=1), said_by="Visits", **given)

    session = groups.session()
    assert found(session, [person], worker) == [
        ["Is at court that day.", f"Has an appointment at 14:00: Structured one-to-one, {worker}.", "Visit at 14:00."]
    ]
    assert not any(firm for _, firm in codes(session, person, worker))


def test_two_sessions_at_one_time_are_told(worker):
    person = groups.held()
    groups.seat(groups.session(name="SMART"), person)

    assert found(groups.session(), [person], worker) == [["Is expected at SMART at that time."]]


# To be looked at


def test_to_look_at_says_what_changed_since_people_were_put_down(worker):
    session = groups.session(room=groups.room(capacity=3), capacity=10, workers=[worker], state="CONFIRMED")
    people = [groups.held("Aby"), groups.held("Bedby"), groups.held("Cely")]
    for person in people:
        groups.seat(session, person)
    factories.alert(people[0], "WWSEG")
    CustodySpell.objects.filter(person=people[1]).update(ended_at=factories.at(), end="RELEASED")
    Absence.objects.create(user=worker, prison=session.prison, from_on=groups.SOON, until_on=groups.SOON)

    assert looked(worker) == [
        (None, "3 people are expected, and there is place for 2."),
        (None, f"{worker} is away that day."),
        ("Aby", "Is removed from association: no groups while it lasts."),
        ("Bedby", "Is not in this prison any more."),
    ]


def test_to_look_at_leaves_out_what_was_accepted_what_is_over_and_what_is_far(worker):
    past, far = groups.session(groups.DAY - timedelta(days=1)), groups.session(groups.DAY + timedelta(days=40))
    cancelled = groups.session(groups.SOON, state="CANCELLED", cancelled_why="TEAM_NO_ROOM")
    person = groups.held()
    factories.alert(person, "RCON")
    for session in [past, far, cancelled]:
        groups.seat(session, person)
    soon = groups.session(groups.SOON + timedelta(days=1))
    groups.seat(soon, person, accepted=["ALERT-RCON"], despite="The wing says yes")

    assert looked(worker) == []
    assert looked(worker, far) == [("Testerton", "In conflict with other prisoners: ask the wing first.")]


@pytest.mark.parametrize("count", [1, 3, 20])
def test_to_look_at_asks_as_often_however_many_there_are(worker, planner, count, django_assert_num_queries):
    for number in range(count):
        session = groups.session(groups.SOON + timedelta(days=number), workers=[worker])
        for _ in range(2):
            groups.seat(session, groups.held())
    with context.acting(planner), django_assert_num_queries(15):
        readiness.to_look_at(planner)


def test_a_guest_whose_vetting_ends_before_the_session_is_told(worker):
    session = groups.session(workers=[worker])
    for name, until in [("Dr Dent", groups.SOON), ("Mr Late", groups.DAY), ("Ms Never", None)]:
        guest = Guest.objects.create(prison=session.prison, name=name, vetted_until=until)
        GuestVisit.objects.create(session=session, prison=session.prison, guest=guest)

    (look,) = readiness.to_look_at(worker)

    assert [each.finding.text for each in look.problems] == [
        "The vetting of the guest Mr Late ends on 14 October 2026: not to be let in that day.",
        "The vetting of the guest Ms Never has not been done: not to be let in that day.",
    ]
