"""What an administrator extends: where referrals come from, what people want, what makes one urgent."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models.catalogue import Entry


class Source(Entry):
    """Where referrals come from (domain.md 8.2). Internal, external and self are counted apart.

    ``priority``: whoever is referred from here is to be seen the next working day.
    """

    class Group(models.TextChoices):
        INTERNAL = "INTERNAL", "Internal"
        EXTERNAL = "EXTERNAL", "External"
        SELF = "SELF", "Self"

    # Sources that the product itself names, so that they cannot be ended. Nobody chooses OFFERED_AGAIN by hand: the team asked somebody
    # who had declined, and he said yes. It counts as internal, for the team came to him; as self it would flatter that figure.
    SELF, WING, OFFERED_AGAIN = "SELF", "WING", "OFFERED_AGAIN"
    KEPT = (SELF, WING, OFFERED_AGAIN)

    group = models.CharField(max_length=8, choices=Group)
    priority = models.BooleanField(default=False)

    class Meta(Entry.Meta):
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_source_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_source_per_name",
                violation_error_message="There is already a source with this name.",
            ),
        ]

    def along(self):
        return [Sign.objects.current().filter(source=self)]


class Want(Entry):
    """One thing that a referred person may want, to be ticked."""

    position = models.PositiveSmallIntegerField(default=100)

    class Meta(Entry.Meta):
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_want_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_want_per_name",
                violation_error_message="There is already an entry with this name.",
            ),
        ]


class Sign(Entry):
    """One thing that makes a referral a priority, to be ticked; with a ``source``, only in referrals from there (domain.md 8.4)."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Entry.Meta):
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_sign_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_sign_per_name",
                violation_error_message="There is already an entry with this name.",
            ),
        ]
