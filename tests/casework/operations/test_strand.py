"""The strands of a case. The clock stands at noon on ``factories.DAY``."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from casework.models import AuditEntry, JointReview, Strand
from casework.operations import strand as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
NURSE = "Nurse A. Sample, IDTS"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


def trail():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


def start(case, **given):
    given = {"kind": "DETOX", "started_on": DAY, "said_by": NURSE, "said_on": DAY, "by": case.opened_by, **given}
    return operations.start(case=case, **given)


def test_start_says_who_in_the_clinical_team_said_so_and_when():
    case, nonce = factories.case(), uuid.uuid4()

    rows = [start(case, detail="Ten days", nonce=nonce) for _ in range(2)]

    row = Strand.objects.get()
    assert rows == [row, row]
    assert (row.case, row.kind, row.detail, row.started_on) == (case, "DETOX", "Ten days", DAY)
    assert (row.said_by, row.said_on, row.recorded_by) == (NURSE, DAY, case.opened_by)
    assert trail() == ["strand.started"]


def test_start_of_a_clinical_strand_may_be_older_than_the_case_but_not_than_the_stay():
    case = factories.case()

    start(case, started_on=DAY - timedelta(days=30))
    with pytest.raises(ValidationError, match="the day the person was received, 14 September 2026") as refusal:
        start(case, kind="MAINTENANCE", started_on=DAY - timedelta(days=31))

    assert list(refusal.value.error_dict) == ["started_on"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"said_by": ""}, "said_by"),
        ({"said_on": None}, "said_on"),
        ({"said_on": DAY + timedelta(days=1)}, "said_on"),
        ({"said_on": DAY - timedelta(days=31)}, "said_on"),
        ({"started_on": DAY + timedelta(days=1)}, "started_on"),
        ({"kind": "PSYCHOSOCIAL", "started_on": DAY - timedelta(days=1)}, "started_on"),
    ],
)
def test_start_refuses_beside_the_field(given, field):
    with pytest.raises(ValidationError) as refusal:
        start(factories.case(), **given)

    assert list(refusal.value.error_dict) == [field]
    assert Strand.objects.count() == 0


def test_start_of_the_own_strand_keeps_nothing_clinical():
    row = start(factories.case(), kind="PSYCHOSOCIAL", detail="Methadone")

    assert (row.said_by, row.said_on, row.detail) == ("", None, "")


def test_start_refuses_a_strand_that_is_open_and_a_closed_case():
    strand = factories.strand(kind="DETOX")

    with pytest.raises(ValidationError, match="This strand is open already"):
        start(strand.case)
    with pytest.raises(ValidationError, match="stays as it is"):
        start(factories.case(closed_on=DAY, close_reason="DIED"))


def test_a_clinical_strand_without_source_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="clinical_strand_says_who_said_so"), transaction.atomic():
        factories.strand(said_by="")


def test_end_says_who_said_so_and_is_once():
    strand, by = factories.strand(), factories.user()

    for _ in range(2):
        operations.end(strand=strand, ended_on=DAY, end_said_by=NURSE, end_why="As planned", by=by)

    strand.refresh_from_db()
    assert (strand.ended_on, strand.end_said_by, strand.end_why, strand.ended_by) == (DAY, NURSE, "As planned", by)
    assert trail() == ["strand.ended"]
    with pytest.raises(ValidationError, match="already ended, on 14 October 2026"):
        operations.end(strand=strand, ended_on=DAY - timedelta(days=1), end_said_by=NURSE, by=by)


def test_end_refuses_nobody_and_days_out_of_order():
    strand = factories.strand(factories.case(opened_on=DAY - timedelta(days=9)))
    factories.joint_review(strand, done_on=DAY - timedelta(days=4))

    for said_by, days, field, words in [
        ("", 0, "end_said_by", "Say who in the clinical team"),
        (NURSE, 1, "ended_on", "still to come"),
        (NURSE, -5, "ended_on", "after its last joint review, 10 October 2026"),
        (NURSE, -10, "ended_on", "after the day it started, 5 October 2026"),
    ]:
        with pytest.raises(ValidationError, match=words) as refusal:
            operations.end(
                strand=strand, ended_on=DAY + timedelta(days=days), end_said_by=said_by, by=strand.recorded_by
            )
        assert list(refusal.value.error_dict) == [field]


def test_end_of_the_own_strand_needs_nobody():
    strand = factories.strand(kind="PSYCHOSOCIAL")

    assert operations.end(strand=strand, ended_on=DAY, by=strand.recorded_by).ended_on == DAY


def test_review_is_recorded_once():
    strand, nonce = factories.strand(), uuid.uuid4()

    for _ in range(2):
        operations.review(
            strand=strand, done_on=DAY, clinician=NURSE, summary="Stable", by=strand.recorded_by, nonce=nonce
        )

    row = JointReview.objects.get()
    assert (row.strand, row.done_on, row.clinician, row.summary) == (strand, DAY, NURSE, "Stable")
    assert trail() == ["strand.reviewed"]


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "the day the strand started"), (1, "still to come"), (0, "recorded already")]
)
def test_review_refuses_days_out_of_order_and_a_second_on_one_day(days, words):
    strand = factories.strand()
    factories.joint_review(strand)

    with pytest.raises(ValidationError, match=words) as refusal:
        operations.review(strand=strand, done_on=DAY + timedelta(days=days), clinician=NURSE, by=strand.recorded_by)

    assert list(refusal.value.error_dict) == ["done_on"]


@pytest.mark.parametrize("given", [{"kind": "PSYCHOSOCIAL"}, {"ended_on": DAY}])
def test_review_is_of_an_open_clinical_strand(given):
    strand = factories.strand(**given)

    with pytest.raises(ValidationError, match="Only a clinical strand that is open"):
        operations.review(strand=strand, done_on=DAY, clinician=NURSE, by=strand.recorded_by)
