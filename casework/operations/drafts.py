"""Unsaved text: kept while somebody types, thrown away when it was saved or is not wanted, purged after some days.

Nothing here goes into the trail: what is typed is not yet anybody's record, and an entry every few seconds would bury the others.
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import ProgrammingError, transaction
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from casework.models import Draft

LARGEST = 200_000  # bytes
KEPT_FOR = timedelta(days=7)


@transaction.atomic
def keep(*, page, fields, by):
    """Keep ``fields`` (names and values) as what ``by`` has typed on ``page`` so far.

    None where the locks say that he may not see whom the page is about; ValidationError where it is too much.
    """
    if sum(len(name.encode()) + len(value.encode()) for name, value in fields) > LARGEST:
        raise ValidationError("This is too long to be kept as a draft. Save it, or make it shorter.")
    draft = Draft(
        user_id=by.pk,
        prison_id=by.prison_id,
        person_id=page.person,
        key=page.key,
        path=page.path,
        called=page.called,
        fields=fields,
        saved_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            # One statement: two windows, or a script and a click, cannot stumble over each other.
            Draft.objects.bulk_create(
                [draft], update_conflicts=True, unique_fields=["user", "key"], update_fields=["fields", "saved_at"]
            )
    except ProgrammingError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            return None
        raise
    return draft


@transaction.atomic
def discard(*, key, by):
    """Throw away what ``by`` typed under ``key``: it was saved, or he does not want it. Again changes nothing."""
    Draft.objects.filter(user=by, key=key).delete()


@transaction.atomic
def purge(*, now, by):
    """Throw away what nobody has typed in for seven days, as the system; returns how many drafts that were."""
    return Draft.objects.filter(saved_at__lt=now - KEPT_FOR).delete()[0]
