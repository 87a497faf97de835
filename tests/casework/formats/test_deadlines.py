from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from casework.formats import deadlines
from casework.formats.deadlines import Clinical, Due, Facts, Handed, Kind, State
from casework.models import Prison

TIMERS = Prison()
OPENED = date(2026, 10, 14)  # a Wednesday
DONE = {
    "treated_from": OPENED,
    "first_contact_on": OPENED,
    "comprehensive_on": OPENED,
    "plan_agreed_on": OPENED,
    "profile_on": OPENED,
}


def owed(today=OPENED, **facts):
    return [(due.kind, due.on) for due in deadlines.of_case(Facts(opened_on=OPENED, **facts), TIMERS, today)]


# Easter 2027: Good Friday 26 March, Monday 29 March; the clocks go forward on Sunday 28 March.
@pytest.mark.parametrize(
    ("received_on", "priority", "due_on"),
    [
        (date(2027, 3, 24), False, date(2027, 4, 2)),
        (date(2027, 3, 25), True, date(2027, 3, 30)),
        (date(2027, 3, 25), False, date(2027, 4, 5)),
        (date(2027, 3, 27), True, date(2027, 3, 30)),
        (date(2027, 3, 28), False, date(2027, 4, 5)),
        (date(2026, 10, 23), True, date(2026, 10, 26)),  # over the Sunday on which the clocks go back
        (date(2026, 12, 24), True, date(2026, 12, 29)),  # Christmas Day; Boxing Day is kept on Monday
        (date(2026, 12, 31), False, date(2027, 1, 8)),
    ],
)
def test_triage_is_due_in_working_days(received_on, priority, due_on):
    assert deadlines.triage_on(received_on, priority=priority, timers=TIMERS) == due_on


def test_a_new_case_owes_its_beginning():
    assert owed(referred_on=date(2026, 10, 8), treated_from=OPENED) == [
        (Kind.COMPREHENSIVE, date(2026, 10, 28)),
        (Kind.TOP_START, date(2026, 10, 28)),
        (Kind.FIRST_INTERVENTION, date(2026, 10, 29)),
    ]


def test_comprehensive_is_due_over_a_bank_holiday_weekend_and_a_change_of_the_clocks():
    found = deadlines.of_case(Facts(opened_on=date(2027, 3, 18)), TIMERS, date(2027, 3, 18))

    assert {due.on for due in found if due.kind == Kind.COMPREHENSIVE} == {date(2027, 4, 5)}


def test_a_plan_is_owed_on_the_day_of_the_comprehensive_assessment():
    assert owed(**{**DONE, "plan_agreed_on": None}) == [(Kind.PLAN, OPENED)]


def test_a_plan_is_reviewed_every_84_days():
    assert owed(**DONE) == [(Kind.PLAN_REVIEW, date(2027, 1, 6))]


@pytest.mark.parametrize(
    ("reviews", "last", "days"),
    [
        (0, None, 5),
        (1, 4, 28),
        (1, 5, 28),
        (1, 27, 28),
        (1, 28, 28 + 91),
        (1, 40, 40 + 91),
        (2, 20, 20 + 91),
        (3, 119, 210),
    ],
)
def test_joint_reviews_are_at_day_5_day_28_then_every_13_weeks(reviews, last, days):
    last_on = last and OPENED + timedelta(days=last)

    due_on = deadlines.clinical_review_on(Clinical("Detox", OPENED, reviews, last_on), TIMERS)

    assert due_on == OPENED + timedelta(days=days)


@pytest.mark.parametrize(
    ("days_since", "expected"),
    [
        (28, []),
        (29, [(Kind.TOP_REVIEW, OPENED + timedelta(days=182))]),
        (200, [(Kind.TOP_REVIEW, OPENED + timedelta(days=182))]),
    ],
)
def test_an_outcomes_profile_is_reviewed_in_its_window(days_since, expected):
    done = {**DONE, "plan_agreed_on": OPENED + timedelta(days=200)}
    found = owed(OPENED + timedelta(days=days_since), **done)

    assert [due for due in found if due[0] == Kind.TOP_REVIEW] == expected


@pytest.mark.parametrize(("days_before", "owes"), [(15, False), (14, True), (0, True)])
def test_an_exit_profile_is_owed_from_14_days_before_release(days_before, owes):
    release_on = OPENED + timedelta(days=60)
    today = release_on - timedelta(days=days_before)

    found = owed(today, release_on=release_on, asked=True, **DONE)

    assert ((Kind.TOP_EXIT, release_on) in found) is owes


def test_an_exit_profile_takes_the_place_of_the_others():
    today = OPENED + timedelta(days=40)

    kinds = [kind for kind, _ in owed(today, closing_from=today, **DONE)]

    assert kinds == [Kind.TOP_EXIT, Kind.PLAN_REVIEW]


@pytest.mark.parametrize("weekday", range(7))
def test_a_release_is_counted_back_from_its_own_day_whatever_weekday_it_is(weekday):
    release_on = date(2027, 3, 22) + timedelta(days=weekday)

    assert owed(release_on=release_on, release_known_on=OPENED, **DONE) == [
        (Kind.PLAN_REVIEW, date(2027, 1, 6)),
        (Kind.TELL_COMMUNITY, release_on - timedelta(days=42)),
        (Kind.APPOINTMENT, release_on - timedelta(days=14)),
    ]


def test_a_release_that_is_known_late_asks_from_the_day_it_is_known():
    known_on = OPENED + timedelta(days=3)

    found = owed(release_on=OPENED + timedelta(days=20), release_known_on=known_on, **DONE)

    assert (Kind.TELL_COMMUNITY, known_on) in found
    assert (Kind.APPOINTMENT, OPENED + timedelta(days=6)) in found


def test_nothing_is_sent_for_somebody_who_agreed_to_nothing():
    assert owed(release_on=OPENED + timedelta(days=60), asked=True, **DONE) == [(Kind.PLAN_REVIEW, date(2027, 1, 6))]


@pytest.mark.parametrize(
    ("handed", "kinds"),
    [
        (Handed("Liverpool DIP"), [Kind.TELL_COMMUNITY, Kind.APPOINTMENT]),
        (Handed("Liverpool DIP", appointment=True), [Kind.TELL_COMMUNITY]),
        (Handed("Liverpool DIP", sent_on=OPENED), [Kind.ACKNOWLEDGE, Kind.APPOINTMENT]),
        (Handed("Liverpool DIP", sent_on=OPENED, answered=True, appointment=True), []),
        (Handed("Liverpool DIP", sent_on=OPENED, answered=True, appointment=True, asked_on=OPENED), [Kind.ANSWER]),
    ],
)
def test_a_handover_is_sent_answered_and_names_an_appointment(handed, kinds):
    found = owed(release_on=OPENED + timedelta(days=60), handovers=[handed], **DONE)

    assert [kind for kind, _ in found if kind != Kind.PLAN_REVIEW] == kinds


@pytest.mark.parametrize(
    ("sent_on", "due_on"),
    [
        (date(2027, 3, 25), date(2027, 3, 31)),
        (date(2026, 10, 23), date(2026, 10, 27)),
        (date(2026, 8, 28), date(2026, 9, 2)),
    ],
)
def test_an_agency_answers_within_two_working_days(sent_on, due_on):
    assert deadlines.acknowledge_on(sent_on, TIMERS) == due_on


def test_work_rests_while_a_case_is_suspended_and_its_release_does_not():
    release_on = OPENED + timedelta(days=60)

    found = owed(suspended=True, release_on=release_on, actions=[("Call his mother", OPENED, 1)])

    assert [kind for kind, _ in found] == [Kind.TELL_COMMUNITY, Kind.APPOINTMENT]


def test_actions_and_consents_are_due_on_their_day():
    facts = Facts(
        OPENED, actions=[("Write to housing", OPENED, 7)], consents=[("Wirral DIP", date(2026, 11, 1), 3)], **DONE
    )

    assert deadlines.of_case(facts, TIMERS, OPENED)[:2] == [
        Due(Kind.ACTION, OPENED, "Write to housing", 7),
        Due(Kind.CONSENT, date(2026, 11, 1), "Wirral DIP", 3),
    ]


@pytest.mark.parametrize(
    ("days", "state"), [(-1, State.OVERDUE), (0, State.TODAY), (1, State.SOON), (7, State.SOON), (8, State.LATER)]
)
def test_a_due_date_stands_as_its_day_says(days, state):
    assert Due(Kind.PLAN, OPENED + timedelta(days=days)).state(OPENED) == state


def test_a_session_is_written_up_within_48_hours_of_the_clock_on_the_wall_or_not():
    london = ZoneInfo("Europe/London")
    held_at = datetime(2026, 10, 24, 14, tzinfo=london).astimezone(ZoneInfo("UTC"))

    by = deadlines.write_up_by(held_at, TIMERS)

    assert by.astimezone(london) == datetime(2026, 10, 26, 13, tzinfo=london)


@pytest.mark.parametrize(
    ("month", "due_on"),
    [
        (date(2026, 10, 1), date(2026, 11, 10)),
        (date(2026, 12, 1), date(2027, 1, 10)),
        (date(2027, 2, 1), date(2027, 3, 10)),
    ],
)
def test_the_monthly_return_is_due_on_the_10th(month, due_on):
    assert deadlines.monthly_return_on(month, TIMERS) == due_on


def test_timers_are_settings():
    slow = Prison(comprehensive_working_days=1, top_start_days=2, first_intervention_days=3)

    found = deadlines.of_case(Facts(OPENED, treated_from=OPENED), slow, OPENED)

    assert [due.on for due in found] == [OPENED + timedelta(days=days) for days in [1, 2, 3]]


def test_a_referral_to_an_agency_is_answered_and_its_answer_is_looked_at():
    outward = [("Wirral DIP", OPENED, None, 3), ("Liverpool DIP", OPENED, date(2026, 10, 16), 4)]

    found = [one for one in owed(outward=outward, **DONE) if one[0] != Kind.PLAN_REVIEW]

    assert found == [
        (Kind.OUTWARD_SEEN, deadlines.acknowledge_on(date(2026, 10, 16), TIMERS)),
        (Kind.OUTWARD_ANSWER, deadlines.answer_referral_on(OPENED)),
    ]
