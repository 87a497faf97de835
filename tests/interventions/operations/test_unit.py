"""Places on the drug-free unit: every move that is meant, and none that is not."""

import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from casework.models import AuditEntry, CustodySpell, User
from casework.operations import custody, merging, person
from interventions.models import Breach, CompactSigned, CompactTerms, UnitReview, UnitStay
from interventions.operations import compact
from interventions.operations import unit as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
State = UnitStay.State


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def terms():
    return factories.compact()


def joined(**given):
    return {"joined_on": DAY, "signed_on": DAY, "review_due": DAY + timedelta(days=28), **given}


def moves(terms, worker):
    """How staff bring a stay into each state, with answers that are in order."""
    return {
        State.WAITING: lambda stay: operations.take_back(stay=stay, by=worker),
        State.OFFERED: lambda stay: operations.offer(stay=stay, offered_on=DAY, by=worker),
        State.LIVING: lambda stay: operations.join(stay=stay, terms=terms, by=worker, **joined()),
        State.LEFT: lambda stay: operations.leave(stay=stay, left_on=DAY, left_why="OTHER", by=worker),
    }


PAIRS = list(itertools.product(State, State))


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_stay_makes_the_moves_of_its_table_and_no_other(terms, worker, before, after):
    stay = factories.unit_stay(state=before, left_on=DAY - timedelta(days=1)) if before == "LEFT" else None
    stay = stay or factories.unit_stay(state=before)
    act = moves(terms, worker)[after]

    if after in UnitStay.MOVES[before]:
        act(stay)
    elif (before, after) == (State.WAITING, State.WAITING):
        assert act(stay).version == 1  # nothing to take back any more: the click before did it
        return
    else:
        with pytest.raises(ValidationError, match="so this cannot be done"):
            act(stay)

    stay.refresh_from_db()
    assert stay.state == (after if after in UnitStay.MOVES[before] else before)


def test_the_table_of_moves_names_every_state():
    assert UnitStay.MOVES.keys() == UnitStay.WHY.keys() == set(State)
    assert operations.STANDS.keys() == set(State)


@pytest.mark.parametrize(("state", "why"), list(itertools.product(["WAITING", "OFFERED", "LIVING"], UnitStay.Left)))
def test_a_stay_ends_for_the_reasons_of_its_state(worker, state, why):
    stay = factories.unit_stay(state=state)

    if why in UnitStay.WHY[State(state)]:
        operations.leave(stay=stay, left_on=DAY, left_why=why, by=worker)
    else:
        with pytest.raises(ValidationError) as refused:
            operations.leave(stay=stay, left_on=DAY, left_why=why, by=worker)
        assert list(refused.value.message_dict) == ["left_why"]


def test_ask_is_for_people_who_are_here_and_once(worker):
    unit, stay = factories.unit(), factories.spell()

    made = operations.ask(person=stay.person, wing=unit, asked_on=DAY, by=worker)

    assert (made.state, made.wing, made.prison_id) == ("WAITING", unit, stay.prison_id)
    with pytest.raises(ValidationError, match="already"):
        operations.ask(person=stay.person, wing=unit, asked_on=DAY, by=worker)
    with pytest.raises(ValidationError, match="is not in this prison now"):
        operations.ask(person=factories.person(), wing=unit, asked_on=DAY, by=worker)


@pytest.mark.parametrize(("days", "text"), [(-31, "came here, 14 September 2026"), (1, "This day is still to come")])
def test_ask_is_on_a_day_of_the_stay_here(worker, days, text):
    stay = factories.spell()

    with pytest.raises(ValidationError, match=text):
        operations.ask(person=stay.person, wing=factories.unit(), asked_on=DAY + timedelta(days=days), by=worker)


def test_ask_is_for_a_drug_free_wing(worker):
    with pytest.raises(ValidationError, match="Choose a drug-free wing"):
        operations.ask(person=factories.spell().person, wing=factories.wing("B"), asked_on=DAY, by=worker)


def test_offer_needs_a_place_and_joining_does_not(terms, worker):
    unit = factories.unit(places=2)
    factories.unit_stay(state="LIVING", wing=unit)
    first, second = (factories.unit_stay(wing=unit) for _ in range(2))

    operations.offer(stay=first, offered_on=DAY, by=worker)
    operations.offer(stay=first, offered_on=DAY, by=worker)  # the same again
    with pytest.raises(ValidationError, match="All 2 places are taken or offered"):
        operations.offer(stay=second, offered_on=DAY, by=worker)
    operations.join(stay=second, terms=terms, by=worker, **joined())

    assert UnitStay.objects.taking_places().count() == 3
    assert AuditEntry.objects.filter(action="unit.offered").count() == 1


def test_take_back_lets_the_person_wait_on(worker):
    stay = operations.take_back(stay=factories.unit_stay(state="OFFERED"), by=worker)

    assert (stay.state, stay.offered_on, stay.asked_on) == ("WAITING", None, DAY - timedelta(days=10))


def test_join_is_with_a_compact_and_days_in_order(terms, worker):
    stay = factories.unit_stay()
    later = factories.compact("2026-2", from_on=DAY)
    early, tomorrow = DAY - timedelta(days=20), DAY + timedelta(days=1)

    for given, field in [
        ({"joined_on": early}, "joined_on"),
        ({"joined_on": tomorrow}, "joined_on"),
        ({"signed_on": early}, "signed_on"),
        ({"signed_on": DAY - timedelta(days=1), "terms": later}, "signed_on"),
        ({"review_due": DAY + timedelta(days=900)}, "review_due"),
        ({"test_due": DAY - timedelta(days=1)}, "test_due"),
    ]:
        with pytest.raises(ValidationError) as refused:
            operations.join(**{"stay": stay, "terms": terms, "by": worker, **joined(**given)})
        assert list(refused.value.message_dict) == [field]

    stay = operations.join(stay=stay, terms=later, by=worker, **joined())
    again = operations.join(stay=stay, terms=later, by=worker, **joined())
    assert (again.compact, again.signed_on, again.version) == ("2026-2", DAY, 2)


def test_join_is_not_with_the_compact_of_another_prison(worker):
    theirs = factories.compact(prison=factories.prison("ACI", "Altcourse (HMP)"))

    with pytest.raises(ValidationError) as refused:
        operations.join(stay=factories.unit_stay(), terms=theirs, by=worker, **joined())

    assert list(refused.value.message_dict) == ["terms"]


def test_the_database_itself_wants_a_compact_of_whoever_lives_there():
    with pytest.raises(IntegrityError, match="unit_stay_joined_with_a_compact"), transaction.atomic():
        factories.unit_stay(state="LIVING", compact="")
    with pytest.raises(IntegrityError, match="unit_stay_left_for_a_reason"), transaction.atomic():
        factories.unit_stay(state="LEFT", left_why="")
    one = factories.unit_stay()
    with pytest.raises(IntegrityError, match="one_unit_stay_at_a_time"), transaction.atomic():
        factories.unit_stay(one.person)


def test_sign_another_version(terms, worker):
    stay, later = factories.unit_stay(state="LIVING"), factories.compact("2026-2", from_on=DAY)

    with pytest.raises(ValidationError, match="The version before was signed on 5 October 2026"):
        operations.sign(stay=stay, terms=terms, signed_on=DAY - timedelta(days=10), by=worker)
    operations.sign(stay=stay, terms=later, signed_on=DAY, by=worker)
    stay = operations.sign(stay=stay, terms=later, signed_on=DAY, by=worker)

    assert (stay.compact, stay.signed_on, stay.version) == ("2026-2", DAY, 2)


def test_every_version_that_was_signed_is_kept(terms, worker):
    stay, later = factories.unit_stay(), factories.compact("2026-2", from_on=DAY)
    for _ in range(2):
        operations.join(stay=stay, terms=terms, by=worker, **joined(signed_on=DAY - timedelta(days=1)))
    operations.sign(stay=stay, terms=later, signed_on=DAY, by=worker)

    rows = CompactSigned.objects.values_list("version", "on", "person", "by")
    assert list(rows) == [
        ("2026-2", DAY, stay.person_id, worker.pk),
        ("2026-1", DAY - timedelta(days=1), stay.person_id, worker.pk),
    ]


@pytest.mark.parametrize(
    ("response", "due"),
    [("TALKED", [18, None]), ("WARNING", [18, None]), ("MORE_TESTS", [18, 7]), ("REVIEW", [7, None])],
)
def test_breach_calls_what_it_says(worker, response, due):
    stay = factories.unit_stay(state="LIVING")

    operations.breach(stay=stay, on=DAY, what="POSITIVE", response=response, by=worker)

    stay.refresh_from_db()
    assert [stay.review_due, stay.test_due] == [days and DAY + timedelta(days=days) for days in due]
    assert stay.state == "LIVING"


def test_breach_leaves_a_review_that_is_due_sooner(worker):
    stay = factories.unit_stay(state="LIVING", review_due=DAY + timedelta(days=2))

    operations.breach(stay=stay, on=DAY, what="OTHER", response="REVIEW", by=worker)

    stay.refresh_from_db()
    assert stay.review_due == DAY + timedelta(days=2)


def test_breach_that_ends_the_stay_ends_it_on_its_day(worker):
    stay = factories.unit_stay(state="LIVING")
    operations.review(stay=stay, on=DAY, agreed="Goes well", next_on=DAY + timedelta(days=28), by=worker)

    with pytest.raises(ValidationError, match="on or after the day of the last review"):
        operations.breach(stay=stay, on=DAY - timedelta(days=1), what="DRUGS", response="LEAVES", by=worker)
    operations.breach(stay=stay, on=DAY, what="DRUGS", response="LEAVES", by=worker)

    stay.refresh_from_db()
    assert (stay.state, stay.left_on, stay.left_why) == ("LEFT", DAY, "BREACH")


def test_breaches_and_reviews_are_of_those_who_live_there(worker):
    waiting = factories.unit_stay()

    with pytest.raises(ValidationError, match="is waiting for a place. This is for those who live on the unit"):
        operations.breach(stay=waiting, on=DAY, what="OTHER", response="TALKED", by=worker)
    with pytest.raises(ValidationError, match="This is for those who live on the unit"):
        operations.review(stay=waiting, on=DAY, agreed="x", next_on=DAY + timedelta(days=1), by=worker)

    assert (Breach.objects.count(), UnitReview.objects.count()) == (0, 0)


def test_review_sets_what_is_due_next(worker):
    stay, again = factories.unit_stay(state="LIVING"), DAY + timedelta(days=28)

    with pytest.raises(ValidationError, match="The next review is after this one"):
        operations.review(stay=stay, on=DAY, agreed="x", next_on=DAY, by=worker)
    row = operations.review(stay=stay, on=DAY, agreed="Sleeps better", next_on=again, test_due=again, by=worker)
    twice = operations.review(stay=stay, on=DAY, agreed="x", next_on=again, by=worker, nonce=row.nonce)

    stay.refresh_from_db()
    assert (stay.review_due, stay.test_due, twice) == (again, again, row)


def test_set_dates_tells_whoever_was_slower(worker):
    stay = factories.unit_stay(state="LIVING")
    operations.set_dates(stay=stay, version=1, review_due=DAY, by=worker)

    with pytest.raises(ValidationError, match="Somebody else changed this"):
        operations.set_dates(stay=stay, version=1, review_due=DAY + timedelta(days=3), by=worker)

    stay.refresh_from_db()
    assert stay.review_due == DAY


def test_leave_is_after_all_that_was_recorded(worker):
    stay = factories.unit_stay(state="LIVING")
    operations.breach(stay=stay, on=DAY, what="OTHER", response="TALKED", by=worker)

    with pytest.raises(ValidationError, match="14 October 2026"):
        operations.leave(stay=stay, left_on=DAY - timedelta(days=1), left_why="OWN_WISH", by=worker)
    operations.leave(stay=stay, left_on=DAY, left_why="OWN_WISH", by=worker)
    again = operations.leave(stay=stay, left_on=DAY, left_why="OWN_WISH", by=worker)

    assert AuditEntry.objects.filter(action="unit.left").count() == 1
    assert again.left_why == "OWN_WISH"


@pytest.mark.parametrize("state", ["WAITING", "OFFERED", "LIVING"])
@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("RELEASED", "RELEASED"),
        ("RELEASED_COURT", "COURT"),
        ("RELEASED_HOSPITAL", "HEALTH"),
        ("TRANSFERRED", "TRANSFERRED"),
        ("DIED", "DIED"),
        ("OTHER", "OTHER"),
    ],
)
def test_leaving_the_prison_ends_the_stay(worker, state, end, why):
    stay = factories.unit_stay(state=state)
    other = factories.unit_stay()
    spell = CustodySpell.objects.get(person=stay.person)
    factories.end(spell, off_roll_on=DAY)

    custody.confirm_departure(spell_id=spell.pk, meaning=end, on=DAY, at=timezone.now(), by=worker)

    stay.refresh_from_db()
    other.refresh_from_db()
    assert (stay.state, stay.left_on, stay.left_why, other.state) == ("LEFT", DAY, why, "WAITING")
    assert AuditEntry.objects.filter(action="unit.left_prison").count() == 1


def merge(removed, kept):
    by, prison = User.objects.system(), factories.prison()
    return person.merge(removed=removed, kept=kept, at=timezone.now(), by=by, prison=prison)


@pytest.mark.parametrize(("one", "other"), [("LIVING", "WAITING"), ("WAITING", "LIVING"), ("WAITING", "WAITING")])
def test_merging_keeps_the_more_advanced_of_two_live_stays(worker, one, other):
    kept, removed = factories.unit_stay(state=one), factories.unit_stay(state=other)
    if other == "LIVING":
        operations.breach(stay=removed, on=DAY, what="OTHER", response="TALKED", by=worker)
        operations.sign(stay=removed, terms=factories.compact("2026-9", from_on=DAY), signed_on=DAY, by=worker)

    merge(removed.person, kept.person)

    stays = UnitStay.objects.filter(person=kept.person)
    live = removed if other == "LIVING" else kept
    assert (stays.count(), list(stays.live())) == (2, [live])
    assert not Breach.objects.exclude(person=kept.person).exists()
    assert not CompactSigned.objects.exclude(person=kept.person).exists()
    assert stays.exclude(pk=live.pk).get().left_note == "Recorded under another number"


def test_parting_two_records_puts_back_what_merging_moved(worker):
    manager = factories.user("MANAGER")
    kept, removed = factories.unit_stay(), factories.unit_stay()
    supporters = [factories.peer(stay.person, state="SUSPENDED") for stay in [kept, removed]]
    pair = {"removed": removed.person, "kept": kept.person}
    row = merging.ask(**pair, reason="Same", by=manager, nonce=uuid4())
    merging.proceed(merge_id=row.pk, at=timezone.now(), by=manager)
    assert UnitStay.objects.filter(person=kept.person).count() == 2

    row.refresh_from_db()
    merging.ask_undo(merge=row, why="Two brothers", by=manager)
    merging.proceed(merge_id=row.pk, at=timezone.now(), by=manager)

    for stay in [removed, *supporters]:
        before = (stay.person_id, stay.state)
        stay.refresh_from_db()
        assert (stay.person_id, stay.state) == before


def test_write_makes_versions_of_the_year_and_changes_none():
    manager = factories.user("MANAGER")

    first = compact.write(told="One: a", seen="", by=manager)
    second = compact.write(told="One: b", seen="2026-1", by=manager)

    assert [first.version, second.version] == ["2026-1", "2026-2"]
    with pytest.raises(ValidationError, match="Somebody else took compact 2026-2 into use"):
        compact.write(told="One: c", seen="2026-1", by=manager)
    with pytest.raises(ValidationError, match="in force already"):
        compact.write(told="One: b", seen="2026-2", by=manager)
    assert compact.write(told="One: b", seen="", by=manager, nonce=first.nonce) == first
    assert list(CompactTerms.objects.order_by("pk").values_list("told", flat=True)) == ["One: a", "One: b"]
