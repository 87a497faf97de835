import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from casework import context
from casework.models import AuditEntry, CourtDate, LegalStatus, Person, PersonMerge, ReleaseDate, Wing
from casework.operations import person as people
from casework.operations.journal import Journal
from interventions import receivers
from interventions.models import Certificate, Enrolment, EnrolmentMove, GroupSession, Seat
from interventions.operations import enrolment as operations
from tests import factories
from tests.interventions import groups, programmes

pytestmark = pytest.mark.django_db
State = Enrolment.State
PAIRS = list(itertools.product(State, State))
ALLOWED = [(before, after) for before, afters in Enrolment.MOVES.items() for after in afters]


@pytest.fixture
def worker():
    return factories.user(full_name="Kay Worker")


@pytest.fixture
def case(worker):
    return factories.case(worker=worker)


def leave(case, end, worker):
    case.spell.ended_at, case.spell.end = timezone.now(), end
    case.spell.save()
    receivers.leave(sender=None, spells=[case.spell], at=timezone.now(), by=worker)


def write(row, after, **given):
    """A change of state past the operations."""
    over = after not in operations.LIVE
    Enrolment.objects.filter(pk=row.pk).update(
        state=after, ended_on=factories.DAY if over else None, reason=programmes.REASONS.get(after, ""), **given
    )


def test_moves_are_those_of_the_domain():
    assert set(Enrolment.MOVES) == set(State)
    assert len(ALLOWED) == 23
    assert set(operations.LIVE) == {"PROPOSED", "WAITING", "ALLOCATED", "ACTIVE", "SUSPENDED"}


def test_database_takes_every_step_that_is_in_the_table(case):
    programme = programmes.programme()
    for before, after in ALLOWED:
        row = programmes.enrolment(case, programme, before)
        row.moves.create(
            person=row.person, prison=row.prison, before=before, after=after, on=factories.DAY, at=factories.at(), by=row.proposed_by,
        )  # fmt: skip
        write(row, after)
        row.refresh_from_db()
        assert row.state == after
        if row.ended_on is None:
            end(row)


def end(row):
    before = row.state
    row.moves.create(
        person=row.person, prison=row.prison, before=before, after="RELEASED", on=factories.DAY, at=factories.at(), by=row.proposed_by,
    )  # fmt: skip
    write(row, "RELEASED")


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in PAIRS if pair not in ALLOWED], ids=lambda state: str(state)
)
def test_database_refuses_every_other_step(before, after):
    row = programmes.enrolment(state=before)

    with pytest.raises(IntegrityError, match="enrolment_move_is_allowed"), transaction.atomic():
        row.moves.create(
            person=row.person, prison=row.prison, before=before, after=after, on=factories.DAY, at=factories.at(), by=row.proposed_by,
        )  # fmt: skip
    if before != after:
        with pytest.raises(IntegrityError, match="without that move"), transaction.atomic():
            write(row, after)
    row.refresh_from_db()
    assert row.state == before


def test_database_refuses_a_step_that_nobody_wrote_down(case):
    row = programmes.enrolment(case)

    with pytest.raises(IntegrityError, match="without that move"), transaction.atomic():
        write(row, "WAITING")


@pytest.mark.parametrize("state", State)
def test_operations_take_no_other_step_either(worker, state):
    row = programmes.enrolment(state=state)
    series = programmes.series(row.programme)
    steps = {
        "accept": ("WAITING", {"note": "Right"}),
        "allocate": ("ALLOCATED", {"series": series}),
        "give_back": ("WAITING", {"note": "Moved"}),
        "start": ("ACTIVE", {}),
        "suspend": ("SUSPENDED", {"note": "Ill"}),
        "resume": ("ACTIVE", {}),
        "complete": ("COMPLETED", {}),
        "stop": ("NOT_COMPLETED" if row.started_on else "NOT_STARTED", {"reason": "4A" if row.started_on else "W1"}),
    }
    open_now = {
        "PROPOSED": ["accept", "stop"],
        "WAITING": ["allocate", "stop"],
        "ALLOCATED": ["start", "give_back", "stop"],
        "ACTIVE": ["suspend", "complete", "stop"],
        "SUSPENDED": ["resume", "complete", "stop"],
    }.get(state, [])
    for name, (after, given) in steps.items():
        with transaction.atomic():
            if name in open_now:
                taken = getattr(operations, name)(enrolment=row, by=worker, version=row.version, **given)
                assert taken.state == after
            else:
                with pytest.raises(ValidationError, match="^..It is “"):
                    getattr(operations, name)(enrolment=row, by=worker, version=row.version, **given)
            transaction.set_rollback(True)


def test_propose_makes_one_row_and_its_first_move(worker, case):
    programme, nonce = programmes.programme(), uuid4()

    made = [
        operations.propose(person=case.person, programme=programme, suits_why="Cravings", by=worker, nonce=nonce)
        for _ in range(2)
    ]

    row = Enrolment.objects.get()
    assert made == [row, row]
    assert (row.state, row.case, row.proposed_on, row.proposed_by) == ("PROPOSED", case, factories.DAY, worker)
    assert list(row.moves.values_list("before", "after", "by")) == [("", "PROPOSED", worker.pk)]
    assert AuditEntry.objects.filter(action="enrolment.proposed", by_id=worker.pk).count() == 1


def test_propose_refuses_somebody_who_is_in_it_who_left_and_what_ended(worker, case):
    row = programmes.enrolment(case)
    ended = programmes.programme("Old", ended_on=factories.DAY)
    gone = factories.spell(ended_at=factories.at(), end="RELEASED").person

    for person, programme, said in [
        (case.person, row.programme, "This person is in this programme already."),
        (case.person, ended, "Old is no longer offered."),
        (gone, row.programme, f"{gone.name} is not in this prison now, so nothing can be proposed."),
    ]:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            operations.propose(person=person, programme=programme, suits_why="Why", by=worker)
        assert refused.value.messages == [said]


def test_accept_says_who_decided(worker, case):
    row = programmes.enrolment(case)

    operations.accept(enrolment=row, note="Talked it through", by=worker, version=1)
    operations.accept(enrolment=row, note="Talked it through", by=worker, version=1)

    row.refresh_from_db()
    assert (row.state, row.version) == ("WAITING", 2)
    assert list(row.moves.values_list("after", "note", "by", "overruled"))[1:] == [
        ("WAITING", "Talked it through", worker.pk, [])
    ]


def test_accept_needs_words_where_something_speaks_against_it(worker, case):
    programme = programmes.programme(remand=False, weeks=6)
    LegalStatus.objects.create(spell=case.spell, prison=case.prison, status="REMAND", from_at=factories.at())
    ReleaseDate.objects.create(
        spell=case.spell, prison=case.prison, kind="CONDITIONAL", on=factories.DAY + timedelta(days=20),
        recorded_at=factories.at(), recorded_by=worker,
    )  # fmt: skip
    row = programmes.enrolment(case, programme)

    with pytest.raises(ValidationError) as refused, transaction.atomic():
        operations.accept(enrolment=row, by=worker)
    operations.accept(enrolment=row, by=worker, note="Trial is far off")

    assert refused.value.message_dict == {
        "note": ["Something speaks against it. Say why the person is taken all the same."]
    }
    assert row.moves.last().overruled == ["REMAND", "SHORT"]


def test_allocate_gives_the_last_place_once(worker):
    series = programmes.series(capacity=1)
    first, second = (programmes.enrolment(programme=series.programme, state="WAITING") for _ in range(2))

    operations.allocate(enrolment=first, series=series, by=worker)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        operations.allocate(enrolment=second, series=series, by=worker)

    assert refused.value.message_dict == {"series": ["Triggers and cravings in October is full. Choose another."]}
    first.refresh_from_db()
    assert (first.state, first.series) == ("ALLOCATED", series)


def test_allocate_keeps_vulnerable_prisoners_and_others_apart(worker):
    wing = factories.wing("K", kind=Wing.Kind.VULNERABLE)
    main = programmes.series()
    apart = programmes.series(main.programme, audience="VULNERABLE")
    one, other = (programmes.enrolment(programme=main.programme, state="WAITING") for _ in range(2))
    one.person.spells.get().locations.update(wing=wing)
    warned = programmes.enrolment(programme=main.programme, state="WAITING")
    factories.alert(warned.person, "VOP")

    said = []
    for row, series in [
        (one, main),
        (warned, main),
        (other, apart),
        (other, programmes.series(programmes.programme("Another"))),
    ]:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            operations.allocate(enrolment=row, series=series, by=worker)
        said += refused.value.messages

    assert said == [
        "The person is a vulnerable prisoner, and this series is for everybody else.",
        "The person is a vulnerable prisoner, and this series is for everybody else.",
        "This series is for vulnerable prisoners only.",
        "Choose a series of this programme that goes on.",
    ]
    assert operations.allocate(enrolment=one, series=apart, by=worker).state == "ALLOCATED"


def test_allocate_expects_the_person_at_what_is_to_come_and_says_what_stands_against_the_rest(worker):
    series = programmes.series()
    days = [factories.DAY + timedelta(days=count) for count in (-2, 1, 6, 8, 13)]
    over, first, court, full, last = (
        programmes.session(series, number, day, state="PLANNED") for number, day in enumerate(days, start=1)
    )
    programmes.session(series, 1, factories.DAY + timedelta(days=3), state="PLANNED", stands_for=over)
    programmes.session(series, 6, factories.DAY + timedelta(days=20), state="CANCELLED", cancelled_why="TEAM_NO_ROOM")
    GroupSession.objects.filter(pk=full.pk).update(capacity=0)
    row = programmes.enrolment(programme=series.programme, state="WAITING")
    programmes.seat(row, last, outcome="")
    Seat.objects.update(enrolment=None)
    spell = row.person.spells.get()
    given = {"person": row.person, "prison": row.prison, "recorded_by": worker, "recorded_at": factories.at()}
    CourtDate.objects.create(spell=spell, on=court.period[0].date(), said_by="Court list", **given)

    taken = operations.allocate(enrolment=row, series=series, by=worker)

    assert taken.expected == 2
    assert {found.text: [each.pk for each in rows] for found, rows in taken.left_out.items()} == {
        "Is at court that day.": [court.pk],
        "It is full.": [full.pk],
    }
    assert list(Seat.objects.order_by("period").values_list("session", "enrolment")) == [
        (first.pk, row.pk),
        (last.pk, row.pk),
    ]


@pytest.mark.parametrize(
    ("duties", "said"),
    [
        ([], "Cannot be in this room with somebody who is expected. Ask who plans the groups."),
        (["SCHEDULE"], "Is kept apart from Sam Otherby, who is expected."),
    ],
)
def test_allocate_refuses_somebody_who_would_be_kept_apart_at_every_session(duties, said):
    by = factories.user(duties=duties)
    series = programmes.series()
    sessions = [
        programmes.session(series, number, factories.DAY + timedelta(days=number), state="PLANNED") for number in (1, 2)
    ]
    row = programmes.enrolment(programme=series.programme, state="WAITING")
    other = groups.held("Otherby")
    groups.apart(row.person, other)
    for session in sessions:
        session.refresh_from_db()
        groups.seat(session, other)

    with context.acting(by), pytest.raises(ValidationError) as refused, transaction.atomic():
        operations.allocate(enrolment=row, series=series, by=by)
    Seat.objects.filter(session=sessions[1]).update(removed_at=timezone.now())
    taken = operations.allocate(enrolment=row, series=series, by=by)

    assert refused.value.message_dict == {"series": [said]}
    assert (taken.expected, [found.text for found in taken.left_out]) == (1, [said])


def test_allocate_needs_words_where_something_new_speaks_against_it(worker, case):
    series = programmes.series(programmes.programme(remand=False, weeks=6))
    ReleaseDate.objects.create(
        spell=case.spell, prison=case.prison, kind="CONDITIONAL", on=factories.DAY + timedelta(days=20),
        recorded_at=factories.at(), recorded_by=worker,
    )  # fmt: skip
    row = programmes.enrolment(case, series.programme)
    row = operations.accept(enrolment=row, note="Finishes elsewhere", by=worker)
    LegalStatus.objects.create(spell=case.spell, prison=case.prison, status="REMAND", from_at=factories.at())

    with pytest.raises(ValidationError) as refused, transaction.atomic():
        operations.allocate(enrolment=row, series=series, by=worker)
    operations.allocate(enrolment=row, series=series, note="Will be sentenced next week", by=worker)

    said = "On remand, and this programme is not for people on remand. Say why the person has the place all the same."
    assert refused.value.message_dict == {"note": [said]}
    assert row.moves.last().overruled == ["REMAND"]


def test_whoever_rests_is_expected_at_no_session_until_he_attends_again(worker):
    series = programmes.series()
    row = programmes.enrolment(programme=series.programme, state="ACTIVE", series=series)
    later = programmes.session(series, 1, factories.DAY + timedelta(days=7), state="PLANNED")
    programmes.seat(row, later, outcome="")

    operations.suspend(enrolment=row, note="In hospital", by=worker)
    between = Seat.objects.expected().count()
    resumed = operations.resume(enrolment=row, by=worker)

    assert (between, Seat.objects.expected().count(), resumed.expected, resumed.left_out) == (0, 1, 1, {})
    assert Seat.objects.get(removed_at__isnull=False).removed_why == "Attendance rests."


def test_give_back_frees_the_place_and_the_seats_to_come(worker):
    series = programmes.series(capacity=1)
    row = programmes.enrolment(programme=series.programme, state="ALLOCATED", series=series)
    later = programmes.session(series, 1, factories.DAY + timedelta(days=7), state="PLANNED")
    programmes.seat(row, later, outcome="")

    operations.give_back(enrolment=row, note="Works in the kitchen", by=worker)

    row.refresh_from_db()
    assert (row.state, row.series, Seat.objects.expected().count()) == ("WAITING", None, 0)


def test_attended_lets_those_begin_who_were_there(worker):
    series = programmes.series()
    came, stayed, rests = (
        programmes.enrolment(programme=series.programme, state=state, series=series)
        for state in ["ALLOCATED", "ALLOCATED", "SUSPENDED"]
    )
    session = programmes.session(series, 1, factories.DAY - timedelta(days=2))
    for row, outcome in [(came, "TOOK_PLACE"), (stayed, "PERSON_ILL"), (rests, "TOOK_PLACE")]:
        programmes.seat(row, session, outcome)
    session.refresh_from_db()

    for _ in range(2):
        operations.attended(session=session, by=worker)

    for row in [came, stayed, rests]:
        row.refresh_from_db()
    assert [row.state for row in [came, stayed, rests]] == ["ACTIVE", "ALLOCATED", "SUSPENDED"]
    assert (came.started_on, came.moves.count()) == (factories.DAY - timedelta(days=2), 4)


def test_a_step_on_an_older_page_is_told(worker):
    row = programmes.enrolment(state="ACTIVE")
    operations.suspend(enrolment=row, note="Ill", by=worker, version=1)

    with pytest.raises(ValidationError) as refused:
        operations.stop(enrolment=row, reason="4A", by=worker, version=1)

    assert refused.value.messages == [
        "Somebody else moved this on meanwhile: it says “Suspended” now. Look at it again."
    ]


def test_complete_counts_what_was_attended_and_caught_up_with(worker):
    programme = programmes.programme(sessions=3, needed=3)
    series = programmes.series(programme)
    row = programmes.enrolment(programme=programme, state="ACTIVE", series=series)
    days = [factories.DAY - timedelta(days=count) for count in (9, 7, 5, 3)]
    first, second, third = (programmes.session(series, number, days[number - 1]) for number in (1, 2, 3))
    programmes.seat(row, first)
    programmes.seat(row, second, "PERSON_REFUSED")
    programmes.seat(row, third)

    with pytest.raises(ValidationError) as refused, transaction.atomic():
        operations.complete(enrolment=row, by=worker)
    programmes.seat(row, programmes.session(series, 2, days[3], stands_for=second))
    operations.complete(enrolment=row, name="Zoë Testerton", by=worker)
    operations.complete(enrolment=row, name="Zoë Testerton", by=worker)

    assert refused.value.messages == [
        f"{row.person.name} cannot graduate yet: 2 of the 3 sessions needed, 1 more to attend or catch up with."
    ]
    made = Certificate.objects.get()
    assert (made.name, made.number) == ("Zoë Testerton", f"LPI-2026-{made.pk:04d}")
    row.refresh_from_db()
    assert (row.state, row.ended_on) == ("COMPLETED", factories.DAY)


def test_complete_counts_a_session_once_though_it_was_caught_up_with_as_well(worker):
    programme = programmes.programme(sessions=2)
    series = programmes.series(programme)
    row = programmes.enrolment(programme=programme, state="ACTIVE", series=series)
    first = programmes.session(series, 1, factories.DAY - timedelta(days=4))
    again = programmes.session(series, 1, factories.DAY - timedelta(days=2), stands_for=first)
    programmes.seat(row, first)
    programmes.seat(row, again)

    with pytest.raises(ValidationError, match="1 of the 2 sessions needed"):
        operations.complete(enrolment=row, by=worker)


def test_complete_makes_no_certificate_where_there_is_none(worker):
    row = programmes.enrolment(programme=programmes.programme(certificate=False), state="ACTIVE")

    operations.complete(enrolment=row, by=worker)

    assert Certificate.objects.count() == 0


@pytest.mark.parametrize(
    ("state", "reason", "after"), [("ACTIVE", "5D", "NOT_COMPLETED"), ("WAITING", "N3", "NOT_STARTED")]
)
def test_stop_needs_a_reason_of_the_right_list(worker, state, reason, after):
    row = programmes.enrolment(state=state)

    for wrong in ["", "zz", {"5D": "N3", "N3": "5D"}[reason]]:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            operations.stop(enrolment=row, reason=wrong, by=worker)
        assert refused.value.message_dict == {"reason": ["Choose a reason."]}
    operations.stop(enrolment=row, reason=reason, by=worker, note="Asked to")

    row.refresh_from_db()
    last = row.moves.last()
    assert (row.state, row.reason, row.ended_on) == (after, reason, factories.DAY)
    assert (last.reason, last.note) == (reason, "Asked to")


@pytest.mark.parametrize(
    ("state", "end", "after", "reason"),
    [
        ("ACTIVE", "RELEASED", "RELEASED", "6A"),
        ("SUSPENDED", "RELEASED_COURT", "RELEASED", "6D"),
        ("WAITING", "RELEASED", "RELEASED", "N6"),
        ("ACTIVE", "TRANSFERRED", "TRANSFERRED", ""),
        ("PROPOSED", "TRANSFERRED", "TRANSFERRED", "N7"),
        ("ACTIVE", "DIED", "NOT_COMPLETED", "5C"),
        ("ALLOCATED", "DIED", "NOT_STARTED", "5C"),
        ("ACTIVE", "OTHER", "NOT_COMPLETED", "7A"),
        ("WAITING", "OTHER", "NOT_STARTED", "W9"),
    ],
)
def test_leaving_the_prison_ends_it(worker, case, state, end, after, reason):
    row = programmes.enrolment(case, state=state)
    other = programmes.enrolment(programme=row.programme, state=state)

    leave(case, end, worker)

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.reason, row.ended_on, other.state) == (after, reason, factories.DAY, state)


def test_leaving_ends_nothing_that_is_over(worker, case):
    row = programmes.enrolment(case, state="COMPLETED")

    leave(case, "RELEASED", worker)

    row.refresh_from_db()
    assert (row.state, row.moves.count()) == ("COMPLETED", 5)


def test_two_numbers_of_one_person_keep_one_history_and_part_again(worker, case):
    row = programmes.enrolment(case, state="COMPLETED")
    made = Certificate.objects.create(
        enrolment=row, person=row.person, prison=row.prison, name="Sam", issued_on=factories.DAY, issued_by=worker
    )
    kept, journal = factories.person(), Journal()

    operations.move(removed=row.person, kept=kept, journal=journal, by=worker)
    rows = [Enrolment.objects.get(), made, *EnrolmentMove.objects.all()]
    for one in rows:
        one.refresh_from_db()
    assert {one.person for one in rows} == {kept}

    operations.move_back(removed=case.person, kept=kept, journal=journal, by=worker)
    assert set(EnrolmentMove.objects.values_list("person", flat=True)) == {case.person_id}


def test_seats_of_an_enrolment_move_with_it_and_back(worker):
    removed, kept = factories.person(number="A0001BA"), factories.person(number="A0002BA")
    series = programmes.series()
    row = programmes.enrolment(factories.case(removed, worker=worker), series.programme, "ACTIVE", series=series)
    programmes.seat(row, programmes.session(series, 1, factories.DAY - timedelta(days=3)))

    people.merge(removed=removed, kept=kept, at=factories.at(), by=worker, prison=series.prison)
    moved = Seat.objects.select_related("enrolment__person").get()
    people.unmerge(asked=PersonMerge.objects.get(), at=factories.at(), by=worker)

    assert (moved.person, moved.enrolment.person) == (kept, kept)
    assert (Seat.objects.get().person, Enrolment.objects.get().person) == (removed, removed)


def test_two_numbers_in_one_programme_are_not_merged_before_one_ended(worker, case):
    row = programmes.enrolment(case)
    other = programmes.enrolment(programme=row.programme)

    with pytest.raises(ValidationError) as refused:
        operations.move(removed=row.person, kept=other.person, journal=Journal(), by=worker)

    assert refused.value.messages == [
        "Both are enrolled in Triggers and cravings. End one of the two enrolments first."
    ]
    assert Person.objects.filter(merged_into=None).count() == 2
