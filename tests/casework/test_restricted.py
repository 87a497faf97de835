"""A restricted record is hidden from whom it does not name: by the querysets, and by the database when a query forgets."""

import pytest
from django.db import connection
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Case, CustodySpell, Location, Person, Restriction, RestrictionAccess
from tests import factories

TABLES = ["casework_case", "casework_custodyspell", "casework_location", "casework_allocation", "referrals_referral"]


def restrict(person, *named):
    manager = factories.user(Role.MANAGER)
    made = Restriction.objects.create(
        person=person, prison=factories.prison(), number=person.number, kind="OTHER", reason="Known to staff",
        made_at=timezone.now(), made_by=manager,
    )  # fmt: skip
    for user in named:
        RestrictionAccess.objects.create(
            restriction=made, prison=made.prison, user=user, from_at=timezone.now(), given_by=manager
        )
    return made


@pytest.fixture
def stranger(db):
    return factories.user()


@pytest.fixture
def hidden(stranger):
    named = factories.user()
    case = factories.case(worker=named)
    factories.referral(spell=case.spell)
    restrict(case.person, named)
    return case, named


@pytest.mark.parametrize(
    ("model", "of"),
    [(Person, lambda case: case.person), (Case, lambda case: case), (CustodySpell, lambda case: case.spell)],
)
def test_restricted_rows_are_visible_to_whom_the_restriction_names(hidden, stranger, model, of):
    case, named = hidden

    assert list(model.objects.visible_to(named)) == [of(case)]
    assert list(model.objects.visible_to(stranger)) == []


@pytest.mark.parametrize("table", [*TABLES, "casework_person"])
@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
def test_restricted_rows_are_hidden_by_the_database(hidden, table, role):
    _, named = hidden

    assert count(table, named) == 1
    assert count(table, factories.user(role)) == 0


def test_restricted_until_it_is_lifted(hidden, stranger):
    case, _ = hidden
    Restriction.objects.update(lifted_at=timezone.now(), lifted_by=stranger, lifted_why="No longer needed")

    assert list(Person.objects.visible_to(stranger)) == [case.person]
    assert Location.objects.count() == count("casework_location", stranger) == 1


def test_restricted_to_whom_it_named_once_only(hidden):
    _, named = hidden
    RestrictionAccess.objects.update(until_at=timezone.now())

    assert list(Person.objects.visible_to(named)) == []
    assert count("casework_person", named) == 0


def count(table, user):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]
