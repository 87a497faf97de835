from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from casework import context
from casework.access import Role
from interventions.queries import drug_test as queries
from tests import factories
from tests.interventions.drug_tests import (
    MONDAY,
    OCTOBER,
    SUNDAY,
    brought,
    drawn,
    moved_on,
    on,
    other,
    record,
    recorder,
)

pytestmark = pytest.mark.django_db


def lived(by):
    """A list of six: one positive for both classes, one explained, one negative, one at the laboratory, one refused, one unable."""
    row = drawn(main=6, reserve=2, by=by)
    moved_on(row, "SAMPLED", "MITIGATED", "NEGATIVE", "SAMPLED", "REFUSED_CHARGED", "UNABLE", by=by)
    record(on(row, "Main 1"), "POSITIVE", by, groups=["CANNABIS", "OPIATE", "SPICE"])
    record(on(row, "Reserve 1"), "SAMPLED", by, sampled_at=factories.at(SUNDAY, 9))
    brought(other(), "POSITIVE", by)
    return row


def counted(user, month=OCTOBER):
    with context.acting(user):
        return queries.figures(user, month)[0]


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
def test_figures_are_the_same_for_everybody_in_the_team(role):
    lived(recorder())

    found = counted(factories.user(role))

    assert (found.rate, found.size, found.volume) == ("33.3 % (1 of 3)", 6, "4.2 % (5 of 120)")
    assert (found.traditional_rate, found.psychoactive_rate) == ("33.3 % (1 of 3)", "33.3 % (1 of 3)")
    assert (found.sampled, found.awaited, found.weekend_rate) == (5, 2, "20.0 % (1 of 5)")
    assert (found.refused, found.adjudicated, found.mitigated, found.promoted) == (1, 1, 1, 1)
    assert (found.unable, found.reasons, found.waiting) == (1, [("Visit", 1)], 0)
    assert found.groups == [
        (name, 1, "33.3 % (1 of 3)") for name in ["Cannabis", "Opiates", "Synthetic cannabinoids (spice)"]
    ]
    assert [(kind["kind"], kind["rate"]) for kind in found.kinds] == [("Mandatory: suspicion", "100.0 % (1 of 1)")]


def test_figures_are_those_of_the_own_prison_and_month():
    lived(recorder())
    elsewhere = factories.user(prison=factories.prison("ACI", "Altcourse (HMP)"))

    assert not counted(elsewhere).of
    assert not counted(factories.user(), OCTOBER - timedelta(days=3)).of
    with context.acting(elsewhere), connection.cursor() as cursor:  # Whatever prison he asks for.
        cursor.execute(queries._SQL, [OCTOBER, date(2026, 11, 1), [], factories.prison().pk])
        assert cursor.fetchall() == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_figures_are_for_the_team_only(role):
    with context.acting(factories.user(role)), pytest.raises(ProgrammingError), transaction.atomic():
        queries.figures(factories.user(role), OCTOBER)


def test_figures_count_a_reserve_only_when_it_is_called_up():
    row = drawn(main=1, reserve=3, by=(by := recorder()))
    assert counted(by).waiting == 1

    record(on(row, "Main 1"), "UNABLE", by)

    assert (counted(by).waiting, counted(by).promoted) == (1, 1)


@pytest.mark.parametrize(("months", "first"), [(1, OCTOBER), (12, date(2025, 11, 1))])
def test_figures_of_many_months_are_one_query(months, first, django_assert_num_queries):
    lived(recorder())
    by = factories.user()
    with context.acting(by), django_assert_num_queries(1):
        found = queries.figures(by, OCTOBER, months)

    assert [each.month for each in found][0] == first
    assert [bool(each.of) for each in found] == [False] * (months - 1) + [True]


def test_share_names_numerator_and_denominator():
    assert [queries.share(1, 3), queries.share(0, 3), queries.share(0, 0)] == [
        "33.3 % (1 of 3)",
        "0.0 % (0 of 3)",
        "none yet (0 of 0)",
    ]


def test_average_counts_the_days_held_in_twelve_months():
    october = date(2025, 10, 1)
    for received_on, ended in [
        (date(2020, 1, 1), None),
        (date(2026, 9, 1), None),
        (date(2020, 1, 1), october + timedelta(days=64)),
    ]:
        end = {"ended_at": factories.at(ended), "end": "RELEASED"} if ended else {}
        factories.spell(received_on=received_on, **end)
    factories.spell(received_on=OCTOBER)
    factories.spell(received_on=date(2020, 1, 1), ended_at=factories.at(date(2025, 9, 1)), end="RELEASED")
    factories.spell(received_on=date(2020, 1, 1), prison=factories.prison("ACI", "Altcourse (HMP)"))

    found = queries.average(factories.user(), OCTOBER)

    assert (found.first, found.last, found.days) == (october, date(2026, 9, 30), 365)
    assert (found.held, found.people, found.population) == (365 + 30 + 64, 3, 1)


def test_average_of_a_month_to_come_counts_no_day_that_is_to_come():
    factories.spell(received_on=date(2020, 1, 1))

    found = queries.average(factories.user(), date(2026, 11, 1))

    assert (found.first, found.last, found.held) == (date(2025, 11, 1), date(2026, 10, 13), found.days)


def test_average_of_an_empty_prison_is_nobody():
    assert queries.average(factories.user(), OCTOBER).population == 0


@pytest.mark.parametrize("text", ["", "2026-13", "2026-1", "٢٠٢٦-10", "2026-10-14", "x"])
def test_read_month_knows_what_is_none(text):
    assert queries.read_month(text) is None


def test_of_month_tells_who_left_and_who_leaves():
    row = drawn(by=(by := recorder()))
    gone, leaves = on(row, "Main 1").person, on(row, "Main 2").person
    gone.spells.update(ended_at=factories.at(MONDAY), end="TRANSFERRED")
    gone.spells.get().locations.update(until_at=factories.at(MONDAY))
    spell = leaves.spells.get()
    spell.release_dates.create(
        prison=spell.prison, kind="CONDITIONAL", on=date(2026, 10, 20), recorded_at=factories.at(), recorded_by=by
    )

    found = queries.of_month(by, OCTOBER)

    assert [row.place for row in found] == ["Main 1", "Main 2", "Reserve 1", "Reserve 2"]
    assert [(row.left_on and row.left_on.date(), row.leaves_on, row.cell) for row in found[:2]] == [
        (MONDAY, None, ""),
        (None, date(2026, 10, 20), "A-1-001"),
    ]
    assert [row.place for row in queries.in_order(found)] == ["Main 1", "Main 2"]
