import pytest

from casework.access import Role
from casework.queries import alerts
from tests import factories

pytestmark = pytest.mark.django_db
OPEN = [{"text": "ACCT open", "colour": "red"}]


def test_marks_whoever_has_an_open_acct_here():
    user, marked, other = factories.user(), factories.person(), factories.person()
    factories.alert(marked)
    factories.alert(other, code="HA1")
    factories.alert(other, code="HA", until_at=factories.at(hour=11))
    factories.alert(other, prison=factories.prison("ACI", "Altcourse (HMP)"))

    assert alerts.marks(user, [marked.pk, other.pk]) == {marked.pk: OPEN}
    assert alerts.marks(user, [other.pk]) == {}


@pytest.mark.parametrize("count", [1, 3])
def test_marks_is_one_query_however_many_people(django_assert_num_queries, count):
    user, people = factories.user(), [factories.alert().person_id for _ in range(count)]

    with django_assert_num_queries(1):
        assert alerts.marks(user, people) == dict.fromkeys(people, OPEN)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_marks_nobody_for_those_who_open_no_records(role):
    assert alerts.marks(factories.user(role), [factories.alert().person_id]) == {}


def test_tags_names_what_says_how_somebody_is_to_be_met_and_nothing_else():
    user, person = factories.user(), factories.person()
    for code in ["RNO121", "HA"]:
        factories.alert(person, code)
    factories.alert(person, "WWOPEN", until_at=factories.at(hour=11))
    factories.alert(person, "SOR")
    secret = factories.alert(person, "WWPAIR")
    factories.end(secret, kind="D")

    assert alerts.tags(user, [person.pk]) == {person.pk: [*OPEN, {"text": "Do not see alone", "colour": ""}]}


@pytest.mark.parametrize("count", [1, 3])
def test_tags_is_one_query_however_many_people(django_assert_num_queries, count):
    user, people = factories.user(), [factories.alert().person_id for _ in range(count)]

    with django_assert_num_queries(1):
        assert alerts.tags(user, people) == dict.fromkeys(people, OPEN)
