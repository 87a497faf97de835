"""What somebody typed into a form and has not saved yet."""

import re

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils import timezone

from casework.models.base import hidden_from
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User

# The addresses that a page about a person had under the numbers that were merged into this one.
_ADDRESSES = """
    WITH RECURSIVE numbers AS (
        SELECT %s::bigint AS id UNION SELECT p.id FROM casework_person AS p JOIN numbers ON p.merged_into_id = numbers.id
    ) SELECT '/people/' || id || %s FROM numbers
"""
_ABOUT_A_PERSON = re.compile(r"/people/([0-9]{1,18})(/.*)", re.DOTALL)


class DraftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The drafts of ``user`` himself, but for those about people who have been hidden from him since."""
        return self.filter(user=user).exclude(person__in=hidden_from(user))

    def of_page(self, path):
        """What was typed on the page with this address, newest first; on that of a number which was merged into this one as well."""
        about = _ABOUT_A_PERSON.fullmatch(path)
        path = {"path__in": RawSQL(_ADDRESSES, about.groups())} if about else {"path": path}
        return self.filter(**path).order_by("-saved_at", "-pk")


class Draft(models.Model):
    """Unsaved text of one form that somebody has, or had, open. Nobody's record yet: it has no history, and goes after seven days.

    ``key`` was drawn when the page was opened, so that two tabs, or text that was left lying, never overwrite each other.
    ``path`` is the address of the page, ``called`` what its form is called in a list. ``person`` is whom the page is about.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    key = models.UUIDField()
    path = models.CharField(max_length=500)
    called = models.CharField(max_length=80)
    fields = models.JSONField()
    saved_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_draft_for_each_open_page")]
        indexes = [
            models.Index(fields=["user", "path", "-saved_at"], name="draft_of_page"),
            models.Index(fields=["saved_at"], name="draft_by_age"),
        ]

    def __str__(self):
        return self.called

    def follow(self, person):
        """Take the address that its page has under ``person``, the record that was kept when two were merged. Saves nothing."""
        self.path = self.path.replace(f"/people/{self.person_id}/", f"/people/{person.pk}/", 1)

    @property
    def use_url(self):
        """The address at which its form is filled with it."""
        return f"{self.path}{'&' if '?' in self.path else '?'}draft={self.key}"

    @property
    def when(self):
        """When it was last typed in, as people say it: only the time, if it was today."""
        at = timezone.localtime(self.saved_at)
        return f"{at:%H:%M}" if at.date() == timezone.localdate() else f"{at:%H:%M on %-d %B}"
