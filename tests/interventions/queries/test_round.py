from datetime import timedelta

import pytest
from django.utils import timezone

from casework.models import Location, WingCover
from interventions.models import ContactType, WingRound
from interventions.queries import round as queries
from tests import factories

pytestmark = pytest.mark.django_db


def on(wing, **given):
    stay = factories.spell()
    Location.objects.filter(spell=stay).update(wing=wing)
    return factories.case(spell=stay, **given)


def test_on_wing_knows_who_was_there_at_a_moment():
    wing, worker = factories.wing(), factories.user()
    before = timezone.now()
    stayed, left, closed = (on(wing) for _ in range(3))
    come = on(factories.wing("B"))
    later = before + timedelta(hours=1)
    for case, until in [(left, None), (come, wing)]:
        place = Location.objects.get(spell=case.spell)
        factories.end(place, until_at=later)
        Location.objects.create(spell=place.spell, prison=place.prison, wing=until, from_at=later)
    factories.end(closed, closed_on=factories.DAY + timedelta(days=1), close_reason="COMPLETED")

    def named(at):
        return set(queries.on_wing(worker, wing, at=at))

    assert named(before) == {stayed.person_id, left.person_id, closed.person_id}
    assert named(later) == {stayed.person_id, closed.person_id, come.person_id}
    assert named(later + timedelta(days=2)) == {stayed.person_id, come.person_id}
    assert named(before - timedelta(days=1)) == set()


def test_beginning_is_a_brief_contact_five_minutes_ago_at_most():
    worker, wing = factories.user(), factories.wing()

    begin = queries.beginning(worker, wing)

    assert begin == {
        "people": "",
        "type": ContactType.objects.get(code="BRIEF").pk,
        "at": timezone.localtime(factories.at(hour=11)),
        "worker": worker,
    }


def test_usual_wing_is_that_of_the_last_round_else_one_that_is_covered():
    worker, wing, other = factories.user(), factories.wing("A"), factories.wing("B")
    assert queries.usual_wing(worker) is None

    WingCover.objects.create(user=worker, prison=worker.prison, wing=wing, from_on=factories.DAY)
    assert queries.usual_wing(worker) == wing.pk
    WingRound.objects.create(
        prison=worker.prison, wing=other, worker=worker, type=ContactType.objects.get(code="BRIEF"), at=factories.at(),
        minutes=10, recorded_by=worker, recorded_at=factories.at(),
    )  # fmt: skip
    assert queries.usual_wing(worker) == other.pk
