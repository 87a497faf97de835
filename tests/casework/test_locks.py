import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from casework import context
from casework.access import Role
from casework.models import Person, User
from partners.models import Handover
from tests import factories

pytestmark = pytest.mark.django_db


def test_locks_show_staff_the_people_of_their_own_prison_only():
    ours = factories.person()
    altcourse = factories.prison("ACI", "Altcourse")
    factories.person(prison_ids=[altcourse.pk])

    with context.acting(factories.user()):
        assert list(Person.objects.all()) == [ours]


def test_locks_show_nothing_without_a_context():
    factories.person()

    with context.acting(None, role="ww_keyworker"):
        assert Person.objects.count() == 0


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_locks_keep_people_from_kinds_who_do_no_casework(role):
    factories.person()

    with pytest.raises(Exception, match="permission denied"), context.acting(factories.user(role)):
        Person.objects.count()


def test_locks_show_a_partner_what_is_shared_with_his_agency():
    shared = factories.handover()
    wirral = factories.agency("Wirral DIP")

    with context.acting(factories.user(Role.PARTNER, agency=shared.agency)):
        assert list(Handover.objects.all()) == [shared]
    with context.acting(factories.user(Role.PARTNER, agency=wirral)):
        assert list(Handover.objects.all()) == []


def test_locks_refuse_a_forged_context():
    keyworker = factories.user()
    altcourse = factories.prison("ACI", "Altcourse")
    factories.person(prison_ids=[altcourse.pk])

    with pytest.raises(Exception, match="forged context"), context.acting(keyworker):
        count_people_of(altcourse)


def count_people_of(other):
    """Claim, with the signature we were given, to belong to another prison."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('ww.context')")
        given = cursor.fetchone()[0].split("|")
        given[2] = str(other.pk)
        cursor.execute("SELECT set_config('ww.context', %s, true)", ["|".join(given)])
        return Person.objects.count()


def test_acting_puts_the_outer_context_back():
    factories.person()

    with context.acting(factories.user()):
        pass

    assert Person.objects.count() == 1
    assert User.objects.count() >= 2


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_locks_let_staff_know_the_system_account_and_nobody_of_another_prison(role):
    elsewhere = factories.user(prison=factories.prison("ACI", "Altcourse"))
    somebody = factories.user(role)

    with context.acting(somebody):
        known = set(User.objects.values_list("pk", flat=True))

    assert known == {somebody.pk, User.objects.system().pk}
    assert elsewhere.pk not in known


def test_locks_let_no_administrator_write_the_system_account():
    with pytest.raises(Exception, match="row-level security"), context.acting(factories.user(Role.ADMINISTRATOR)):
        User.objects.filter(role=Role.SYSTEM).update(full_name="Somebody")


def test_locks_name_every_table_of_others_as_something_to_wait_for():
    plan = MigrationLoader(connection).graph.forwards_plan(("casework", "0003_locks"))

    assert {app for app, _ in plan} == {"account", "casework", "contenttypes", "sessions"}
