import itertools
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Consent, CustodySpell, Mail, User
from casework.operations import merging
from casework.tasks import make_merge
from partners.models import OutwardReferral, WingVisitLine
from partners.operations import outward
from tests import factories
from tests.partners import walks

pytestmark = pytest.mark.django_db
State = OutwardReferral.State


def answer(referral, accepted=True, **given):
    given.setdefault("by", factories.user(Role.PARTNER))
    outward.answer(referral=referral, accepted=accepted, **given)
    referral.refresh_from_db()


def test_make_asks_the_agency_without_a_name_and_is_made_once():
    referral = walks.refer()
    again = walks.refer(referral.person, nonce=referral.nonce)

    mail = Mail.objects.get()
    assert again == referral
    assert (mail.kind, mail.agency, mail.person, mail.path) == (
        "REFERRAL",
        referral.agency,
        referral.person,
        "/referred/",
    )
    assert referral.identity["number"] == referral.person.number
    told = AuditEntry.objects.filter(kind="OPERATION").values_list("action", "person_id")
    assert list(told) == [("outward.made", referral.person_id)]


@pytest.mark.parametrize("purpose", ["HANDOVER", "WING_VISITS", "MEETING"])
def test_make_asks_for_consent_to_a_handover_or_to_visits(purpose):
    person = factories.spell().person
    factories.consent(person, purpose=purpose)

    if purpose == "MEETING":
        with pytest.raises(ValidationError, match="does not let Liverpool DIP be told"):
            walks.refer(person)
    else:
        assert walks.refer(person).state == State.MADE


def test_make_refuses_a_second_that_waits_and_whoever_died():
    referral = walks.refer()
    with pytest.raises(ValidationError, match="asked already"):
        walks.refer(referral.person)
    factories.end(referral.person.spells.get(), end="DIED", ended_at=timezone.now(), ended_by=User.objects.system())
    with pytest.raises(ValidationError, match="died"):
        walks.refer(referral.person)


def test_answer_is_accepted_or_refused_with_a_reason_and_once():
    referral, partner = walks.refer(), factories.user(Role.PARTNER)
    with pytest.raises(ValidationError, match="Say why not"):
        answer(referral, accepted=False)
    answer(referral, accepted=False, words="Other area", by=partner)
    answer(referral, accepted=False, words="Other area", by=partner)

    assert (referral.state, referral.answer, referral.answered_by) == (State.REFUSED, "Other area", partner)
    with pytest.raises(ValidationError, match="refused already"):
        answer(referral, by=partner)
    assert AuditEntry.objects.filter(action="outward.answered").count() == 1


def test_answer_is_refused_where_consent_was_withdrawn_meanwhile():
    referral, partner = walks.refer(), factories.user(Role.PARTNER)
    Consent.objects.update(withdrawn_at=timezone.now())

    with context.acting(partner), pytest.raises(ValidationError, match="no longer shared"):
        outward.answer(referral=referral, accepted=True, by=partner)


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(State.values, 2)))
def test_the_database_takes_the_declared_moves_and_no_other(before, after):
    referral = walks.refer()
    if before != State.MADE:
        OutwardReferral.objects.update(state=before, answered_at=timezone.now())
    partner = factories.user(Role.PARTNER)

    def moved(user):
        try:
            with transaction.atomic(), context.acting(user):
                done = OutwardReferral.objects.filter(pk=referral.pk).update(state=after, answered_at=timezone.now())
                transaction.set_rollback(True)
        except DatabaseError:
            return False
        return bool(done)

    side = OutwardReferral.MOVES[before].get(after)
    assert (moved(User.objects.system()), moved(partner)) == (side is not None, side == "AGENCY")


@pytest.mark.parametrize("column", ["why", "identity", "made_at", "agency_id", "person_id"])
def test_an_agency_writes_nothing_but_its_answer(column):
    walks.refer()

    with pytest.raises(DatabaseError), context.acting(factories.user(Role.PARTNER)), connection.cursor() as cursor:
        cursor.execute(f"UPDATE partners_outwardreferral SET {column} = {column}")


def test_withdraw_hides_it_from_the_agency_and_leaves_an_answer_alone():
    referral, partner, worker = walks.refer(), factories.user(Role.PARTNER), factories.user()
    assert walks.raw(partner, "SELECT count(*) FROM partners_outwardreferral") == [(1,)]
    outward.withdraw(referral=referral, why="Changed his mind", by=worker)

    assert walks.raw(partner, "SELECT count(*) FROM partners_outwardreferral") == [(0,)]
    answered = walks.refer()
    answer(answered)
    with pytest.raises(ValidationError, match="accepted already"):
        outward.withdraw(referral=answered, why="", by=worker)


@pytest.mark.parametrize(("end", "state"), [("DIED", "WITHDRAWN"), ("TRANSFERRED", "WITHDRAWN"), ("RELEASED", "MADE")])
def test_leave_withdraws_what_waits_for_whoever_is_not_released(end, state):
    referral = walks.refer()
    spell = referral.person.spells.get()
    CustodySpell.objects.update(end=end, ended_at=timezone.now(), ended_by=User.objects.system())
    spell.refresh_from_db()

    outward.leave(spells=[spell], at=timezone.now(), by=User.objects.system())

    referral.refresh_from_db()
    assert referral.state == state


def test_merging_moves_referrals_and_lines_and_undoing_puts_them_back():
    worker, manager = factories.user(), factories.user(Role.MANAGER)
    kept, removed = factories.spell().person, factories.person()
    for person in [kept, removed]:
        factories.consent(person)
    twice, first = walks.refer(removed), walks.refer(kept)
    other = factories.agency("Wirral DIP")
    factories.consent(removed, agency=other)
    once = walks.refer(removed, agency=other)
    walks.write(walks.holder(user=None), walks.row(removed.number, person=removed), by=worker)

    merge = merging.ask(removed=removed, kept=kept, reason="Fingerprints", by=manager, nonce=uuid.uuid4())
    make_merge(merge_id=merge.pk)

    def stands():
        rows = OutwardReferral.objects.order_by("pk").values_list("pk", "person", "state")
        return list(rows), WingVisitLine.objects.get().person

    assert stands() == (
        [(twice.pk, kept.pk, State.WITHDRAWN), (first.pk, kept.pk, State.MADE), (once.pk, kept.pk, State.MADE)],
        kept,
    )
    merging.ask_undo(merge=merge, why="Two brothers", by=manager)
    make_merge(merge_id=merge.pk)
    assert stands() == (
        [(twice.pk, removed.pk, State.WITHDRAWN), (first.pk, kept.pk, State.MADE), (once.pk, removed.pk, State.MADE)],
        removed,
    )


def test_see_notes_who_looked_at_an_answer_once():
    referral, kay = walks.refer(), factories.user(full_name="Kay Worker")
    with pytest.raises(ValidationError, match="has not answered yet"):
        outward.see(referral=referral, by=kay)
    answer(referral)
    unseen = referral.seen_at

    outward.see(referral=referral, by=kay)
    outward.see(referral=referral, by=factories.user(full_name="Ola Second"))

    referral.refresh_from_db()
    assert (unseen, referral.seen_by) == (None, kay)
    assert AuditEntry.objects.filter(action="outward.seen").count() == 1


def test_an_answer_that_the_team_wrote_down_is_seen():
    referral, kay = walks.refer(), factories.user(full_name="Kay Worker")

    answer(referral, by=kay)

    assert (referral.seen_by, referral.seen_at) == (kay, referral.answered_at)
