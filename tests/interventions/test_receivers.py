"""Who is expected at a session is own work of those who run it: their records open without a reason."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from interventions.models import Facilitator, GroupSession, Seat
from tests import factories

pytestmark = pytest.mark.django_db
DAY, HOURS = factories.DAY, 48  # the hours that a prison allows to write up


@pytest.fixture
def leader():
    return factories.user(full_name="Lee Leader")


@pytest.fixture
def person():
    """Somebody whose case a colleague holds."""
    return factories.case(spell=factories.spell(), worker=factories.user()).person


def is_asked(client, user, person, at=None):
    """Whether the record stands behind the question why, at the moment ``at``."""
    with time_machine.travel(at or timezone.now(), tick=False):
        client.force_login(user)
        response = client.get(reverse("reporting:person", args=[person.pk]))
    assert response.status_code in {200, 302}
    return response.status_code == 302


@pytest.mark.parametrize("kind", ["GROUP", "DROP_IN"])
def test_who_is_expected_opens_to_whoever_runs_it_and_to_nobody_else(client, leader, person, kind):
    seat = factories.seat(factories.group_session(DAY, 14, worker=leader, kind=kind), person)
    assert [is_asked(client, user, person) for user in [leader, factories.user()]] == [False, True]

    Seat.objects.filter(pk=seat.pk).update(removed_at=timezone.now())
    assert is_asked(client, leader, person)


def test_it_opens_the_day_before_and_closes_when_the_hours_to_write_up_are_over(client, leader, person):
    session = factories.group_session(DAY + timedelta(days=5), 14, worker=leader)
    factories.seat(session, person)
    day_before = factories.at(DAY + timedelta(days=4), 0)
    late = session.ends_at + timedelta(hours=HOURS)
    moments = [day_before - timedelta(seconds=1), day_before, late - timedelta(seconds=1), late]

    assert [is_asked(client, leader, person, at) for at in moments] == [True, False, False, True]


def test_it_does_not_open_to_who_stood_down_or_where_it_could_not_run(client, leader, person):
    session = factories.group_session(DAY, 14, worker=leader)
    factories.seat(session, person)
    assert not is_asked(client, leader, person)

    Facilitator.objects.filter(session=session).update(stood_down_at=timezone.now())
    assert is_asked(client, leader, person)
    Facilitator.objects.filter(session=session).update(stood_down_at=None)
    GroupSession.objects.filter(pk=session.pk).update(state="CANCELLED", cancelled_why="TEAM_NO_ROOM")
    assert is_asked(client, leader, person)
