from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework import context
from casework.models import AuditEntry, Consent, Mail, User
from partners.models import OutwardReferral, Protocol, WingVisit, WingVisitLine
from partners.operations import visits
from partners.tasks import take_up_visits
from referrals.models import Referral
from tests import factories
from tests.partners import walks

pytestmark = pytest.mark.django_db


def told(**given):
    lines = WingVisitLine.objects.order_by("pk")
    return list(lines.values_list("number", "person__number", "what", "waits_for"))


def test_write_keeps_what_an_agency_says_by_number_and_the_worker_takes_it_up():
    visitor, wing = walks.holder(), factories.wing()
    agreed, other = walks.on_wing(wing), walks.on_wing(wing, agreed=False)
    with context.acting(visitor.user):
        walks_made = walks_write(visitor, agreed.number, other.number, "Z9999ZZ")
        again = visits.write(
            visitor=visitor, wing=None, on=timezone.localdate(), rows=[], by=visitor.user, nonce=walks_made.nonce
        )

    assert again == walks_made
    assert {line[1] for line in told()} == {None}
    take_up_visits()
    take_up_visits()
    assert told() == [
        (agreed.number, agreed.number, "ADVICE", ""),
        (other.number, other.number, "ADVICE", ""),
        ("Z9999ZZ", None, "ADVICE", "NUMBER"),
    ]
    assert AuditEntry.objects.filter(action="visit.line_taken_up").count() == 3


def walks_write(visitor, *typed):
    return visits.write(
        visitor=visitor,
        wing=None,
        on=timezone.localdate(),
        rows=[walks.row(number) for number in typed],
        by=visitor.user,
    )


@pytest.fixture(autouse=True)
def protocol():
    return walks.agreement()


def test_take_up_makes_a_referral_of_what_was_taken_away_where_the_person_agreed():
    visitor, wing = walks.holder(), factories.wing()
    agreed, other = walks.on_wing(wing), walks.on_wing(wing, agreed=False)
    rows = [walks.row(agreed.number, "TAKEN_AWAY", note="Wants a script"), walks.row(other.number, "TAKEN_AWAY")]
    walks.write(visitor, *rows)
    take_up_visits()

    referral = OutwardReferral.objects.get()
    assert (referral.person, referral.agency, referral.why, referral.state) == (
        agreed,
        visitor.agency,
        "Wants a script",
        "MADE",
    )
    assert [line[3] for line in told()] == ["", "CONSENT"]
    assert Mail.objects.get().kind == "REFERRAL"
    walks.write(visitor, rows[0])
    take_up_visits()
    assert OutwardReferral.objects.get().lines.count() == 2


def test_take_up_refers_to_us_who_is_on_the_roll():
    visitor = walks.holder(name="Val Visitor")
    here, gone = walks.on_wing(factories.wing(), agreed=False), factories.person()
    walks.write(visitor, *[walks.row(each.number, "TO_US", note="Cravings") for each in [here, gone]])
    take_up_visits()

    referral = Referral.objects.get()
    assert (referral.person, referral.source.code, referral.referrer) == (here, "WING", "Val Visitor, Liverpool DIP")
    assert "Cravings" in referral.reason
    assert [line[3] for line in told()] == ["", "ROLL"]


def test_take_up_finds_a_former_number_and_nobody_of_another_prison():
    visitor, person = walks.holder(), walks.on_wing(factories.wing())
    person.former_numbers.create(number="Z1111ZZ", prison_ids=person.prison_ids, since=timezone.now())
    theirs = factories.person(prison_ids=[factories.prison("ACI", "Altcourse").pk])
    walks.write(visitor, walks.row("Z1111ZZ"), walks.row(theirs.number))
    take_up_visits()

    assert [(line[1], line[3]) for line in told()] == [(person.number, ""), (None, "NUMBER")]


def test_write_of_the_team_is_taken_up_at_once():
    visitor, person, worker = walks.holder(user=None), walks.on_wing(factories.wing()), factories.user()
    walks.write(visitor, walks.row(person.number, "TAKEN_AWAY", person=person), by=worker)

    assert OutwardReferral.objects.get().made_by == worker
    assert told() == [(person.number, person.number, "TAKEN_AWAY", "")]


@pytest.mark.parametrize(
    ("field", "says"), [("vetted_until", "vetting"), ("key_talk_until", "key talk"), ("ended_on", "no keys since")]
)
def test_write_refuses_a_day_that_is_not_covered_and_takes_one_that_was(field, says):
    today = timezone.localdate()
    visitor = walks.holder(**{field: today - timedelta(days=1)})

    with pytest.raises(ValidationError, match=says) as refused:
        walks.write(visitor, walks.row("A0001AA"))
    assert list(refused.value.message_dict) == ["on"]
    assert WingVisit.objects.count() == 0
    assert walks.write(visitor, walks.row("A0001AA"), on=today - timedelta(days=1)).pk


def test_write_refuses_nobody_a_day_to_come_and_a_protocol_that_lapsed(protocol):
    visitor = walks.holder()
    for given, says in [([], "at least one"), ([walks.row("A0001AA")], "still to come")]:
        with pytest.raises(ValidationError, match=says):
            walks.write(visitor, *given, on=timezone.localdate() + timedelta(days=1))
    Protocol.objects.update(items=[Protocol.Item.OUT_VISITS])
    with pytest.raises(ValidationError, match="No protocol with Liverpool DIP"):
        walks.write(visitor, walks.row("A0001AA"))


def test_settle_does_what_a_line_asks_for_once_the_right_number_is_known():
    visitor, person, worker = walks.holder(), walks.on_wing(factories.wing()), factories.user()
    walks.write(visitor, walks.row("Z9999ZZ", "TAKEN_AWAY"), walks.row("Z9999ZY"))
    take_up_visits()
    first, second = WingVisitLine.objects.order_by("pk")
    visits.settle(line=first, person=person, by=worker)
    visits.settle(line=second, by=worker)

    assert OutwardReferral.objects.get().person == person
    assert WingVisitLine.objects.waiting().count() == 0
    with pytest.raises(ValidationError, match="already"):
        visits.settle(line=second, by=worker)


def test_settle_with_a_person_who_has_not_agreed_still_waits():
    visitor, person = walks.holder(), walks.on_wing(factories.wing(), agreed=False)
    walks.write(visitor, walks.row("Z9999ZZ", "TAKEN_AWAY"))
    take_up_visits()

    line = visits.settle(line=WingVisitLine.objects.get(), person=person, by=factories.user())

    assert (line.waits_for, line.settled_at) == ("CONSENT", None)


def test_take_up_of_somebody_who_died_makes_no_referral():
    visitor, person = walks.holder(), walks.on_wing(factories.wing())
    factories.end(person.spells.get(), end="DIED", ended_at=timezone.now(), ended_by=User.objects.system())
    walks.write(visitor, walks.row(person.number, "TAKEN_AWAY"))
    take_up_visits()

    assert (OutwardReferral.objects.count(), told()[0][3]) == (0, "ROLL")
    assert Consent.objects.get().given
