"""What a department of the prison tells, and what becomes of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Mail
from partners import tasks
from partners.models import InwardNotice, Protocol
from partners.operations import notices as operations
from referrals.models import Referral
from tests import factories

pytestmark = pytest.mark.django_db
Kind, Outcome = InwardNotice.Kind, InwardNotice.Outcome


@pytest.fixture
def testing():
    agency = factories.agency("Drug testing", kind="TESTING")
    factories.protocol(agency=agency, items=["IN_POSITIVE"])
    return factories.user(Role.PARTNER, agency=agency)


@pytest.fixture
def person():
    return factories.case(factories.person("Testerton", number="A1234BC"), worker=factories.user()).person


def tell(by, number="A1234BC", **given):
    given = {"kind": Kind.POSITIVE, "on": timezone.localdate(), **given}
    with context.acting(by):
        operations.send(number=number, by=by, **given)
    return InwardNotice.objects.latest("pk")


def raw(user, statement, *given):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        return cursor.fetchall()


def test_send_finds_the_person_without_telling_whoever_sent_it(testing, person):
    notice = tell(testing, " a1234bc ")

    assert (notice.person, notice.number, notice.sent_by, notice.prison) == (
        person,
        "A1234BC",
        testing,
        person_prison(),
    )
    assert (notice.seen_at, notice.outcome) == (None, "")
    assert raw(testing, "SELECT number, kind, seen_at FROM partners_inwardnotice") == [("A1234BC", "POSITIVE", None)]


def person_prison():
    return factories.prison()


@pytest.mark.parametrize("column", ["person_id", "seen_by_id", "outcome", "why", "taken_in_at", "outcome_by_id", "*"])
def test_a_department_reads_no_column_that_tells_more(testing, person, column):
    tell(testing)

    with pytest.raises(Exception, match="permission denied"):
        raw(testing, f"SELECT {column} FROM partners_inwardnotice")
    with pytest.raises(Exception, match="permission denied"):
        raw(testing, "UPDATE partners_inwardnotice SET words = ''")


def test_a_department_cannot_say_itself_who_is_meant_or_that_it_was_seen(testing, person):
    other = factories.person("Otherby")
    statement = """
        INSERT INTO partners_inwardnotice (nonce, prison_id, agency_id, kind, number, person_id, "on", words, sent_by_id, sent_at, seen_at,
            seen_by_id, outcome, why)
        VALUES (gen_random_uuid(), %s, %s, 'POSITIVE', 'A1234BC', %s, now(), '', %s, now(), now(), %s, '', '') RETURNING id"""

    raw(testing, statement, testing.prison_id, testing.agency_id, other.pk, testing.pk, testing.pk)

    notice = InwardNotice.objects.get()
    assert (notice.person, notice.seen_at, notice.seen_by) == (person, None, None)


@pytest.mark.parametrize("number", ["A1234BC", "Z0000ZZ"])
def test_known_and_unknown_numbers_answer_alike(testing, person, number):
    told = tell(testing, number)

    assert raw(testing, "SELECT number, seen_at FROM partners_inwardnotice") == [(number, None)]
    assert (told.person is None) == (number == "Z0000ZZ")


def test_a_number_that_was_merged_means_the_record_that_is_kept(testing, person):
    factories.person("Formerby", number="B1234BC", merged_into=person)

    assert tell(testing, "B1234BC").person == person


def test_the_number_of_somebody_in_another_prison_is_nobodys(testing):
    theirs = factories.prison("ACI", "Altcourse")
    factories.person("Faraway", number="C1234BC", prison_ids=[theirs.pk])

    assert tell(testing, "C1234BC").person is None


def test_nothing_is_told_that_the_protocol_does_not_name(testing, person):
    with pytest.raises(ValidationError, match="does not let this pass"):
        tell(testing, kind=Kind.ACCT)
    Protocol.objects.update(items=["IN_ACCT"])
    with pytest.raises(ValidationError, match="does not let this pass"):
        tell(testing)


def test_lapsed_means_nothing_is_sent_and_nothing_read(testing, person):
    tell(testing)
    Protocol.objects.update(ended_on=timezone.localdate())

    assert raw(testing, "SELECT id FROM partners_inwardnotice") == []
    with pytest.raises(ValidationError):
        tell(testing)


def test_another_department_sees_nothing(testing, person):
    tell(testing)
    agency = factories.agency("Safer custody", kind="SAFER")
    factories.protocol(agency=agency, items=Protocol.TOLD)
    other = factories.user(Role.PARTNER, agency=agency)

    assert raw(other, "SELECT id FROM partners_inwardnotice") == []
    assert list(InwardNotice.objects.visible_to(other)) == []


def test_send_is_made_once_and_never_of_a_day_to_come(testing, person):
    for _ in range(2):
        tell(testing, nonce="11111111-1111-4111-8111-111111111111")
    with pytest.raises(ValidationError, match="still to come"):
        tell(testing, on=timezone.localdate() + timedelta(days=1))

    assert InwardNotice.objects.count() == 1


def test_take_in_tells_the_managers_once_and_refers_what_the_prison_wants(testing, person):
    manager = factories.user(Role.MANAGER)
    factories.user(Role.ADMINISTRATOR)
    prison = factories.prison()
    prison.notice_referral_kinds = ["POSITIVE"]
    prison.save()
    notice, unknown = tell(testing), tell(testing, "Z0000ZZ")

    tasks.take_in_notices()
    tasks.take_in_notices()

    notice.refresh_from_db()
    unknown.refresh_from_db()
    referral = Referral.objects.get()
    assert (referral.person, referral.source.code, referral.referrer) == (person, "DRUG_TEST", "Drug testing")
    assert "positive" not in referral.reason.lower()
    assert (notice.outcome, notice.seen_at, unknown.outcome) == (Outcome.REFERRED, None, "")
    assert list(Mail.objects.order_by("pk").values_list("user", "kind", "path", "person")) == [
        (manager.pk, "INWARD", "/notices/", person.pk),
        (manager.pk, "INWARD", "/notices/", None),
    ]


def test_take_in_leaves_the_rest_to_the_duty_worker(testing, person):
    notice = tell(testing)

    tasks.take_in_notices()

    notice.refresh_from_db()
    assert (notice.outcome, notice.taken_in_at is None) == ("", False)
    assert not Referral.objects.exists()


def test_whoever_left_is_not_referred_by_itself(testing):
    factories.person("Goneby", number="A1234BC")
    prison = factories.prison()
    prison.notice_referral_kinds = ["POSITIVE"]
    prison.save()
    notice = tell(testing)

    tasks.take_in_notices()

    notice.refresh_from_db()
    assert (notice.outcome, notice.taken_in_at is None) == ("", False)
    with pytest.raises(ValidationError, match="not on the roll"):
        operations.refer(notice=notice, by=factories.user())


def test_the_first_who_saw_it_stays(testing, person):
    notice, first, second = tell(testing), factories.user(), factories.user()

    operations.see(notice=notice, by=first)
    operations.see(notice=notice, by=second)

    notice.refresh_from_db()
    assert notice.seen_by == first
    assert raw(testing, "SELECT seen_at IS NULL FROM partners_inwardnotice") == [(False,)]


@pytest.mark.parametrize("operation", [operations.refer, operations.note])
def test_somebody_is_meant_before_anything_comes_of_it(testing, person, operation):
    notice, worker = tell(testing, "Z0000ZZ"), factories.user()

    with pytest.raises(ValidationError, match="Say first who is meant"):
        operation(notice=notice, by=worker)
    operations.match(notice=notice, person=person, by=worker)
    operation(notice=notice, by=worker)
    operation(notice=notice, by=worker)

    notice.refresh_from_db()
    assert (notice.person, notice.outcome_by, notice.seen_by) == (person, worker, worker)
    with pytest.raises(ValidationError, match="dealt with already"):
        operations.dismiss(notice=notice, why="Twice", by=worker)
    with pytest.raises(ValidationError, match="already who is meant"):
        operations.match(notice=notice, person=person, by=worker)


def test_dismiss_keeps_the_reason_and_says_nothing_of_it_to_the_trail(testing, person):
    notice, worker = tell(testing, "Z0000ZZ"), factories.user()

    operations.dismiss(notice=notice, why="Sent twice", by=worker)

    notice.refresh_from_db()
    assert (notice.outcome, notice.why, notice.seen_by) == (Outcome.DISMISSED, "Sent twice", worker)
    assert "Sent twice" not in str(list(AuditEntry.objects.filter(kind="OPERATION").values_list("detail", flat=True)))
    with pytest.raises(Exception, match="notice_outcome_is_whole"):
        InwardNotice.objects.update(why="")
