"""When the clinical and psychosocial teams next look at a clinical strand together."""

from casework.formats import deadlines


def next_review_on(strand, reviews, prison):
    """The last day on which the next joint review of ``strand`` is in time; None where none is owed. Asks no query.

    ``reviews``: those that were held, in any order. The rule is that of ``deadlines.clinical_review_on``.
    """
    if not strand.is_clinical or strand.ended_on:
        return None
    held = [review.done_on for review in reviews]
    facts = deadlines.Clinical(strand.get_kind_display(), strand.started_on, len(held), max(held, default=None))
    return deadlines.clinical_review_on(facts, prison)
