"""What a database session of a partner reads of key-holders, visits and referrals, whatever the query."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Consent, Restriction
from partners.models import KeyHolder, OutwardReferral, Protocol, WingVisit, WingVisitLine
from partners.queries import visits as queries
from partners.tasks import take_up_visits
from tests import factories
from tests.partners import walks

pytestmark = pytest.mark.django_db
TABLES = ["partners_keyholder", "partners_wingvisit", "partners_wingvisitline", "partners_outwardreferral"]
PLANNED = "SELECT number FROM ww.to_be_visited(%s, %s)"


@pytest.fixture
def visitor():
    """Somebody of Liverpool DIP who wrote down a visit: of one who agreed, with a referral, and of one who did not."""
    holder, wing = walks.holder(), factories.wing()
    agreed, other = walks.on_wing(wing), walks.on_wing(wing, agreed=False)
    walks.write(holder, walks.row(agreed.number, "TAKEN_AWAY"), walks.row(other.number, "SUPPORT"), wing=wing)
    take_up_visits()
    return holder


def counts(user):
    return [walks.raw(user, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


def planned(user, agency=None):
    return [number for (number,) in walks.raw(user, PLANNED, factories.prison().pk, (agency or user.agency).pk)]


def test_an_agency_reads_its_own_and_another_nothing(visitor):
    other = factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))
    walks.agreement(other.agency)

    assert counts(visitor.user) == [1, 1, 2, 1]
    assert counts(other) == [0, 0, 0, 0]
    assert planned(other, visitor.agency) == []
    assert [
        model.objects.visible_to(other).count() for model in [KeyHolder, WingVisit, WingVisitLine, OutwardReferral]
    ] == [0] * 4


def test_an_agency_reads_of_a_line_what_it_wrote_and_not_whose_number_it_is(visitor):
    for column in ["person_id", "waits_for", "settled_at", "settled_by_id", "*"]:
        with pytest.raises(DatabaseError):
            walks.raw(visitor.user, f"SELECT {column} FROM partners_wingvisitline")

    with context.acting(visitor.user):
        lines = queries.lines(WingVisit.objects.get(), visitor.user)
    assert [bool(line.name) for line in lines] == [True, False]


def test_consent_withdrawn_and_run_out_end_it_at_the_next_statement(visitor):
    agreed = WingVisitLine.objects.get(what="TAKEN_AWAY").person
    assert planned(visitor.user) == [agreed.number]
    for change in [
        {"withdrawn_at": timezone.now()},
        {"withdrawn_at": None, "expires_on": timezone.localdate() - timedelta(days=1)},
    ]:
        Consent.objects.update(asked_on=timezone.localdate() - timedelta(days=9), **change)
        assert planned(visitor.user) == []
        assert counts(visitor.user) == [1, 1, 2, 0]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"review_on": timezone.localdate() - timedelta(days=1)}, [1, 0, 0, 0]),
        ({"ended_on": timezone.localdate()}, [1, 0, 0, 0]),
        ({"items": ["OUT_VISITS"]}, [1, 0, 0, 0]),
        ({"items": ["OUT_REFERRAL"]}, [1, 0, 0, 1]),
        ({"items": ["IN_VISITS"]}, [1, 1, 2, 0]),
    ],
)
def test_a_protocol_that_lapsed_or_says_less_ends_it_at_the_next_statement(visitor, change, left):
    Protocol.objects.update(**change)

    assert counts(visitor.user) == left
    assert bool(planned(visitor.user)) == ("OUT_VISITS" in change.get("items", []))


def test_the_planned_list_of_the_team_leaves_out_whoever_is_hidden_and_other_prisons(visitor):
    worker, theirs = factories.user(), factories.user(prison=factories.prison("ACI", "Altcourse"))
    assert [len(planned(user, visitor.agency)) for user in [worker, theirs]] == [1, 0]
    person = WingVisitLine.objects.get(what="TAKEN_AWAY").person
    Restriction.objects.create(
        person=person, prison=factories.prison(), number=person.number, kind="OTHER", reason="Known to staff",
        made_at=timezone.now(), made_by=factories.user(Role.MANAGER),
    )  # fmt: skip

    assert planned(worker, visitor.agency) == []


@pytest.mark.parametrize("where", ["elsewhere", "court", "gone", "off the roll"])
def test_the_planned_list_names_nobody_who_is_not_there(visitor, where):
    spell = WingVisitLine.objects.get(what="TAKEN_AWAY").person.spells.get()
    if where == "court":
        spell.locations.update(whereabouts="COURT")
    elif where == "elsewhere":
        spell.locations.update(until_at=timezone.now())
    elif where == "gone":
        factories.end(spell, end="RELEASED", ended_at=timezone.now(), ended_by=visitor.user)
    else:
        factories.end(spell, off_roll_on=timezone.localdate())

    assert planned(visitor.user) == []


@pytest.mark.parametrize(
    "given",
    [
        {"person": "theirs"},
        {"taken_up_at": timezone.now()},
        {"waits_for": "NUMBER"},
        {"agency": "other"},
        {"visit": "other"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_an_agency_adds_no_line_but_a_plain_one_to_a_visit_of_its_own(visitor, given):
    other = walks.holder(agency=factories.agency("Wirral DIP"))
    elsewhere = walks.write(other, walks.row("A0001AA"))
    keys = {"person": factories.person(), "agency": other.agency, "visit": elsewhere}
    own = WingVisit.objects.get(agency=visitor.agency)
    plain = {
        "visit": own,
        "prison": own.prison,
        "agency": own.agency,
        "number": "A0001AA",
        "what": "ADVICE",
        "nonce": uuid.uuid4(),
    }
    with context.acting(visitor.user):
        WingVisitLine.objects.create(**plain)

    plain |= {"nonce": uuid.uuid4()} | {key: keys.get(key, value) for key, value in given.items()}
    with pytest.raises(DatabaseError), context.acting(visitor.user):
        WingVisitLine.objects.create(**plain)


def test_an_agency_writes_no_visit_for_a_visitor_of_another(visitor):
    other = walks.holder(agency=factories.agency("Wirral DIP"))
    row = {"prison": visitor.prison, "agency": visitor.agency, "on": timezone.localdate()}
    row |= {"recorded_by": visitor.user, "recorded_at": timezone.now()}

    with pytest.raises(DatabaseError), context.acting(visitor.user):
        WingVisit.objects.create(visitor=other, **row)


@pytest.mark.parametrize("table", TABLES[:3])
def test_an_agency_changes_none_of_it(visitor, table):
    with pytest.raises(DatabaseError), context.acting(visitor.user):
        walks.raw(visitor.user, f"UPDATE {table} SET agency_id = agency_id RETURNING id")
