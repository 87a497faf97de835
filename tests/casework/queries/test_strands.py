from datetime import date, timedelta

import pytest

from casework.models import JointReview, Prison, Strand
from casework.queries.strands import next_review_on

START = date(2026, 10, 1)


def after(*days, prison=None, **given):
    """How many days after the start the next review is due, with reviews held on these days."""
    strand = Strand(**{"kind": "DETOX", "started_on": START, **given})
    due = next_review_on(strand, [JointReview(done_on=START + timedelta(days=day)) for day in days], prison or Prison())
    return due and (due - START).days


@pytest.mark.parametrize(
    ("held", "due"),
    [
        ([], 5),
        ([4], 28),
        ([7], 28),
        ([27], 28),
        ([28], 28 + 91),  # Held on day 28, it answers for day 5 as well.
        ([40], 40 + 91),
        ([5, 26], 26 + 91),
        ([30, 5], 30 + 91),
        ([5, 28, 119, 200], 200 + 91),
    ],
)
def test_next_review_is_on_day_5_day_28_then_every_13_weeks(held, due):
    assert after(*held) == due


def test_next_review_keeps_to_the_settings_of_the_prison():
    prison = Prison(clinical_first_review_days=3, clinical_second_review_days=14, clinical_review_weeks=4)

    assert [after(prison=prison), after(3, prison=prison), after(3, 14, prison=prison)] == [3, 14, 14 + 28]


def test_next_review_is_owed_only_while_a_clinical_strand_is_open():
    assert after(kind="PSYCHOSOCIAL") is None
    assert after(ended_on=START) is None
