from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from casework import context
from casework.models import Case, Prison
from interventions.models import Contact, ContactType
from reporting.queries import indicators, records
from reporting.queries.months import Month
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER = Month.read("2026-10")
LONG_AFTER = datetime(2026, 12, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def long_after():
    with time_machine.travel(LONG_AFTER, tick=False):
        yield


def value(name, month=OCTOBER):
    return indicators.BY_NAME[name].figure(factories.prison(), month)["value"]


def kind(code):
    return ContactType.objects.get(code=code)


def elsewhere():
    """A case in another prison."""
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    worker = factories.user(prison=altcourse)
    return factories.case(spell=factories.spell(prison=altcourse), worker=worker)


def test_every_indicator_has_a_name_of_its_own_and_a_whole_sentence():
    assert len(indicators.BY_NAME) == len(indicators.ALL)
    assert all(each.definition(factories.prison()).endswith(".") for each in indicators.ALL)
    assert all("{" not in each.definition(factories.prison()) for each in indicators.ALL)


# The walk: whatever is there, the number is the length of the list.


@pytest.fixture
def busy_month():
    """A month with something of everything, at its edges too."""
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 15), date(2026, 10, 31), date(2026, 11, 1)):
        referral = factories.referral(received_on=day, made_at=factories.at(day))
        factories.triage(referral, done_on=day + timedelta(days=3), recorded_at=factories.at(day + timedelta(days=3)))
        case = factories.case(spell=referral.spell, worker=factories.user(), opened_on=day)
        for code in ("ONE_TO_ONE", "GROUP", "GROUP", "BRIEF", "LETTER"):
            factories.contact(case, type=kind(code), at=factories.at(day))
    closed = factories.case(worker=factories.user(), opened_on=date(2026, 10, 2))
    Case.objects.filter(pk=closed.pk).update(
        closed_on=date(2026, 10, 31), close_reason="COMPLETED", closed_by=closed.opened_by
    )
    factories.contact(elsewhere())


@pytest.mark.parametrize("name", indicators.BY_NAME)
def test_every_figure_is_as_long_as_its_list(busy_month, name):
    indicator, prison = indicators.BY_NAME[name], factories.prison()

    for month in map(Month.read, ["2026-09", "2026-10", "2026-11", "2026-12"]):
        figure = indicator.figure(prison, month)
        counts = {"all": figure.get("denominator", figure["value"]), "met": figure.get("numerator")}
        counts["missed"] = counts["all"] - (counts["met"] or 0)
        for which in indicator.parts:
            assert len(walked(indicator.part(which, prison, month))) == counts[which]


def walked(chosen):
    """All rows of a list, page after page."""
    rows, after = [], ""
    while after is not None:
        page = records.page(chosen, str(after), size=2)
        rows += page.rows
        after = page.after
    assert len(rows) == chosen.count()
    return rows


# What each counts.


def test_new_referrals_counts_what_was_received_in_the_month_and_no_repeat():
    first = factories.referral(received_on=date(2026, 10, 1))
    factories.referral(spell=first.spell, received_on=date(2026, 10, 2), repeat_of=first)
    factories.referral(received_on=date(2026, 10, 31))
    factories.referral(received_on=date(2026, 9, 30))
    factories.referral(received_on=date(2026, 11, 1))

    assert value("new_referrals") == 2


@pytest.mark.parametrize(
    ("outcome", "counted"), [("OPEN", 1), ("REPEAT", 1), ("DECLINED", 0), ("INAPPROPRIATE", 0), ("LEFT", 0)]
)
def test_initial_assessments_counts_those_in_which_somebody_was_assessed(outcome, counted):
    triage = factories.triage(outcome=outcome, done_on=date(2026, 10, 31))

    assert value("initial_assessments") == counted
    assert triage.is_assessment == bool(counted)
    assert value("initial_assessments", Month.read("2026-11")) == 0


def test_caseload_counts_people_with_a_case_at_the_end_of_the_last_day():
    def case(opened_on, closed_on=None):
        made = factories.case(worker=factories.user(), opened_on=opened_on)
        if closed_on:
            closed = {"closed_on": closed_on, "close_reason": "COMPLETED", "closed_by": made.opened_by}
            Case.objects.filter(pk=made.pk).update(**closed)
        return made

    long_open = case(date(2026, 1, 5))
    closed_later = case(date(2026, 10, 31), date(2026, 11, 1))
    case(date(2026, 10, 1), date(2026, 10, 31))
    case(date(2026, 11, 1))
    elsewhere()

    people = indicators.BY_NAME["caseload"].records(factories.prison(), OCTOBER)
    assert set(people) == {long_open.person, closed_later.person}


def test_caseload_counts_somebody_with_two_cases_once():
    case = factories.case(worker=factories.user(), opened_on=date(2026, 10, 1))
    Case.objects.filter(pk=case.pk).update(
        closed_on=date(2026, 11, 5), close_reason="COMPLETED", closed_by=case.opened_by
    )
    factories.case(spell=case.spell, worker=factories.user(), opened_on=date(2026, 10, 20))

    assert value("caseload") == 1


def test_caseload_of_the_running_month_is_that_of_now():
    december = Month.read("2026-12")
    factories.case(worker=factories.user(), opened_on=date(2026, 12, 20))
    gone = factories.case(worker=factories.user(), opened_on=date(2026, 12, 1))
    Case.objects.filter(pk=gone.pk).update(
        closed_on=date(2026, 12, 20), close_reason="COMPLETED", closed_by=gone.opened_by
    )

    assert value("caseload", december) == 1


def test_interventions_counts_what_took_place_and_is_of_a_kind_that_counts():
    case = factories.case(worker=factories.user())
    factories.contact(case, type=kind("BRIEF"))
    factories.contact(case, type=kind("LETTER"))
    factories.contact(case, type=kind("BRIEF"), outcome=Contact.Outcome.PERSON_REFUSED)
    factories.contact(elsewhere(), type=kind("BRIEF"))

    assert value("interventions") == 1


def test_interventions_belong_to_the_month_that_london_had():
    case = factories.case(worker=factories.user())
    for moment in (
        datetime(2026, 9, 30, 22, 59, 59, tzinfo=UTC),  # 30 September 23:59 in London
        datetime(2026, 9, 30, 23, 0, tzinfo=UTC),  # 1 October 00:00
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # 25 October 01:30, the first time
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # 25 October 01:30, the second time
        datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),  # 31 October 23:59
        datetime(2026, 11, 1, 0, 0, tzinfo=UTC),  # 1 November 00:00
    ):
        factories.contact(case, at=moment)

    assert [value("interventions", Month.read(month)) for month in ("2026-09", "2026-10", "2026-11")] == [1, 4, 1]


def test_structured_one_to_ones_are_booked_long_enough_and_on_a_case():
    case = factories.case(worker=factories.user())
    factories.contact(case, minutes=20)
    factories.contact(case, minutes=19)
    factories.contact(case, minutes=45, type=kind("BRIEF"))
    factories.contact(case, minutes=45, outcome=Contact.Outcome.REGIME_CURTAILED)
    Contact.objects.filter(pk=factories.contact(case, minutes=45).pk).update(case=None)

    assert value("structured_one_to_ones") == 1


def test_structured_one_to_ones_ask_the_prison_how_long():
    factories.contact(minutes=25)
    Prison.objects.update(structured_minutes=30)

    assert value("structured_one_to_ones") == 0
    assert "30 minutes" in indicators.BY_NAME["structured_one_to_ones"].definition(factories.prison())


def test_groups_count_people_once_and_places_each_time():
    regular, other = factories.case(worker=factories.user()), factories.case(worker=factories.user())
    for case in (regular, regular, other):
        factories.contact(case, type=kind("GROUP"))
    factories.contact(type=kind("GROUP"), outcome=Contact.Outcome.PERSON_ILL)

    assert (value("people_in_groups"), value("group_attendances")) == (2, 3)


# Friday 23 October: five working days later is Friday 30 October, the next working day Monday 26 October.
FRIDAY = date(2026, 10, 23)


@pytest.mark.parametrize(
    ("urgency", "done_on", "in_time"),
    [
        ("ORDINARY", date(2026, 10, 30), 1),
        ("ORDINARY", date(2026, 10, 31), 0),
        ("PRIORITY", date(2026, 10, 26), 1),
        ("PRIORITY", date(2026, 10, 27), 0),
        ("ORDINARY", None, 0),
    ],
)
def test_triaged_in_time_counts_working_days(urgency, done_on, in_time):
    referral = factories.referral(received_on=FRIDAY, urgency=urgency)
    if done_on:
        factories.triage(referral, done_on=done_on)

    figure = indicators.BY_NAME["triaged_in_time"].figure(factories.prison(), OCTOBER)
    assert (figure["numerator"], figure["denominator"], figure["value"]) == (in_time, 1, 100.0 * in_time)


def test_triaged_in_time_takes_the_month_in_which_triage_fell_due():
    factories.referral(received_on=date(2026, 9, 25))  # due on 2 October
    factories.referral(received_on=date(2026, 10, 26))  # due on 2 November
    first = factories.referral(received_on=date(2026, 10, 5))
    factories.referral(spell=first.spell, received_on=date(2026, 10, 6), repeat_of=first)

    due = indicators.BY_NAME["triaged_in_time"].records(factories.prison(), OCTOBER)
    assert sorted(due.values_list("received_on", "due_on")) == [
        (date(2026, 9, 25), date(2026, 10, 2)),
        (date(2026, 10, 5), date(2026, 10, 12)),
    ]


def test_triaged_in_time_of_the_running_month_leaves_out_what_may_still_be_done_today():
    december = Month.read("2026-12")
    factories.referral(received_on=date(2026, 12, 11))  # due on Friday 18 December, which is over
    factories.referral(received_on=date(2026, 12, 14))  # due on Monday 21 December

    rate = indicators.BY_NAME["triaged_in_time"]
    assert rate.figure(factories.prison(), december)["denominator"] == 1
    with time_machine.travel(datetime(2026, 12, 21, 12, tzinfo=UTC), tick=False):
        assert rate.figure(factories.prison(), december)["denominator"] == 1
    with time_machine.travel(datetime(2026, 12, 22, 12, tzinfo=UTC), tick=False):
        assert rate.figure(factories.prison(), december)["denominator"] == 2


@time_machine.travel(datetime(2026, 12, 1, 9, tzinfo=UTC), tick=False)
def test_triaged_in_time_has_no_value_where_nothing_fell_due():
    factories.referral(received_on=date(2026, 11, 2))

    figure = indicators.BY_NAME["triaged_in_time"].figure(factories.prison(), Month.read("2026-12"))
    assert (figure["numerator"], figure["denominator"], figure["value"]) == (0, 0, None)


def test_triaged_in_time_knows_bank_holidays():
    factories.referral(received_on=date(2026, 12, 18))  # Christmas Day and the Monday after it do not count

    with time_machine.travel(datetime(2027, 1, 5, tzinfo=UTC), tick=False):
        due = indicators.BY_NAME["triaged_in_time"].records(factories.prison(), Month.read("2026-12"))
    assert list(due.values_list("due_on", flat=True)) == [date(2026, 12, 29)]


def test_rows_made_by_a_colleague_who_has_left_stay_in_the_list():
    """Row security hides accounts of other prisons; what such a colleague did is listed without the name."""
    contact, keyworker = factories.contact(), factories.user()
    contact.worker.prison = factories.prison("ACI", "Altcourse (HMP)")
    contact.worker.save()

    with context.acting(keyworker):
        rows = records.page(indicators.BY_NAME["interventions"].records(keyworker.prison, OCTOBER), "").rows
    assert [(row.person_id, dict(row.cells)["By"]) for row in rows] == [(contact.person_id, "")]
