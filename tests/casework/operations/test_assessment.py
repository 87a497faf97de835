import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from casework.formats import questions
from casework.models import Assessment, AuditEntry, Case, SubstanceUse
from casework.operations import assessment as operations
from casework.queries import assessments
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
ORDER = "The triage assessment comes before the comprehensive one: triage on 9 October 2026, comprehensive on 8 October 2026."
HEROIN = {
    "substance": "HEROIN",
    "route": "INJECTED",
    "age_first_used": 19,
    "before_custody": "DAILY",
    "now": "NOT_USED",
}
ALCOHOL = {**HEROIN, "substance": "ALCOHOL", "route": "SWALLOWED", "age_first_used": None}
TRIAGE = {
    "reason": {"wants": "Help to stay off", "helped_before": "NO"},
    "substances": {"uses": "NO"},
    "risk": {"overdose_ever": "NO", "injected": "NO", "withdrawing": "NO", "self_harm": "NO"},
    "practical": {"reading": "NO", "naloxone": "YES"},
    "next": {"goal": "STAY_OFF", "summary": "Wants groups"},
}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12), tick=False)


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def case(worker):
    return factories.case(worker=worker, opened_on=DAY - timedelta(days=10))


def answer(assessment, section="reason", answers=None, *, by, **given):
    given.setdefault("version", None)
    return operations.answer(assessment=assessment, section=section, answers=answers or {}, by=by, **given)


def answer_all(assessment, by):
    for section, answers in TRIAGE.items():
        answer(assessment, section, answers, by=by)


def refused(call, **given):
    with pytest.raises(ValidationError) as error:
        call(**given)
    return error.value


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


# Begin


def test_begin_takes_the_questions_of_the_day(case, worker):
    made = operations.begin(case=case, kind="TRIAGE", by=worker)

    assert (made.person, made.prison, made.questions, made.answers) == (case.person, case.prison, "TRIAGE-1", {})
    assert (made.begun_by, made.begun_at, made.completed_at) == (worker, factories.at(hour=12), None)
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.person_id) == ("assessment.begun", case.person_id)
    assert entry.detail == {"kind": "TRIAGE", "questions": "TRIAGE-1"}


def test_begin_goes_on_with_the_one_that_is_unfinished(case, worker):
    first = operations.begin(case=case, kind="TRIAGE", by=worker)

    assert operations.begin(case=case, kind="TRIAGE", by=factories.user()) == first
    assert operations.begin(case=case, kind="COMPREHENSIVE", by=worker) != first
    assert actions() == ["assessment.begun"] * 2


def test_begin_twice_with_one_nonce_makes_one(case, worker):
    nonce = uuid.uuid4()

    assert operations.begin(case=case, kind="TRIAGE", by=worker, nonce=nonce) == operations.begin(
        case=case, kind="TRIAGE", by=worker, nonce=nonce
    )


def test_begin_again_after_one_was_completed_is_another(case, worker):
    factories.assessment(case, done_on=DAY)

    operations.begin(case=case, kind="TRIAGE", by=worker)

    assert Assessment.objects.count() == 2


def test_begin_reviews_only_what_was_assessed(case, worker):
    factories.assessment(case, "COMPREHENSIVE")

    error = refused(operations.begin, case=case, kind="REVIEW", by=worker)

    assert error.messages == ["A review looks back on a comprehensive assessment. Complete one first."]
    assert Assessment.objects.filter(kind="REVIEW").count() == 0


def test_begin_refuses_a_closed_case(case, worker):
    Case.objects.update(closed_on=DAY, close_reason="COMPLETED", closed_by=worker)

    error = refused(operations.begin, case=case, kind="TRIAGE", by=worker)

    assert error.messages == ["This case is closed, so nothing can be begun in it."]


# Answer


def test_answer_keeps_a_page_although_it_is_not_complete(case, worker):
    made = factories.assessment(case)

    saved = answer(made, "reason", {"wants": "Help", "helped_before": None}, by=worker)

    assert saved.answers == {"wants": "Help"}
    assert saved.version == 2
    assert AuditEntry.objects.get(kind="OPERATION").detail == {"section": "reason", "answered": 1}


def test_answer_leaves_the_other_pages_alone_and_forgets_what_was_emptied(case, worker):
    made = factories.assessment(case, answers={"wants": "Help", "goal": "STOP"})

    assert answer(made, "reason", {"wants": "", "helped_before": "NO"}, by=worker).answers == {
        "goal": "STOP",
        "helped_before": "NO",
    }


def test_answer_refuses_what_is_no_answer_and_saves_nothing(case, worker):
    made = factories.assessment(case)

    error = refused(answer, assessment=made, answers={"wants": "x" * 100_000}, by=worker)

    assert list(error.message_dict) == ["wants"]
    made.refresh_from_db()
    assert (made.answers, made.version) == ({}, 1)


def test_answer_tells_who_comes_second(case, worker):
    made = factories.assessment(case)
    answer(made, answers={"wants": "First"}, by=worker, version=1)

    error = refused(answer, assessment=made, answers={"wants": "Second"}, by=factories.user(), version=1)

    assert error.code == "stale"
    made.refresh_from_db()
    assert made.answers == {"wants": "First"}


def test_answer_never_changes_a_completed_one(case, worker):
    made = factories.assessment(case, done_on=DAY)

    assert refused(answer, assessment=made, answers={"wants": "Other"}, by=worker).code == "completed"


def test_answer_keeps_substances_in_their_order(case, worker):
    made = factories.assessment(case)

    answer(made, "substances", {"uses": "YES"}, substances=[HEROIN, ALCOHOL], by=worker)

    rows = list(SubstanceUse.objects.values_list("rank", "substance", "route", "age_first_used", "person", "prison"))
    assert rows == [
        (1, "HEROIN", "INJECTED", 19, case.person_id, case.prison_id),
        (2, "ALCOHOL", "SWALLOWED", None, case.person_id, case.prison_id),
    ]


def test_answer_ends_what_a_substance_said_before_and_leaves_the_rest(case, worker):
    made = factories.assessment(case)
    answer(made, "substances", substances=[HEROIN, ALCOHOL], by=worker)
    heroin = SubstanceUse.objects.get(substance="HEROIN")

    answer(made, "substances", substances=[HEROIN, {**ALCOHOL, "now": "DAILY"}], by=worker)
    answer(made, "substances", substances=[HEROIN], by=worker)

    live = SubstanceUse.objects.get(ended_at=None)
    assert (live.pk, SubstanceUse.objects.count()) == (heroin.pk, 3)


def test_answer_changes_the_order_of_two_substances(case, worker):
    made = factories.assessment(case)
    answer(made, "substances", substances=[HEROIN, ALCOHOL], by=worker)

    answer(made, "substances", substances=[ALCOHOL, HEROIN], by=worker)

    assert [use.substance for use in assessments.live_substances(made)] == ["ALCOHOL", "HEROIN"]


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ({**HEROIN, "substance": "TEA", "route": "SMOKED"}, "substance_2", "Number 2: choose the substance."),
        ({**ALCOHOL}, "substance_2", "Number 2 is number 1 already. Name each once."),
        ({**HEROIN, "route": ""}, "route_2", "Number 2: choose how it is taken."),
        (
            {**HEROIN, "substance": "CANNABIS"},
            "route_2",
            "Number 2: this is not a substance that is injected. Check which of the two is right.",
        ),
        ({**HEROIN, "before_custody": ""}, "before_custody_2", "Number 2: choose how often before custody."),
        ({**HEROIN, "now": "HOURLY"}, "now_2", "Number 2: choose how often now."),
        (
            {**HEROIN, "age_first_used": 42},
            "age_first_used_2",
            "Number 2: the age is a number from 1 to 41, which the person is now.",
        ),
        (
            {**HEROIN, "age_first_used": 0},
            "age_first_used_2",
            "Number 2: the age is a number from 1 to 41, which the person is now.",
        ),
    ],
)
def test_answer_names_the_substance_that_is_wrong(case, worker, row, field, words):
    made = factories.assessment(case)

    error = refused(answer, assessment=made, section="substances", substances=[ALCOHOL, row], by=worker)

    assert error.message_dict == {field: [words]}


def test_answer_takes_five_substances_at_most(case, worker):
    made = factories.assessment(case)

    error = refused(answer, assessment=made, section="substances", substances=[HEROIN] * 6, by=worker)

    assert error.messages == ["Name the 5 that matter most."]


# Complete


def test_complete_finishes_for_good(case, worker):
    made = factories.assessment(case)
    answer_all(made, worker)

    done = operations.complete(assessment=made, done_on=DAY - timedelta(days=1), by=worker)

    assert (done.done_on, done.completed_by, done.completed_at) == (
        DAY - timedelta(days=1),
        worker,
        factories.at(hour=12),
    )
    assert actions()[-1] == "assessment.completed"
    assert list(Assessment.objects.completed()) == [made]


def test_complete_again_changes_nothing(case, worker):
    made = factories.assessment(case, done_on=DAY)

    again = operations.complete(assessment=made, done_on=DAY - timedelta(days=3), by=factories.user())

    assert (again.done_on, again.completed_by, actions()) == (DAY, worker, [])


def test_complete_says_what_has_to_be_answered_first(case, worker):
    made = factories.assessment(case)
    answer_all(made, worker)
    answer(made, "risk", {**TRIAGE["risk"], "withdrawing": "YES"}, by=worker)

    assert refused(operations.complete, assessment=made, done_on=DAY, by=worker).messages == [
        "1 question has to be answered first, such as “When was healthcare told?”"
    ]
    answer(made, "risk", by=worker)
    assert refused(operations.complete, assessment=made, done_on=DAY, by=worker).messages == [
        "4 questions have to be answered first, such as “Has the person ever overdosed?”"
    ]


def test_complete_asks_for_substances_of_somebody_who_uses(case, worker):
    made = factories.assessment(case)
    answer_all(made, worker)
    answer(made, "substances", {"uses": "YES"}, substances=[], by=worker)

    assert refused(operations.complete, assessment=made, done_on=DAY, by=worker).code == "missing"
    answer(made, "substances", {"uses": "YES"}, substances=[HEROIN], by=worker)
    assert operations.complete(assessment=made, done_on=DAY, by=worker).completed_at


def test_complete_tells_who_comes_second(case, worker):
    made = factories.assessment(case)
    answer_all(made, worker)

    assert refused(operations.complete, assessment=made, done_on=DAY, version=3, by=worker).code == "stale"


@pytest.mark.parametrize(
    ("kind", "days", "words"),
    [
        ("TRIAGE", 1, "An assessment cannot have been done in the future."),
        ("TRIAGE", -11, "The case was opened on 4 October 2026. Assessments come after."),
        (
            "COMPREHENSIVE",
            -6,
            ORDER,
        ),
    ],
)
def test_complete_keeps_to_the_order_of_days(case, worker, kind, days, words, monkeypatch):
    monkeypatch.setattr(questions.QuestionSet, "missing", lambda self, answers: [])
    factories.assessment(case, done_on=DAY - timedelta(days=5))
    made = factories.assessment(case, kind)

    error = refused(operations.complete, assessment=made, done_on=DAY + timedelta(days=days), by=worker)

    assert error.message_dict == {"done_on": [words]}


def test_complete_keeps_a_review_after_the_comprehensive(case, worker, monkeypatch):
    monkeypatch.setattr(questions.QuestionSet, "missing", lambda self, answers: [])
    factories.assessment(case, "COMPREHENSIVE", done_on=DAY - timedelta(days=5))
    made = factories.assessment(case, "REVIEW")

    error = refused(operations.complete, assessment=made, done_on=DAY - timedelta(days=6), by=worker)

    days = "comprehensive on 9 October 2026, review on 8 October 2026"
    assert error.messages == [f"The comprehensive assessment comes before the review one: {days}."]
    assert operations.complete(assessment=made, done_on=DAY - timedelta(days=5), by=worker).completed_at


def test_complete_keeps_a_late_triage_from_coming_after_the_comprehensive(case, worker, monkeypatch):
    monkeypatch.setattr(questions.QuestionSet, "missing", lambda self, answers: [])
    factories.assessment(case, "COMPREHENSIVE", done_on=DAY - timedelta(days=5))
    made = factories.assessment(case)

    assert list(refused(operations.complete, assessment=made, done_on=DAY, by=worker).message_dict) == ["done_on"]
    assert operations.complete(assessment=made, done_on=DAY - timedelta(days=5), by=worker).completed_at


def test_complete_keeps_inside_a_case_that_was_closed(case, worker, monkeypatch):
    monkeypatch.setattr(questions.QuestionSet, "missing", lambda self, answers: [])
    made = factories.assessment(case)
    Case.objects.update(closed_on=DAY - timedelta(days=1), close_reason="COMPLETED", closed_by=worker)

    error = refused(operations.complete, assessment=made, done_on=DAY, by=worker)

    assert error.message_dict == {"done_on": ["The case was closed on 13 October 2026."]}


# Correct


def test_correct_carries_the_answers_to_another_that_takes_its_place_when_completed(case, worker):
    first = factories.assessment(case)
    answer_all(first, worker)
    answer(first, "substances", {"uses": "YES"}, substances=[HEROIN], by=worker)
    operations.complete(assessment=first, done_on=DAY - timedelta(days=2), by=worker)

    second = operations.correct(assessment=first, by=worker)

    assert (second.supersedes, second.done_on) == (first, DAY - timedelta(days=2))
    assert second.answers == Assessment.objects.get(pk=first.pk).answers
    assert [use.substance for use in second.substances.all()] == ["HEROIN"]
    assert list(Assessment.objects.completed().current()) == [first]
    operations.complete(assessment=second, done_on=DAY - timedelta(days=1), by=worker)
    assert list(Assessment.objects.completed().current()) == [second]
    assert first.substances.count() == 1


def test_correct_asks_the_questions_of_today(case, worker):
    old = factories.assessment(
        case, "COMPREHENSIVE", version=1, done_on=DAY, answers={"housing": "YES", "story": "Since school"}
    )

    new = operations.correct(assessment=old, by=worker)

    assert (new.questions, new.answers) == ("COMPREHENSIVE-2", {"story": "Since school"})


def test_correct_again_goes_on_with_the_unfinished_one(case, worker):
    first, nonce = factories.assessment(case, done_on=DAY), uuid.uuid4()

    second = operations.correct(assessment=first, by=worker, nonce=nonce)

    assert operations.correct(assessment=first, by=worker, nonce=nonce) == second
    assert operations.correct(assessment=first, by=worker) == second


def test_correct_refuses_what_can_be_changed_or_was_corrected(case, worker):
    unfinished = factories.assessment(case)
    old = factories.assessment(case, "COMPREHENSIVE", done_on=DAY)
    factories.assessment(case, "COMPREHENSIVE", done_on=DAY, supersedes=old)
    other = factories.assessment(case, done_on=DAY)

    assert refused(operations.correct, assessment=unfinished, by=worker).messages == [
        "This one is not completed, so it can simply be changed."
    ]
    assert refused(operations.correct, assessment=old, by=worker).messages == [
        "This one was corrected already. Correct the later one."
    ]
    assert refused(operations.correct, assessment=other, by=worker).messages == [
        "There is an unfinished one of this kind. Complete that first."
    ]


def test_an_assessment_of_an_old_version_is_read_in_its_own_words(case):
    old = factories.assessment(
        case, "COMPREHENSIVE", version=1, done_on=date(2026, 6, 1), answers={"housing": "UNSURE"}
    )

    told = {one.question.wording: one.answer for section in assessments.read(old) for one in section.told}

    assert told["Is there somewhere to live on release?"] == "Not sure"
    assert "Where will the person live?" not in told


def test_read_leaves_out_what_does_not_apply_unless_it_was_answered(case):
    made = factories.assessment(case, answers={"helped_before": "NO", "overdose_ever": "NO", "overdose_times": 2})

    told = {one.question.code: (one.asked, one.missing) for section in assessments.read(made) for one in section.told}

    assert "helped_how" not in told
    assert told["overdose_times"] == (False, False)
    assert told["wants"] == (True, True)
