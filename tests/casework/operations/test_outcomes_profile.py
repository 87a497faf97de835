import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from casework.formats import outcomes_profile as top
from casework.models import AuditEntry, Case, OutcomesProfile, ReleaseDate, Strand
from casework.operations import outcomes_profile as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
NOTHING = {**{line.total: 0 for line in top.LINES}, **{item.code: 0 if item.most else "NO" for item in top.ITEMS}}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def case(worker):
    return factories.case(worker=worker, opened_on=DAY - timedelta(days=10))


def record(case, by, stage="START", **given):
    given = {"answers": NOTHING, "done_on": DAY, **given}
    return operations.record(case=case, stage=stage, by=by, **given)


def refused(*args, **given):
    before = OutcomesProfile.objects.count()
    with pytest.raises(ValidationError) as error:
        record(*args, **given)
    assert OutcomesProfile.objects.count() == before
    return error.value.message_dict


def test_record_keeps_the_answers_and_the_weeks_they_are_about(case, worker):
    profile = record(case, worker)

    assert (profile.period_from, profile.period_until) == (DAY - timedelta(days=58), DAY - timedelta(days=31))
    assert (profile.answers["alcohol_week_1"], profile.answers["version"], profile.outside_why) == (0, 1, "")
    assert (profile.person, profile.prison, profile.done_by) == (case.person, case.prison, worker)
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.detail) == ("outcomes.recorded", {"stage": "START", "done_on": "2026-10-14"})


def test_record_twice_with_one_nonce_makes_one(case, worker):
    nonce = uuid.uuid4()

    assert record(case, worker, nonce=nonce) == record(case, worker, nonce=nonce)


def test_record_refuses_a_second_start(case, worker):
    factories.profile(case)

    assert refused(case, worker) == {"stage": ["This case has its start profile already."]}


@pytest.mark.parametrize("stage", ["REVIEW", "EXIT", "POST_EXIT"])
def test_record_wants_the_start_first(case, worker, stage):
    assert refused(case, worker, stage) == {"stage": ["The start profile comes first."]}


@pytest.mark.parametrize("stage", ["REVIEW", "EXIT"])
def test_record_refuses_what_comes_before_the_exit_after_it(case, worker, stage):
    factories.profile(case)
    factories.profile(case, "EXIT")

    assert refused(case, worker, stage) == {"stage": ["This case has its exit profile already."]}


def test_record_after_exit_wants_the_exit_first(case, worker):
    factories.profile(case)

    assert refused(case, worker, "POST_EXIT") == {"stage": ["The exit profile comes first."]}
    factories.profile(case, "EXIT")
    assert record(case, worker, "POST_EXIT").stage == "POST_EXIT"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "A profile cannot have been made in the future."),
        (-11, "The case was opened on 4 October 2026. Profiles come after."),
    ],
)
def test_record_keeps_to_the_order_of_days(case, worker, days, words):
    assert refused(case, worker, done_on=DAY + timedelta(days=days)) == {"done_on": [words]}


def test_record_keeps_to_the_order_of_profiles(case, worker):
    factories.profile(case)

    given = {"stage": "REVIEW", "done_on": DAY - timedelta(days=1)}
    assert refused(case, worker, **given) == {"done_on": ["The one before was made on 14 October 2026."]}


def test_record_outside_the_window_says_why(case, worker):
    Case.objects.filter(pk=case.pk).update(opened_on=DAY - timedelta(days=15))

    words = "It was to be made between 15 September 2026 and 13 October 2026. Say why it was not."
    assert refused(case, worker) == {"outside_why": [words]}
    assert refused(case, worker, outside_why=" ") == {"outside_why": [words]}
    assert record(case, worker, outside_why="At court twice").outside_why == "At court twice"


def test_record_counts_from_the_first_strand(case, worker):
    Case.objects.filter(pk=case.pk).update(opened_on=DAY - timedelta(days=15))
    Strand.objects.create(
        case=case, person=case.person, prison=case.prison, kind="PSYCHOSOCIAL", recorded_by=worker,
        started_on=DAY - timedelta(days=14), recorded_at=factories.at(),
    )  # fmt: skip

    assert record(case, worker, outside_why="Not so").outside_why == ""


@pytest.mark.parametrize(("days", "errors"), [(28, ["outside_why"]), (29, []), (182, []), (183, ["outside_why"])])
def test_record_reviews_between_29_and_182_days_after_the_last(worker, days, errors):
    case = factories.case(
        spell=factories.spell(received_on=DAY - timedelta(days=300)), opened_on=DAY - timedelta(days=250), worker=worker
    )
    factories.profile(case, done_on=DAY - timedelta(days=days))

    found = refused(case, worker, "REVIEW") if errors else record(case, worker, "REVIEW")

    assert (list(found) if errors else found.outside_why) == (errors or "")


def test_record_checks_an_exit_against_the_day_on_which_the_case_closes(case, worker):
    factories.profile(case)
    assert record(case, worker, "EXIT").outside_why == ""
    other = factories.case(worker=worker, opened_on=DAY - timedelta(days=29), closing_from=DAY - timedelta(days=15))
    factories.profile(other, done_on=DAY - timedelta(days=29))

    assert list(refused(other, worker, "EXIT")) == ["outside_why"]


def test_record_checks_an_exit_against_the_release_that_the_roll_knows(case, worker):
    factories.profile(case)
    release = ReleaseDate.objects.create(
        spell=case.spell, prison=case.prison, kind="CONDITIONAL", on=DAY + timedelta(days=15),
        recorded_by=worker, recorded_at=factories.at(),
    )  # fmt: skip

    words = "It was to be made between 15 October 2026 and 12 November 2026. Say why it was not."
    assert refused(case, worker, "EXIT") == {"outside_why": [words]}
    release.on = DAY + timedelta(days=14)
    release.save()
    assert record(case, worker, "EXIT").outside_why == ""


def test_record_asks_again_before_it_keeps_what_is_unlikely(case, worker):
    answers = {**NOTHING, "injecting_days": 2}

    words = "Injecting on 2 days, but no drug was used on more than 0 days."
    assert refused(case, worker, answers=answers) == {"confirmed": [words]}
    assert record(case, worker, answers=answers, confirmed=True).answers["injecting_days"] == 2


def test_record_refuses_what_cannot_be(case, worker):
    assert list(refused(case, worker, answers={**NOTHING, "injecting_days": 29})) == ["injecting_days"]
