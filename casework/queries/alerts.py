"""Alerts and notices: what a worker must know before he meets somebody."""

from casework.access import Permission, allows
from casework.formats import reference
from casework.models import Alert


def marks(user, people):
    """Person → tags that stand beside the name wherever one of ``people`` (keys) is in a list: one query, however many they are.

    Empty for those who may not open records.
    """
    if not allows(user, Permission.VIEW_PERSON):
        return {}
    rows = Alert.objects.visible_to(user).filter(person__in=list(people), code=reference.ACCT_OPEN, until_at=None)
    return {person: [{"text": "ACCT open", "colour": "red"}] for person in rows.values_list("person", flat=True)}
