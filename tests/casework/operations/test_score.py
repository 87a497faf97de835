import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from casework import context
from casework.models import AuditEntry, Case, Score
from casework.operations import score as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
PHQ = {f"q{number}": 1 for number in range(1, 10)}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def case(worker):
    return factories.case(worker=worker, opened_on=DAY - timedelta(days=10))


def record(case, by, tool="AUDIT_C", **given):
    given = {"answers": {"q1": 4, "q2": 1, "q3": 0}, "asked_on": DAY, **given}
    return operations.record(person=case.person, tool=tool, by=by, **given)


def phq(case, by, **given):
    return record(case, by, "PHQ_9", **{"answers": PHQ, **given})


def refused(case, by, call=record, **given):
    with pytest.raises(ValidationError) as error:
        call(case, by, **given)
    assert Score.objects.count() == 0
    return error.value.message_dict


def test_record_works_the_score_out_from_the_items(case, worker):
    score = record(case, worker)

    assert (score.total, score.band) == (5, "Positive: ask the whole AUDIT")
    assert (score.person, score.prison, score.case, score.asked_by) == (case.person, case.prison, case, worker)
    assert (score.items, score.tool_version) == ({"q1": 4, "q2": 1, "q3": 0}, "1")
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.person_id) == ("score.recorded", case.person_id)
    assert entry.detail == {"tool": "AUDIT_C", "total": 5, "asked_on": "2026-10-14", "safer_custody": ""}


def test_record_keeps_every_administration(case, worker):
    for _ in range(3):
        record(case, worker)

    assert Score.objects.count() == 3


def test_record_twice_with_one_nonce_makes_one(case, worker):
    nonce = uuid.uuid4()

    assert record(case, worker, nonce=nonce) == record(case, worker, nonce=nonce)


def test_record_names_the_drug_of_sds(case, worker):
    score = record(case, worker, "SDS", answers={f"q{number}": 1 for number in range(1, 6)}, about="COCAINE")

    assert (score.about, score.total, score.band) == ("COCAINE", 5, "At or above the threshold for cocaine")


def test_record_belongs_to_the_case_of_the_day_or_to_none(case, worker):
    Case.objects.filter(pk=case.pk).update(
        closed_on=DAY - timedelta(days=5), close_reason="COMPLETED", closed_by=worker
    )

    assert record(case, worker, asked_on=DAY - timedelta(days=5)).case == case
    assert record(case, worker).case is None
    assert record(case, worker, asked_on=DAY - timedelta(days=11)).case is None


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"answers": {"q1": 5, "q2": 0, "q3": 0}}, {"q1": ["Question 1 is answered with one of 0, 1, 2, 3, 4."]}),
        ({"answers": {"q1": 1, "q3": 0}}, {"q2": ["Answer question 2: units on a typical drinking day"]}),
        ({"asked_on": DAY + timedelta(days=1)}, {"asked_on": ["The person cannot have been asked in the future."]}),
        ({"asked_on": DAY - timedelta(days=41)}, {"asked_on": ["The person came here on 14 September 2026."]}),
    ],
)
def test_record_refuses_what_cannot_be(case, worker, given, errors):
    case.spell.received_on = DAY - timedelta(days=30)
    assert refused(case, worker, **given) == errors


# Safer custody


@pytest.mark.parametrize("value", [1, 2, 3])
def test_record_asks_whether_safer_custody_was_told_whatever_the_total(case, worker, value):
    given = {**dict.fromkeys(PHQ, 0), "q9": value}

    assert refused(case, worker, phq, answers=given) == {
        "told": ["Question 9 speaks of self-harm. Tell safer custody, or say why you did not."]
    }


def test_record_keeps_who_was_told_and_when(case, worker):
    score = phq(case, worker, told="TOLD", told_whom="Officer Gray, safer custody", told_at=factories.at(hour=11))

    assert (score.safer_custody, score.safer_custody_whom) == ("TOLD", "Officer Gray, safer custody")
    assert (score.safer_custody_at, score.safer_custody_note) == (factories.at(hour=11), "")
    assert AuditEntry.objects.get(kind="OPERATION").detail["safer_custody"] == "TOLD"


def test_record_keeps_why_nobody_was_told(case, worker):
    score = phq(case, worker, told="NOT_TOLD", why_not="Open ACCT, they know")

    assert (score.safer_custody, score.safer_custody_note) == ("NOT_TOLD", "Open ACCT, they know")


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"told": "NOT_TOLD", "why_not": " "}, {"why_not": ["Say why safer custody was not told."]}),
        (
            {"told": "TOLD"},
            {
                "told_whom": ["Say who was told: name and post."],
                "told_on": ["Say when they were told: the day and the time."],
            },
        ),
        (
            {"told": "TOLD", "told_whom": "Gray", "told_at": factories.at(hour=13)},
            {"told_on": ["They cannot have been told in the future."]},
        ),
        (
            {"told": "TOLD", "told_whom": "Gray", "told_at": factories.at(DAY - timedelta(days=1))},
            {"told_on": ["They cannot have been told before the person was asked."]},
        ),
    ],
)
def test_record_needs_whom_and_when_or_why_not(case, worker, given, errors):
    assert refused(case, worker, phq, **given) == errors


def test_record_asks_nothing_of_the_kind_when_item_9_is_0(case, worker):
    assert phq(case, worker, answers={**PHQ, "q9": 0}).safer_custody == ""


def test_record_may_say_that_safer_custody_was_told_anyhow(case, worker):
    given = {"told": "TOLD", "told_whom": "Gray", "told_at": factories.at(hour=11)}

    assert phq(case, worker, answers={**PHQ, "q9": 0}, **given).safer_custody == "TOLD"


@pytest.mark.parametrize("given", [{"safer_custody": "TOLD"}, {"safer_custody": "NOT_TOLD"}])
def test_the_database_too_wants_to_know_whom_or_why_not(case, given):
    with pytest.raises(IntegrityError, match="score_says_who_was_told_or_why_not"):
        factories.score(case, "PHQ_9", **given)


def test_the_database_lets_nobody_change_a_score(case, worker):
    score = factories.score(case)

    with pytest.raises(Exception, match="permission denied"), context.acting(worker):
        Score.objects.filter(pk=score.pk).update(total=0)
