"""What an agency is told of a handover that the prison recalled: its number and the day, and nothing else, whatever the query."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Mail, Notice
from partners.models import Handover, HandoverMove, Protocol
from partners.operations import handovers as operations
from partners.queries import received as queries
from tests import factories
from tests.partners import walks
from tests.partners.pages import at, text

pytestmark = pytest.mark.django_db
TOLD = "SELECT handover_id, prison_code FROM ww.recalled_handovers(%s)"
State = Handover.State


@pytest.fixture
def partner():
    return factories.user(Role.PARTNER)


def recalled(**given):
    made = factories.handover(**given)
    operations.recall(handover=made, reason="Stays in custody", by=made.made_by)
    return made


def read(user, agency=None):
    return walks.raw(user, TOLD, (agency or user.agency).pk)


def test_an_agency_is_told_the_number_and_nothing_of_whom_it_was_about(partner):
    made = recalled()

    assert read(partner) == [(made.pk, made.prison.code)]
    for table in ["partners_handover", "partners_handovermove", "partners_pack", "partners_handoverappointment"]:
        assert walks.raw(partner, f"SELECT count(*) FROM {table}") == [(0,)]


def test_it_is_told_to_this_agency_alone(partner):
    recalled()
    wirral = factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))
    factories.protocol(agency=wirral.agency)

    assert [read(wirral), read(wirral, partner.agency)] == [[], []]


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_asks_for_it(partner, role):
    with pytest.raises(DatabaseError, match="permission denied for function"):
        read(factories.user(role), partner.agency)


@pytest.mark.parametrize("state", [State.DRAFT, State.READY])
def test_what_was_never_sent_is_not_told(partner, state):
    recalled(state=state, sent_at=None)

    assert read(partner) == []
    assert not Mail.objects.exists()


def test_it_is_told_though_consent_was_withdrawn_since(partner):
    made = recalled()
    made.consent.withdrawn_at = timezone.now()
    made.consent.save()

    assert read(partner) == [(made.pk, made.prison.code)]


def test_it_is_told_while_a_protocol_lets_handovers_pass(partner):
    recalled()
    Protocol.objects.update(items=["OUT_VISITS"])
    assert read(partner) == []
    Protocol.objects.update(items=["OUT_HANDOVER"], ended_on=timezone.localdate())

    assert read(partner) == []


@pytest.mark.parametrize(("days", "count"), [(14, 1), (15, 0)])
def test_it_is_told_for_two_weeks(partner, days, count):
    made = factories.handover(sent_at=timezone.now() - timedelta(days=days))
    then = timezone.now() - timedelta(days=days)
    operations.recall(handover=made, reason="Stays in custody", by=made.made_by, at=then)

    assert len(read(partner)) == count


def test_coming_tells_of_it_without_a_name(client, partner):
    made = recalled()
    client.force_login(partner)

    pages = [client.get(at("coming")), client.get(at("coming") + "?earlier"), client.get(at("received", made.pk))]

    day = timezone.localdate()
    told = f"Handover {made.reference} was recalled by the prison on {day.day} {day:%B %Y}. Nothing more is to be done."
    assert [told in text(page) for page in pages] == [True, False, False]
    assert [page.status_code for page in pages] == [200, 200, 404]
    assert not any(word in text(pages[0]) for word in [made.person.surname, made.person.number, "Stays in custody"])


def test_the_newest_stands_first(partner):
    first, second = recalled(), recalled()
    HandoverMove.objects.filter(handover=first, after=State.RECALLED).update(at=timezone.now() - timedelta(days=2))

    with context.acting(partner):
        told = queries.recalled(partner)

    assert [one.reference for one in told] == [second.reference, first.reference]


def test_the_agency_is_written_to_once_and_may_turn_it_off(partner):
    made = factories.handover()
    for _ in range(2):
        operations.recall(handover=made, reason="Stays in custody", by=made.made_by)

    rows = Mail.objects.filter(kind="HANDOVER_RECALLED").values_list("agency", "path", "person")
    assert list(rows) == [(made.agency_id, "/coming/", made.person_id)]
    assert Notice.HANDOVER_RECALLED in Notice.offered_to(Role.PARTNER)


def test_nobody_is_written_to_without_a_protocol(partner):
    made = factories.handover()
    Protocol.objects.update(ended_on=timezone.localdate())

    operations.recall(handover=made, reason="Stays in custody", by=made.made_by)

    assert not Mail.objects.filter(kind="HANDOVER_RECALLED").exists()
