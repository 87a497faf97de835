from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import AuditEntry, Case, CourtDate
from casework.operations import custody
from casework.operations.journal import Journal
from interventions.models import Seat, Series
from interventions.operations import seat as operations
from interventions.queries import readiness
from tests import factories
from tests.interventions import groups, programmes

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return factories.user(full_name="Kay Worker")


def add(session, *people, by, **given):
    return operations.add(session=session, people=people, by=by, **given)


def at_court(person):
    spell = person.spells.get()
    return CourtDate.objects.create(
        spell=spell, person=person, prison=spell.prison, on=groups.SOON, said_by="Court list", recorded_by=factories.user(),
        recorded_at=factories.at(),
    )  # fmt: skip


def test_add_expects_people_once(worker):
    session, one, other, nonce = groups.session(), groups.held(), groups.held(), uuid4()

    for _ in range(2):
        add(session, one, other, by=worker, nonce=nonce)

    assert set(Seat.objects.values_list("person", "period", "added_by")) == {
        (person.pk, session.period, worker.pk) for person in [one, other]
    }
    assert AuditEntry.objects.get(action="seat.added").detail == {"people": [one.pk, other.pk]}


def test_add_needs_somebody(worker):
    with pytest.raises(ValidationError) as refused:
        add(groups.session(), by=worker)

    assert refused.value.message_dict == {"numbers": ["Say who."]}


def test_add_enrolled_stops_when_the_session_is_full(worker):
    session = groups.session(capacity=1)
    series = Series.objects.create(
        prison=worker.prison, name="Families", regime_time=groups.slot(), weekdays=[1], from_on=groups.DAY, capacity=8,
        made_by=worker, made_at=factories.at(),
    )  # fmt: skip
    type(session).objects.filter(pk=session.pk).update(series=series)
    programme = groups.programme()
    for name in ["Aby", "Bedby"]:
        groups.held(name).enrolments.create(
            prison=session.prison,
            programme=programme,
            series=series,
            state="ACTIVE",
            proposed_on=groups.DAY,
            proposed_by=worker,
        )

    seats, against = operations.add_enrolled(session=session, by=worker)

    assert ([seat.person.surname for seat in seats], against) == (["Aby"], {"Sam Bedby": "It is full."})
    ended = seats[0].enrolment
    ended.moves.create(
        person=ended.person, prison=ended.prison, before="ACTIVE", after="RELEASED", on=groups.DAY, at=factories.at(), by=worker
    )  # fmt: skip
    ended.state, ended.ended_on = "RELEASED", groups.DAY
    ended.save()
    (look,) = readiness.to_look_at(worker)
    assert [each.finding.text for each in look.problems] == ["Is no longer in the programme."]


def test_add_refuses_all_where_one_cannot_come(worker):
    session, one, other = groups.session(), groups.held("Aby"), groups.held("Bedby")
    factories.alert(other, "WWSEG")

    with pytest.raises(ValidationError) as refused:
        add(session, one, other, by=worker, despite="Never mind")

    assert refused.value.message_dict == {
        "numbers": ["Sam Bedby: Is removed from association: no groups while it lasts."]
    }
    assert Seat.objects.count() == 0


def test_add_twice_and_beyond_the_room_is_refused(worker):
    session = groups.session(capacity=10, room=groups.room(capacity=3), workers=[worker])
    one = groups.held("Aby")
    add(session, one, by=worker)

    for people, said in [
        ([one], ["Sam Aby is expected here already."]),
        ([groups.held(), groups.held()], ["There is place for 1 more."]),
    ]:
        with pytest.raises(ValidationError) as refused:
            add(session, *people, by=worker)
        assert refused.value.message_dict == {"numbers": said}
    add(session, groups.held(), by=worker)
    with pytest.raises(ValidationError, match="It is full."):
        add(session, groups.held(), by=worker)


def test_add_asks_for_a_reason_and_keeps_it(worker):
    session, person = groups.session(), groups.held("Aby")
    court = at_court(person)

    with pytest.raises(ValidationError) as refused:
        add(session, person, by=worker)
    (seat,) = add(session, person, by=worker, despite="By video link in the morning")

    assert refused.value.message_dict == {
        "despite": ["Sam Aby: Is at court that day.", "Say why this is all right, or leave them out."]
    }
    assert (seat.despite, seat.accepted) == ("By video link in the morning", [f"COURT-{court.pk}"])


@pytest.mark.parametrize("state", ["HELD", "CANCELLED"])
def test_add_to_a_session_that_is_over_is_refused(worker, state):
    session = groups.session(state=state, cancelled_why="TEAM_ABSENT" if state == "CANCELLED" else "")

    with pytest.raises(ValidationError, match="Nobody can be expected here any more"):
        add(session, groups.held(), by=worker)


def test_remove_needs_no_second_time_and_leaves_who_was_marked(worker):
    session, case = groups.session(), factories.case(worker=worker)
    seat = groups.seat(session, groups.held())
    marked = groups.seat(session, case.person, contact=factories.contact(case))

    for why in ["Does not want to", "Again"]:
        removed = operations.remove(seat=seat, why=why, by=worker)

    assert (removed.removed_by, removed.removed_why, removed.version) == (worker, "Does not want to", 2)
    with pytest.raises(ValidationError, match="The register says what came of it."):
        operations.remove(seat=marked, why="No", by=worker)


def test_accept_keeps_the_reason_for_what_stands_against_somebody_now(worker):
    session, person = groups.session(), groups.held()
    seat = groups.seat(session, person)
    with pytest.raises(ValidationError, match="Nothing stands against this person"):
        operations.accept(seat=seat, why="All right", by=worker)
    factories.alert(person, "RCON")

    accepted = operations.accept(seat=seat, why="The wing says yes", by=worker)

    assert (accepted.despite, accepted.accepted) == ("The wing says yes", ["ALERT-RCON"])


def test_accept_does_not_help_against_what_is_firm(worker):
    seat = groups.seat(groups.session(), groups.held())
    factories.alert(seat.person, "WWSEG")

    with pytest.raises(ValidationError, match="Nothing stands against this person that a reason would help."):
        operations.accept(seat=seat, why="Never mind", by=worker)


def test_who_leaves_is_expected_nowhere_any_more(worker):
    case = factories.case(worker=worker)
    past = groups.seat(groups.session(groups.DAY - timedelta(days=2)), case.person)
    coming = groups.seat(groups.session(), case.person)
    Case.objects.filter(pk=case.pk).update(closed_on=groups.DAY, close_reason="RELEASED_COURT", closed_by=worker)
    case.spell.off_roll_on = groups.DAY
    case.spell.save()

    custody.confirm_departure(spell_id=case.spell_id, meaning="RELEASED", on=groups.DAY, at=timezone.now(), by=worker)

    for row in [past, coming]:
        row.refresh_from_db()
    assert (past.removed_at, coming.removed_why, coming.removed_by) == (None, "The person left the prison.", worker)


def test_two_numbers_of_one_person_are_expected_once(worker):
    session, later = groups.session(), groups.session(groups.SOON + timedelta(days=1))
    removed, kept = groups.held(), groups.held()
    both = [groups.seat(session, removed), groups.seat(session, kept)]
    only = groups.seat(later, removed)

    _merged(removed, kept, worker)

    for row in [*both, only]:
        row.refresh_from_db()
    assert [row.person for row in [*both, only]] == [kept, kept, kept]
    assert [bool(row.removed_at) for row in [*both, only]] == [True, False, False]


def _merged(removed, kept, by):
    journal = Journal()
    operations.move(removed=removed, kept=kept, journal=journal, by=by)
    return journal


def test_two_people_after_all_have_their_seats_back(worker):
    session = groups.session()
    removed, kept = groups.held(), groups.held()
    both = [groups.seat(session, removed), groups.seat(session, kept)]
    journal = _merged(removed, kept, worker)

    operations.move_back(removed=removed, kept=kept, journal=journal, by=worker)

    for row in both:
        row.refresh_from_db()
    assert [(row.person, row.removed_at) for row in both] == [(removed, None), (kept, None)]


@pytest.mark.parametrize("count", [1, 3, 20])
def test_follow_asks_the_same_number_of_queries_however_many_sessions(worker, count, django_assert_num_queries):
    series = programmes.series()
    for number in range(1, count + 1):
        programmes.session(series, number, groups.DAY + timedelta(days=number), state="PLANNED")
    enrolment = programmes.enrolment(programme=series.programme, state="ALLOCATED", series=series)

    with django_assert_num_queries(20):
        expected, left_out = operations.follow(enrolment=enrolment, by=worker)

    assert (expected, left_out) == (count, {})


def test_follow_leaves_out_where_somebody_is_kept_apart_and_says_so(worker):
    series = programmes.series()
    first, second = (
        programmes.session(series, number, groups.DAY + timedelta(days=number), state="PLANNED") for number in [1, 2]
    )
    enrolment = programmes.enrolment(programme=series.programme, state="ALLOCATED", series=series)
    other = groups.held("Otherby")
    groups.apart(enrolment.person, other)
    add(second, other, by=worker)

    expected, left_out = operations.follow(enrolment=enrolment, by=worker)

    assert (expected, [(finding.code, sessions) for finding, sessions in left_out.items()]) == (
        1,
        [("APART", [second])],
    )
    assert list(Seat.objects.filter(person=enrolment.person).values_list("session", flat=True)) == [first.pk]
