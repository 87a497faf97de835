"""Taking note of what changed for the people one works with."""

from django.db import transaction

from casework import audit
from casework.models import Acknowledgement


@transaction.atomic
def acknowledge(*, changes, at, by):
    """Take note of ``changes`` (``casework.queries.changes``). What was noted already stays as it is. Returns how many were new."""
    keys = [(change.kind.name, change.pk) for change in changes]
    Acknowledgement.objects.bulk_create(
        (
            Acknowledgement(
                user=by, person_id=change.person_id, prison_id=by.prison_id, kind=change.kind.name, key=change.pk, at=at
            )
            for change in changes
        ),
        ignore_conflicts=True,
    )
    people = sorted({change.person_id for change in changes})
    audit.record(by=by, action="changes.acknowledged", changes=[f"{kind}-{key}" for kind, key in keys], people=people)
    return Acknowledgement.objects.standing().filter(user=by, at=at).count()


@transaction.atomic
def take_back(*, last, at, by):
    """Undo the acknowledgement ``last`` with what was noted together with it. The same again changes nothing. Returns how many."""
    rows = Acknowledgement.objects.standing().filter(user=by, at=last.at)
    keys = [f"{kind}-{key}" for kind, key in rows.values_list("kind", "key")]
    rows.update(withdrawn_at=at)
    audit.record(by=by, action="changes.taken_back", changes=sorted(keys))
    return len(keys)
