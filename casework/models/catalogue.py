"""Short lists that an administrator keeps, such as where referrals come from, or the kinds of session."""

from django.db import models

from casework.models.base import Versioned


class EntryQuerySet(models.QuerySet):
    def current(self):
        """Entries that may be chosen today."""
        return self.filter(ended_on=None)

    def ended(self):
        """Entries that were ended, the latest first."""
        return self.exclude(ended_on=None).order_by("-ended_on", "pk")


class Entry(Versioned):
    """One line of such a list: ended, never deleted. What is recorded keeps the ``code``, which never changes.

    ``KEPT``: codes that the product itself names, so that their entries cannot be ended.
    """

    KEPT = ()

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    ended_on = models.DateField(null=True, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self):
        return self.name

    def along(self):
        """Entries of other lists that go with this one alone, and end with it."""
        return []
