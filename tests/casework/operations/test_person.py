from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import Alert, Allocation, AuditEntry, Case, Consent, CustodySpell, FormerNumber, Location, Person
from casework.operations import person
from interventions.models import Contact
from partners.models import Handover
from referrals.models import Referral, Triage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def removed():
    return factories.person(number="A0001BA", surname="Tester")


@pytest.fixture
def kept():
    return factories.person(number="A0002BA", surname="Tester")


def merge(removed, kept):
    person.merge(removed=removed, kept=kept, at=factories.at(), by=factories.user())
    removed.refresh_from_db()
    kept.refresh_from_db()


def test_merge_lets_both_numbers_find_the_person(removed, kept):
    other = factories.prison("ACI", "Altcourse (HMP)")
    Person.objects.filter(pk=removed.pk).update(prison_ids=[other.pk])
    FormerNumber.objects.create(number="A0009BA", person=removed, prison_ids=[other.pk], since=factories.at())

    merge(removed, kept)

    scope = [factories.prison().pk, other.pk]
    assert (removed.merged_into, kept.prison_ids, kept.version) == (kept, scope, 2)
    assert list(FormerNumber.objects.order_by("number").values_list("number", "person", "prison_ids")) == [
        ("A0001BA", kept.pk, scope),
        ("A0009BA", kept.pk, scope),
    ]
    assert list(Person.objects.visible_to(factories.user())) == [kept]


def test_merge_moves_everything_live(removed, kept):
    spell = factories.spell(removed)
    referral = factories.referral(spell=spell)
    triage = factories.triage(referral)
    case = factories.case(spell=spell, worker=factories.user())
    contact = factories.contact(case)
    consent = factories.consent(removed)
    handover = factories.handover(case, consent=consent)
    alert = Alert.objects.create(person=removed, prison=spell.prison, kind="H", code="HA", from_at=factories.at())

    merge(removed, kept)

    rows = [spell, referral, triage, case, contact, consent, handover, alert]
    for row in rows:
        row.refresh_from_db()
    assert {type(row).__name__: row.person for row in rows} == {type(row).__name__: kept for row in rows}
    assert (spell.ended_at, case.closed_on, consent.withdrawn_at) == (None, None, None)
    models = [CustodySpell, Referral, Triage, Case, Contact, Consent, Handover, Alert]
    assert [model.__name__ for model in models if model.objects.filter(person=removed).exists()] == []


def test_merge_leaves_the_trail_as_it_was(removed, kept):
    factories.spell(removed)
    before = list(AuditEntry.objects.filter(person_id=removed.pk).values_list("pk", flat=True))

    merge(removed, kept)

    assert list(AuditEntry.objects.filter(pk__in=before, person_id=removed.pk).values_list("pk", flat=True)) == before
    done = AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", "person_id")
    assert list(done) == [
        ("person.merged", kept.pk),
        ("referral.moved", kept.pk),
        ("session.moved", kept.pk),
        ("handover.moved", kept.pk),
    ]


def test_merge_goes_on_with_the_spell_of_the_number_that_is_kept(removed, kept):
    closed, goes_on = factories.spell(removed), factories.spell(kept)

    merge(removed, kept)

    closed.refresh_from_db()
    assert (closed.person, closed.end, closed.ended_at) == (kept, "MERGED", factories.at())
    assert CustodySpell.objects.current().get() == goes_on
    assert Location.objects.get(until_at=None).spell == goes_on


def test_merge_closes_the_younger_of_two_open_cases(removed, kept):
    older = factories.case(removed, worker=factories.user(), opened_on=factories.DAY - timedelta(days=9))
    goes_on = factories.spell(kept)
    younger = factories.case(kept, worker=factories.user(), spell=goes_on)

    merge(removed, kept)

    older.refresh_from_db()
    younger.refresh_from_db()
    assert (younger.closed_on, younger.close_reason) == (factories.DAY, "MERGED")
    assert (older.person, older.closed_on, older.spell) == (kept, None, goes_on)
    assert Allocation.objects.get(until_at=None).case == older


def test_merge_keeps_an_open_case_in_each_prison(removed, kept):
    factories.case(removed)
    factories.case(spell=factories.spell(kept, prison=factories.prison("ACI", "Altcourse (HMP)")))

    merge(removed, kept)

    assert Case.objects.open().filter(person=kept).count() == 2


def test_merge_lets_the_later_of_two_waiting_referrals_repeat_the_first(removed, kept):
    first = factories.referral(removed, received_on=factories.DAY - timedelta(days=3))
    goes_on = factories.spell(kept)
    later = factories.referral(spell=goes_on)
    repeat = factories.referral(spell=goes_on, repeat_of=later)

    merge(removed, kept)

    for referral in (first, later, repeat):
        referral.refresh_from_db()
    assert (first.person, first.repeat_of, first.spell) == (kept, None, goes_on)
    assert (later.repeat_of, repeat.repeat_of) == (first, first)


def test_merge_keeps_an_alert_open_once(removed, kept):
    prison = factories.prison()
    for owner in (removed, kept):
        Alert.objects.create(person=owner, prison=prison, kind="H", code="HA", from_at=factories.at())

    merge(removed, kept)

    assert Alert.objects.filter(person=kept).count() == 2
    assert Alert.objects.filter(until_at=None).count() == 1


def consent(of, days, **given):
    return factories.consent(of, recorded_at=timezone.now() - timedelta(days=days), **given)


def test_merge_keeps_the_latest_consent_for_an_agency(removed, kept):
    older, newer = consent(kept, 5), consent(removed, 1)

    merge(removed, kept)

    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.withdrawn_at, newer.withdrawn_at) == (factories.at(), None)


def test_merge_takes_a_later_no_under_either_number_for_a_no(removed, kept):
    yes = consent(kept, 5)
    consent(removed, 1, given=False)

    merge(removed, kept)

    yes.refresh_from_db()
    assert yes.withdrawn_at == factories.at()


def test_merge_takes_a_later_withdrawal_under_either_number_for_a_no(removed, kept):
    yes = consent(kept, 5)
    consent(removed, 9, withdrawn_at=timezone.now())

    merge(removed, kept)

    yes.refresh_from_db()
    assert yes.withdrawn_at == factories.at()


def test_merge_refuses_what_is_one_already(removed, kept):
    merge(removed, kept)

    with pytest.raises(ValidationError, match="one already"):
        merge(removed, kept)


def test_merge_goes_on_with_the_work_of_the_case_that_is_closed(removed, kept):
    worker = factories.user()
    kept_case = factories.case(factories.spell(kept).person, worker=worker)
    closed = factories.case(factories.spell(removed).person, worker=worker, opened_on=factories.DAY + timedelta(days=1))
    factories.strand(kept_case, kind="DETOX")
    rows = [
        factories.strand(closed, kind="DETOX"),
        factories.strand(closed, kind="MAINTENANCE"),
        factories.suspension(closed),
        factories.co_worker(closed),
    ]
    review = factories.joint_review(rows[1])

    merge(removed, kept)

    for row in [*rows, review]:
        row.refresh_from_db()
    same, other, suspension, beside = rows
    assert {row.person for row in [*rows, review]} == {kept}
    assert (same.case, same.ended_on, same.end_why) == (closed, closed.opened_on, "Recorded under another number")
    assert (other.case, other.ended_on, review.strand) == (kept_case, None, other)
    assert (suspension.until_on, beside.until_at) == (closed.opened_on, factories.at())
