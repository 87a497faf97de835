"""When the clinical and psychosocial teams next look at a clinical strand together."""

from datetime import timedelta


def next_review_on(strand, reviews, prison):
    """The last day on which the next joint review of ``strand`` is in time; None where none is owed. Asks no query.

    Day 5 and day 28 after the start, then every 13 weeks after the last one (domain.md 2.9; the days are settings of ``prison``). A
    review held on day 28 or later answers for day 5 as well. ``reviews``: those that were held, in any order.
    """
    if not strand.is_clinical or strand.ended_on:
        return None
    held = sorted(review.done_on for review in reviews)
    second = strand.started_on + timedelta(days=prison.clinical_second_review_days)
    if not held:
        return strand.started_on + timedelta(days=prison.clinical_first_review_days)
    if len(held) == 1 and held[0] < second:
        return second
    return held[-1] + timedelta(weeks=prison.clinical_review_weeks)
